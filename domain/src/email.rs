//! E-mail addresses: what a person typed, and the one form that they are compared in.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use unicode_normalization::UnicodeNormalization;

/// The most bytes of an address (RFC 5321 4.5.3.1.3, without the angle brackets).
pub const EMAIL_LONGEST: usize = 254;
/// The most bytes of the part before the `@` (RFC 5321 4.5.3.1.1).
pub const LOCAL_PART_LONGEST: usize = 64;

/// A syntactically valid address, in the one form that addresses are compared in.
///
/// NFC, the local part's ASCII letters in lower case, the domain as lower-case A-labels. Dots and plus
/// signs stay: whether they matter is the mail server's business.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Email(String);

/// A text that is not an e-mail address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidEmail;

impl fmt::Display for InvalidEmail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("expected an e-mail address like name@example.org")
    }
}

impl std::error::Error for InvalidEmail {}

impl Email {
    /// The normalised address.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The address with all but the first letter and the domain's end hidden, for "sent to …".
    pub fn masked(&self) -> String {
        let (local, domain) = self.0.rsplit_once('@').unwrap_or((&self.0, ""));
        let first: String = local.chars().take(1).collect();
        let (name, ending) = domain.rsplit_once('.').map_or((domain, ""), |(name, ending)| (name, ending));
        let initial: String = name.chars().take(1).collect();
        format!("{first}***@{initial}***.{ending}")
    }
}

impl FromStr for Email {
    type Err = InvalidEmail;

    fn from_str(text: &str) -> Result<Self, InvalidEmail> {
        let composed: String = text.nfc().collect();
        let (local, domain) = composed.rsplit_once('@').ok_or(InvalidEmail)?;
        let domain = idna::domain_to_ascii_strict(domain).map_err(|_| InvalidEmail)?;
        let address = format!("{}@{domain}", local.to_ascii_lowercase());
        let fits = address.len() <= EMAIL_LONGEST && is_local_part(local) && is_domain(&domain);
        if fits { Ok(Self(address)) } else { Err(InvalidEmail) }
    }
}

/// A dot-atom of RFC 5322, with the letters of RFC 6531 allowed.
fn is_local_part(local: &str) -> bool {
    let allowed = |c: char| c.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c);
    local.len() <= LOCAL_PART_LONGEST
        && local.split('.').all(|atom| !atom.is_empty() && atom.chars().all(allowed))
}

/// Two labels or more, the last not a number, so that no address is an IP.
fn is_domain(domain: &str) -> bool {
    let last = domain.rsplit('.').next().unwrap_or_default();
    domain.contains('.') && !last.is_empty() && !last.chars().all(|c| c.is_ascii_digit())
}

/// Addresses are personal: what is printed for a developer is not the address.
impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Email([personal])")
    }
}

impl Serialize for Email {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Email {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_reach_the_same_mailbox_compare_equal() {
        let cases = [
            ("Ada@Example.ORG", "ada@example.org"),
            ("ada@bücher.example", "ada@xn--bcher-kva.example"),
            ("u\u{308}@example.org", "ü@example.org"),
            ("a.d+a@example.org", "a.d+a@example.org"),
        ];
        for (typed, normal) in cases {
            assert_eq!(typed.parse::<Email>().map(|email| email.0), Ok(normal.to_owned()));
        }
    }

    #[test]
    fn a_text_that_is_no_address_is_refused() {
        let long = format!("{}@example.org", "a".repeat(65));
        for text in [
            "",
            "a",
            "@example.org",
            "a@",
            "a@localhost",
            "a@10.0.0.1",
            "a b@example.org",
            "a..b@example.org",
            ".a@example.org",
            "a@exa mple.org",
            "a\r\n@example.org",
            "a@example.org\n",
            "\"a\"@example.org",
            "a@b@example.org",
            "a\0@example.org",
            "<a@example.org>",
            &long,
        ] {
            assert_eq!(text.parse::<Email>(), Err(InvalidEmail), "{text:?}");
        }
    }

    #[test]
    fn a_masked_address_shows_only_where_to_look() {
        let email: Email = "ada.lovelace@mail.example.org".parse().unwrap();
        assert_eq!(email.masked(), "a***@m***.org");
    }
}
