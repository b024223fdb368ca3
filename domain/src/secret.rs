//! Values that the stored form seals: personal values and credential verifiers.
//!
//! In memory a sealed value is plain, still sealed, or gone with its key. A plain one is written as an
//! object with one key that begins with `$`, a form that only the store may see: it seals each such
//! object into a string before anything is stored, and refuses the form anywhere else.

use std::fmt;

use serde::de::DeserializeOwned;
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use zeroize::Zeroize;

/// The key of a plain personal value on its way to the store.
pub const PLAIN_PERSONAL: &str = "$s1p";
/// The key of a plain verifier on its way to the store.
pub const PLAIN_VERIFIER: &str = "$s1v";
/// What a sealed personal value begins with.
const SEALED_PERSONAL: &str = "s1p.";
/// What a sealed verifier begins with.
const SEALED_VERIFIER: &str = "s1v.";
/// The key that stands for a value whose key was destroyed.
pub const ERASED: &str = "$erased";

/// What a sealed value is to who holds it.
#[derive(Clone, PartialEq, Eq)]
enum Sealable<T> {
    Plain(T),
    Sealed(String),
    Erased,
}

/// A value about a person: an address, an IP, a user agent, a device label.
#[derive(Clone, PartialEq, Eq)]
pub struct Personal<T>(Sealable<T>);

/// What a credential is checked against: a password hash, the MAC of a code or a token.
#[derive(Clone, PartialEq, Eq)]
pub struct Verifier(Sealable<String>);

impl<T> Personal<T> {
    /// A value that is known here.
    pub fn plain(value: T) -> Self {
        Self(Sealable::Plain(value))
    }

    /// The value, where it is known here: `None` for a sealed or an erased one.
    pub fn known(&self) -> Option<&T> {
        match &self.0 {
            Sealable::Plain(value) => Some(value),
            Sealable::Sealed(_) | Sealable::Erased => None,
        }
    }

    /// Whether the key that could open it was destroyed.
    pub fn is_erased(&self) -> bool {
        matches!(self.0, Sealable::Erased)
    }
}

impl Verifier {
    /// A verifier that is known here.
    pub fn plain(value: impl Into<String>) -> Self {
        Self(Sealable::Plain(value.into()))
    }

    /// The verifier, where it is known here: `None` for a sealed or an erased one.
    pub fn known(&self) -> Option<&str> {
        match &self.0 {
            Sealable::Plain(value) => Some(value),
            Sealable::Sealed(_) | Sealable::Erased => None,
        }
    }
}

impl Drop for Verifier {
    fn drop(&mut self) {
        if let Sealable::Plain(value) = &mut self.0 {
            value.zeroize();
        }
    }
}

impl<T> Sealable<T> {
    /// Says which of the three it is, never what.
    fn describe(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Plain(_) => "[known]",
            Self::Sealed(_) => "[sealed]",
            Self::Erased => "[erased]",
        })
    }
}

impl<T> fmt::Debug for Personal<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.describe(f)
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.describe(f)
    }
}

impl<T: Serialize> Sealable<T> {
    fn write<S: Serializer>(&self, plain_key: &'static str, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = match self {
            Self::Sealed(sealed) => return serializer.serialize_str(sealed),
            Self::Plain(_) | Self::Erased => serializer.serialize_map(Some(1))?,
        };
        match self {
            Self::Plain(value) => map.serialize_entry(plain_key, value)?,
            Self::Sealed(_) | Self::Erased => map.serialize_entry(ERASED, &true)?,
        }
        map.end()
    }
}

impl<T: DeserializeOwned> Sealable<T> {
    /// A text is taken for a sealed value only if it says that it is one of this class: a plain text here
    /// would be stored in the clear.
    fn read<'de, D: Deserializer<'de>>(
        plain_key: &str,
        sealed_prefix: &str,
        deserializer: D,
    ) -> Result<Self, D::Error> {
        use serde::de::Error as _;
        match Value::deserialize(deserializer)? {
            Value::String(sealed) if sealed.starts_with(sealed_prefix) => Ok(Self::Sealed(sealed)),
            Value::Object(mut fields) if fields.len() == 1 => match fields.remove(plain_key) {
                Some(value) => serde_json::from_value(value).map(Self::Plain).map_err(D::Error::custom),
                None if fields.contains_key(ERASED) => Ok(Self::Erased),
                None => Err(D::Error::custom("expected a sealable value of this class")),
            },
            _ => Err(D::Error::custom("expected a sealed, plain or erased value")),
        }
    }
}

impl<T: Serialize> Serialize for Personal<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.write(PLAIN_PERSONAL, serializer)
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Personal<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Sealable::read(PLAIN_PERSONAL, SEALED_PERSONAL, deserializer).map(Self)
    }
}

impl Serialize for Verifier {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.write(PLAIN_VERIFIER, serializer)
    }
}

impl<'de> Deserialize<'de> for Verifier {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Sealable::read(PLAIN_VERIFIER, SEALED_VERIFIER, deserializer).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_sealable_value_survives_json_in_each_of_its_three_states() {
        for value in [json!({"$s1v": "hash"}), json!("s1v.k1.AAAA"), json!({"$erased": true})] {
            let verifier: Verifier = serde_json::from_value(value.clone()).unwrap();
            assert_eq!(serde_json::to_value(&verifier).unwrap(), value);
        }
    }

    #[test]
    fn a_personal_value_cannot_pass_for_a_verifier() {
        assert!(serde_json::from_value::<Verifier>(json!({"$s1p": "hash"})).is_err());
        assert!(serde_json::from_value::<Personal<String>>(json!({"$s1v": "hash"})).is_err());
        assert!(serde_json::from_value::<Verifier>(json!("s1p.k1.AAAA")).is_err());
        assert!(serde_json::from_value::<Personal<String>>(json!("s1v.k1.AAAA")).is_err());
    }

    #[test]
    fn a_plain_text_cannot_pass_for_a_sealed_value() {
        assert!(serde_json::from_value::<Personal<String>>(json!("robin@example.org")).is_err());
        assert!(serde_json::from_value::<Verifier>(json!("$argon2id$v=19$…")).is_err());
    }

    #[test]
    fn what_is_printed_of_a_secret_is_never_the_secret() {
        let printed = format!("{:?} {:?}", Verifier::plain("hunter2"), Personal::plain("a@b.example"));
        assert_eq!(printed, "[known] [known]");
    }
}
