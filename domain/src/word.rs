//! The small closed words that events, commands and replies share.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

/// A factor that a sign-in can be completed with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Factor {
    /// A code that was sent by e-mail.
    EmailCode,
    /// A saved backup code.
    BackupCode,
}

/// What failures are counted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Authenticator {
    /// The password.
    Password,
    /// Codes by e-mail, all challenges together.
    EmailCode,
    /// Backup codes, all issues together.
    BackupCode,
}

/// How sure a session is of its person (NIST SP 800-63B-4); e-mail does not count as a factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Aal {
    /// One factor.
    Aal1,
    /// Two factors.
    Aal2,
}

/// How a person authenticated (RFC 8176, and `email` for a code by e-mail).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Amr {
    /// A password.
    Pwd,
    /// A one-time password; here a backup code.
    Otp,
    /// A code by e-mail.
    Email,
    /// More than one factor.
    Mfa,
}

/// What a verification code is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CodePurpose {
    /// To prove control of the address of a registration.
    Registration,
    /// To complete a sign-in.
    SignIn,
    /// To choose another password without the old one.
    PasswordReset,
    /// To recover an account.
    Recovery,
}

/// What a sign-in is for.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignInPurpose {
    /// To get a session.
    #[default]
    SignIn,
    /// To prove once more who one is, before a credential is changed.
    StepUp,
}

impl SignInPurpose {
    /// Every purpose.
    pub const ALL: [Self; 2] = [Self::SignIn, Self::StepUp];

    /// Whether it is what a sign-in is for where nothing is said.
    pub fn is_sign_in(&self) -> bool {
        *self == Self::SignIn
    }
}

/// Where a code is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// To the account's e-mail address.
    Email,
}

/// The random part that a code's digits are derived from, together with a key that no store holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CodeId(pub Uuid);

/// The id of a key of the keyring.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(String);

/// The stream of an address: `em_{key id}_{hex}`, a keyed hash that says nothing about the address.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AddressKey(String);

/// A language as a person's client states it, such as `en` or `de-CH`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Locale(String);

/// Why an operator did something, in a line of their own words.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Reason(String);

/// A text that is not one of the words it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidWord {
    /// What was expected.
    pub expected: &'static str,
}

impl Factor {
    /// Every factor.
    pub const ALL: [Self; 2] = [Self::EmailCode, Self::BackupCode];
}

impl Aal {
    /// Every level.
    pub const ALL: [Self; 2] = [Self::Aal1, Self::Aal2];
}

impl Amr {
    /// Every way.
    pub const ALL: [Self; 4] = [Self::Pwd, Self::Otp, Self::Email, Self::Mfa];
}

impl fmt::Display for InvalidWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {}", self.expected)
    }
}

impl std::error::Error for InvalidWord {}

/// The most characters of a key id.
const KEY_ID_LONGEST: usize = 16;
/// The hex digits of an address key: 256 bits.
const ADDRESS_KEY_HEX: usize = 64;
/// The most characters of a language tag that is worth storing (RFC 5646 4.4.1).
const LOCALE_LONGEST: usize = 35;
/// The most characters of an operator's reason.
const REASON_LONGEST: usize = 200;

impl FromStr for KeyId {
    type Err = InvalidWord;

    fn from_str(text: &str) -> Result<Self, InvalidWord> {
        let fits = (1..=KEY_ID_LONGEST).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
        if fits {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidWord { expected: "a key id of a-z and 0-9" })
        }
    }
}

impl FromStr for AddressKey {
    type Err = InvalidWord;

    fn from_str(text: &str) -> Result<Self, InvalidWord> {
        let parts = text.strip_prefix("em_").and_then(|rest| rest.split_once('_'));
        let fits = parts.is_some_and(|(key, hex)| {
            key.parse::<KeyId>().is_ok()
                && hex.len() == ADDRESS_KEY_HEX
                && hex.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        });
        if fits { Ok(Self(text.to_owned())) } else { Err(InvalidWord { expected: "an address key" }) }
    }
}

impl FromStr for Locale {
    type Err = InvalidWord;

    fn from_str(text: &str) -> Result<Self, InvalidWord> {
        let subtag =
            |part: &str| (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric());
        let fits = text.len() <= LOCALE_LONGEST && text.len() >= 2 && text.split('-').all(subtag);
        if fits { Ok(Self(text.to_owned())) } else { Err(InvalidWord { expected: "a language tag like en" }) }
    }
}

impl FromStr for Reason {
    type Err = InvalidWord;

    fn from_str(text: &str) -> Result<Self, InvalidWord> {
        let fits =
            (1..=REASON_LONGEST).contains(&text.chars().count()) && !text.chars().any(char::is_control);
        if fits {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidWord { expected: "a line of 1 to 200 characters" })
        }
    }
}

impl Default for Locale {
    fn default() -> Self {
        Self("en".to_owned())
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for KeyId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for KeyId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl fmt::Display for AddressKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for AddressKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for AddressKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl fmt::Display for Locale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for Locale {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Locale {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for Reason {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Reason {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}
