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
