//! The cipher: XChaCha20-Poly1305 with random nonces, which are so long that they never repeat.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use rand::TryRng;
use rand::rngs::SysRng;
use zeroize::Zeroizing;

use crate::keyring::DerivedKey;

/// The bytes of a nonce.
const NONCE_BYTES: usize = 24;

/// Random bytes of the operating system.
pub(crate) fn random_bytes<const COUNT: usize>() -> [u8; COUNT] {
    let mut bytes = [0; COUNT];
    SysRng.try_fill_bytes(&mut bytes).expect("an operating system that runs us has random bytes");
    bytes
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
