//! The keyring: the one secret of an installation, from which every other key is derived.

use std::collections::BTreeSet;
use std::fmt;

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use countersign_domain::word::KeyId;
use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::purpose::Purpose;

/// The bytes of a key.
pub const KEY_BYTES: usize = 32;
/// The most keys of a keyring: the current one, and those that are still accepted.
pub const KEYS_MOST: usize = 16;
/// The id of a key that was given without one.
const UNNAMED: &str = "k1";

/// Base64 as `openssl rand -base64 32` writes it, with or without the padding.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The keys of an installation: the current one, which new values are made with, and older ones, which
/// are still accepted.
pub struct Keyring {
    current: Key,
    older: Vec<Key>,
}

struct Key {
    id: KeyId,
    secret: Zeroizing<[u8; KEY_BYTES]>,
}

/// A key for one purpose, wiped when it is dropped.
#[derive(Clone, ZeroizeOnDrop)]
pub struct DerivedKey([u8; KEY_BYTES]);

/// Why a text is not a keyring. What it says never holds a part of the text, but for a key's id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyringError {
    /// There is no key in it.
    Empty,
    /// There are more than [`KEYS_MOST`] keys in it.
    TooMany,
    /// The id of the key at this place, from 1, is not one.
    InvalidId(usize),
    /// The key at this place, from 1, is not base64 of 32 bytes.
    InvalidKey(usize),
    /// Two keys have this id.
    Twice(KeyId),
}

impl Keyring {
    /// Reads `[id:]base64` of 32 bytes, comma-separated, the current key first.
    ///
    /// A key without an id is called `k1`: the one key of an installation that never changed it, and the
    /// older of two when a named one is put in front of it.
    pub fn parse(text: &str) -> Result<Self, KeyringError> {
        let keys = text.split(',').map(str::trim).filter(|entry| !entry.is_empty());
        let mut keys = keys.zip(1..).map(|(entry, place)| Key::parse(entry, place));
        let current = keys.next().ok_or(KeyringError::Empty)??;
        let older = keys.collect::<Result<Vec<_>, _>>()?;
        let keyring = Self { current, older };
        if keyring.older.len() >= KEYS_MOST {
            return Err(KeyringError::TooMany);
        }
        match keyring.repeated() {
            Some(id) => Err(KeyringError::Twice(id)),
            None => Ok(keyring),
        }
    }

    /// The key that new values are made with.
    pub fn current(&self) -> &KeyId {
        &self.current.id
    }

    /// Every accepted key, the current one first.
    pub fn ids(&self) -> impl Iterator<Item = &KeyId> {
        self.keys().map(|key| &key.id)
    }

    /// The key for a purpose that a key of the ring gives, if the ring has that key.
    pub fn derive(&self, key: &KeyId, purpose: Purpose) -> Option<DerivedKey> {
        let key = self.keys().find(|candidate| candidate.id == *key)?;
        Some(DerivedKey::derive(&key.secret, purpose.label()))
    }

    fn keys(&self) -> impl Iterator<Item = &Key> {
        std::iter::once(&self.current).chain(&self.older)
    }

    /// An id that two keys have.
    fn repeated(&self) -> Option<KeyId> {
        let mut seen = BTreeSet::new();
        self.ids().find(|id| !seen.insert(*id)).cloned()
    }
}

impl Key {
    fn parse(entry: &str, place: usize) -> Result<Self, KeyringError> {
        let (id, secret) = entry.split_once(':').unwrap_or((UNNAMED, entry));
        let id = id.trim().parse().map_err(|_| KeyringError::InvalidId(place))?;
        let bytes = Zeroizing::new(BASE64.decode(secret.trim()).unwrap_or_default());
        let secret = <[u8; KEY_BYTES]>::try_from(bytes.as_slice());
        Ok(Self { id, secret: Zeroizing::new(secret.map_err(|_| KeyringError::InvalidKey(place))?) })
    }
}

impl DerivedKey {
    /// A key that was derived elsewhere.
    pub fn new(bytes: [u8; KEY_BYTES]) -> Self {
        Self(bytes)
    }

    /// The key of a label, by HKDF-SHA-256 without a salt.
    pub(crate) fn derive(secret: &[u8; KEY_BYTES], label: &str) -> Self {
        let mut derived = Self([0; KEY_BYTES]);
        Hkdf::<Sha256>::new(None, secret)
            .expand(label.as_bytes(), &mut derived.0)
            .expect("32 bytes are fewer than HKDF can give");
        derived
    }

