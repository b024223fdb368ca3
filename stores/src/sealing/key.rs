//! A subject's key, and the form of what it seals: `<class>.<key id>.<base64url(nonce ‖ ciphertext)>`.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use zeroize::Zeroizing;

use super::class::Class;
use super::random::random_bytes;
use crate::error::Damage;
use crate::keyring::{DerivedKey, KEY_BYTES};

/// The label that a key's id is derived with; it can never change.
const ID_LABEL: &str = "countersign/subject-key/id/1";
/// The bytes of a key's id, which is written in hex.
const ID_BYTES: usize = 4;
/// The bytes of a nonce: so many that random ones never repeat.
const NONCE_BYTES: usize = 24;

/// What everything of one subject (an account, a client) is sealed with, wiped when it is dropped.
pub(crate) struct SubjectKey {
    secret: Zeroizing<[u8; KEY_BYTES]>,
    id: String,
}

impl SubjectKey {
    pub(crate) fn new(secret: Zeroizing<[u8; KEY_BYTES]>) -> Self {
        let id = DerivedKey::derive(&secret, ID_LABEL).as_bytes().iter().take(ID_BYTES).copied();
        let id = hex::encode(id.collect::<Vec<_>>());
        Self { secret, id }
    }

    /// Seals a text to a place.
    pub(crate) fn seal(&self, class: Class, place: &[u8], plain: &[u8]) -> String {
        let sealed = seal_bytes(&self.of_class(class), place, plain);
        format!("{}.{}.{}", class.word(), self.id, URL_SAFE_NO_PAD.encode(sealed))
    }

    /// Opens what was sealed to a place.
    pub(crate) fn open(&self, class: Class, place: &[u8], sealed: &str) -> Result<Zeroizing<Vec<u8>>, Damage> {
        let mut parts = sealed.splitn(3, '.');
        let (Some(word), Some(id), Some(sealed)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(Damage::Forged);
        };
        if word != class.word() {
            return Err(Damage::Forged);
        }
        if id != self.id {
            return Err(Damage::OtherKey);
        }
        let bytes = URL_SAFE_NO_PAD.decode(sealed).map_err(|_| Damage::Forged)?;
        open_bytes(&self.of_class(class), place, &bytes).ok_or(Damage::Forged)
    }

    fn of_class(&self, class: Class) -> DerivedKey {
        DerivedKey::derive(&self.secret, class.label())
    }
}

/// Seals bytes to a place: a random nonce, and behind it the ciphertext.
pub(crate) fn seal_bytes(key: &DerivedKey, place: &[u8], plain: &[u8]) -> Vec<u8> {
    let nonce = random_bytes::<NONCE_BYTES>();
    let ciphertext = cipher(key)
        .encrypt(&XNonce::from(nonce), Payload { msg: plain, aad: place })
        .expect("only a text of 256 GiB cannot be encrypted");
    [nonce.as_slice(), &ciphertext].concat()
}

/// Opens what [`seal_bytes`] sealed to the same place with the same key.
pub(crate) fn open_bytes(key: &DerivedKey, place: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (nonce, ciphertext) = sealed.split_first_chunk::<NONCE_BYTES>()?;
    let opened = cipher(key).decrypt(&XNonce::from(*nonce), Payload { msg: ciphertext, aad: place });
    opened.ok().map(Zeroizing::new)
}

fn cipher(key: &DerivedKey) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(key.as_bytes().into())
}

#[cfg(test)]
mod tests;
