//! Texts of a request that are no values of the domain yet.

use std::convert::Infallible;
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use countersign_domain::password::Password;

/// The most characters of a device's label.
pub(crate) const LABEL_LONGEST: usize = 100;

/// A secret as it was sent; its `Debug` says nothing.
pub(crate) struct Secret(String);

/// A password as it was typed: any text can be one.
pub(crate) struct TypedPassword(pub(crate) Password);

/// What a person calls a device.
#[derive(Debug)]
pub(crate) struct Label(pub(crate) String);

/// An address on the network, in its one form.
#[derive(Debug)]
pub(crate) struct StatedIp(pub(crate) String);

/// A whole number, as digits say it: none that a JSON parser could round.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Whole(pub(crate) u64);

/// The largest whole number that every JSON parser reads exactly.
pub(crate) const WHOLE_LARGEST: u64 = (1 << 53) - 1;

impl FromStr for Whole {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        let number = text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten();
        number.filter(|number| *number <= WHOLE_LARGEST).map(Self).ok_or("expected a whole number")
    }
}

impl Secret {
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

impl FromStr for Secret {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(text.to_owned()))
    }
}

impl FromStr for TypedPassword {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(Password::typed(text)))
    }
}

impl FromStr for Label {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        let fits = (1..=LABEL_LONGEST).contains(&text.chars().count()) && !text.chars().any(char::is_control);
        if fits {
            Ok(Self(text.to_owned()))
        } else {
            Err("expected 1 to 100 characters, none of them control characters")
        }
    }
}

impl FromStr for StatedIp {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        let address: IpAddr = text.parse().map_err(|_| "expected an IP address")?;
        Ok(Self(address.to_canonical().to_string()))
    }
}