    /// The bytes of the key.
    pub fn as_bytes(&self) -> &[u8; KEY_BYTES] {
        &self.0
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.ids()).finish()
    }
}

impl fmt::Debug for DerivedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[key]")
    }
}

impl fmt::Display for KeyringError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("expected at least one key"),
            Self::TooMany => write!(f, "expected at most {KEYS_MOST} keys"),
            Self::InvalidId(place) => {
                write!(f, "key {place}: expected an id of a-z and 0-9 before the colon")
            }
            Self::InvalidKey(place) => write!(f, "key {place}: expected base64 of {KEY_BYTES} bytes"),
            Self::Twice(id) => write!(f, "two keys are called {id}"),
        }
    }
}

impl std::error::Error for KeyringError {}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    const OTHER: &str = "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=";

    fn ids(text: &str) -> Vec<String> {
        Keyring::parse(text).unwrap().ids().map(KeyId::to_string).collect()
    }

    fn error(text: &str) -> KeyringError {
        Keyring::parse(text).unwrap_err()
    }

    #[test]
    fn the_first_key_is_current_and_one_without_an_id_is_the_first_that_ever_was() {
        assert_eq!(ids(ONE), ["k1"]);
        assert_eq!(ids(&format!("k2:{OTHER},{ONE}")), ["k2", "k1"]);
        assert_eq!(ids(&format!(" 2026a : {OTHER} ,\n k1:{ONE},\n")), ["2026a", "k1"]);
        assert_eq!(ids(ONE.trim_end_matches('=')), ["k1"]);
        let current = Keyring::parse(&format!("k2:{OTHER},{ONE}")).unwrap().current().to_string();
        assert_eq!(current, "k2");
    }

    #[test]
    fn a_text_that_is_no_keyring_is_refused() {
        assert_eq!(error(""), KeyringError::Empty);
        assert_eq!(error(" , "), KeyringError::Empty);
        assert_eq!(error("AAEC"), KeyringError::InvalidKey(1));
        assert_eq!(error(&format!("{ONE},k2:hunter2!")), KeyringError::InvalidKey(2));
        assert_eq!(error(&format!("Key-1:{ONE}")), KeyringError::InvalidId(1));
        assert_eq!(error(&format!("{ONE},{OTHER}")), KeyringError::Twice("k1".parse().unwrap()));
        let many: Vec<_> = (0..=KEYS_MOST).map(|number| format!("k{number}:{ONE}")).collect();
        assert_eq!(error(&many.join(",")), KeyringError::TooMany);
    }

    #[test]
    fn what_is_printed_of_a_keyring_holds_no_key() {
        let keyring = Keyring::parse(ONE).unwrap();
        let derived = keyring.derive(keyring.current(), Purpose::Codes);
        assert_eq!(format!("{keyring:?} {derived:?}"), "[KeyId(\"k1\")] Some([key])");
        assert!(!error("k1:hunter2").to_string().contains("hunter2"));
    }

    /// Computed by another implementation: what is stored rests on these keys for ever.
    #[test]
    fn each_purpose_has_the_key_that_it_always_had() {
        let keyring = Keyring::parse(ONE).unwrap();
        let keys = Purpose::ALL.map(|purpose| {
            let derived = keyring.derive(keyring.current(), purpose).unwrap();
            hex::encode(derived.as_bytes().first_chunk::<8>().unwrap())
        });
        assert_eq!(
            keys,
            [
                "f8cc488476005a22",
                "1759bf78775543cf",
                "cce0cf77a4eea5da",
                "167854226558a2ea",
                "3ca4c647acb904b6",
                "58d6ffb1c09b48e5",
                "471aff53a34d0f86",
                "e7f5b7137c0c9e1b",
                "4ae18f8b5df0f122",
                "df7951cf643eed49",
                "b71aadbfa1085204",
                "4959b7ed70ce521e",
                "94897dd4e4acf014",
                "5e418268673415bc",
            ]
        );
    }

    #[test]
    fn a_key_that_the_ring_does_not_have_derives_nothing() {
        let keyring = Keyring::parse(ONE).unwrap();
        assert!(keyring.derive(&"k2".parse().unwrap(), Purpose::Codes).is_none());
    }
}
