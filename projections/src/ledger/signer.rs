//! The ledger's keys: Ed25519, in the forms of C2SP signed notes.
//!
//! `ed25519-dalek` rather than `ring`, which is in the tree already: it wipes its secret, refuses weak keys and
//! signatures that have a second form, and shares our SHA-2.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, Signer};
use sha2::{Digest, Sha256};
use zeroize::ZeroizeOnDrop;

use super::checkpoint::{MANIFEST, note};
use super::{Broken, Origin, TreeHead};

/// Says in C2SP forms that a key or a signature is Ed25519.
const ED25519: u8 = 0x01;

/// What a ledger signs its heads with, wiped when it is dropped. The same head always has the same signature.
#[derive(ZeroizeOnDrop)]
pub struct SigningKey(ed25519_dalek::SigningKey);

/// What the heads of one ledger are checked with; its text is `name+id+base64`, a C2SP verifier key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifyingKey {
    name: Origin,
    key: ed25519_dalek::VerifyingKey,
}

/// Why a text is not the key of a ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyError {
    /// It is not of the form `name+id+base64`.
    Form,
    /// It holds no Ed25519 key, or one that fits signatures of anybody.
    Key,
    /// Its id is not that of its name and key.
    Id,
}

impl SigningKey {
    /// The key with this secret.
    pub fn from_secret(secret: &[u8; 32]) -> Self {
        Self(ed25519_dalek::SigningKey::from_bytes(secret))
    }

    /// A head as a signed note, under the name of its ledger.
    pub fn sign(&self, head: &TreeHead) -> String {
        let text = head.text();
        let signature = self.0.sign(text.as_bytes()).to_bytes();
        note(&text, &self.verifying_key(head.origin.clone()), &signature)
    }

    /// The manifest of an export as a signed note: the ledger's name, what it is, and the SHA-256 of its bytes.
    pub fn sign_manifest(&self, name: Origin, manifest: &[u8]) -> String {
        let text = format!("{name}\n{MANIFEST}\n{}\n", STANDARD.encode(Sha256::digest(manifest)));
        let signature = self.0.sign(text.as_bytes()).to_bytes();
        note(&text, &self.verifying_key(name), &signature)
    }

    /// What the heads of a ledger are checked with.
    pub fn verifying_key(&self, name: Origin) -> VerifyingKey {
        VerifyingKey { name, key: self.0.verifying_key() }
    }
}

impl VerifyingKey {
    /// The ledger's name.
    pub fn name(&self) -> &Origin {
        &self.name
    }

    /// Names the key in a signature; it tells keys apart and proves nothing.
    pub(super) fn id(&self) -> [u8; 4] {
        let hash = Sha256::new()
            .chain_update(self.name.as_str())
            .chain_update([b'\n', ED25519])
            .chain_update(self.key.as_bytes())
            .finalize();
        let [a, b, c, d, ..]: [u8; 32] = hash.into();
        [a, b, c, d]
    }

    /// Checks that the key signed a text.
    pub(super) fn verify(&self, text: &str, signature: &[u8]) -> Result<(), Broken> {
        let signature = Signature::from_slice(signature).map_err(|_| Broken)?;
        self.key.verify_strict(text.as_bytes(), &signature).map_err(|_| Broken)
    }
}

impl FromStr for VerifyingKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        // The base64 may have a plus of its own: only the first two part the text.
        let (name, rest) = text.split_once('+').ok_or(KeyError::Form)?;
        let (_, base64) = rest.split_once('+').ok_or(KeyError::Form)?;
        let name = name.parse().map_err(|_| KeyError::Form)?;
        let marked = STANDARD.decode(base64).map_err(|_| KeyError::Form)?;
        let key = Self { name, key: key_of(&marked).ok_or(KeyError::Key)? };
        if key.to_string() == text { Ok(key) } else { Err(KeyError::Id) }
    }
}

fn key_of(marked: &[u8]) -> Option<ed25519_dalek::VerifyingKey> {
    let (mark, key) = marked.split_first()?;
    let key = ed25519_dalek::VerifyingKey::from_bytes(key.try_into().ok()?).ok()?;
    (*mark == ED25519 && !key.is_weak()).then_some(key)
}

impl fmt::Display for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let marked = [[ED25519].as_slice(), self.key.as_bytes()].concat();
        write!(f, "{}+{}+{}", self.name, hex::encode(self.id()), STANDARD.encode(marked))
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(…)")
    }
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Form => "a ledger's key has the form name+id+base64",
            Self::Key => "a ledger's key is an Ed25519 key",
            Self::Id => "the id is not that of the key and its name",
        })
    }
}

impl std::error::Error for KeyError {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::{CheckpointError, Hash};

    /// The example of the C2SP signed-note specification.
    const KEY: &str = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
    const SIGNATURE: &str =
        "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=";

    #[test]
    fn the_published_key_verifies_the_published_signature_and_nothing_else() {
        let key: VerifyingKey = KEY.parse().unwrap();
        let named = STANDARD.decode(SIGNATURE).unwrap();
        assert_eq!(named[..4], key.id());
        assert_eq!(key.verify("This is an example message.\n", &named[4..]), Ok(()));
        assert_eq!(key.verify("This is another message.\n", &named[4..]), Err(Broken));
        assert_eq!(key.verify("This is an example message.\n", &named), Err(Broken));
    }

    /// What a text opens to that the ledger's key has signed, be it a head or not.
    fn opened(text: &str) -> Result<TreeHead, CheckpointError> {
        let key = SigningKey::from_secret(&[7; 32]);
        let name = key.verifying_key("countersign.local/ledger".parse().unwrap());
        TreeHead::open(&note(text, &name, &key.0.sign(text.as_bytes()).to_bytes()), &name)
    }

    #[test]
    fn only_a_head_is_opened_though_the_key_signed_the_text() {
        let root = STANDARD.encode([5; 32]);
        let texts = [
            "\n".to_owned(),
            "countersign.local/ledger\n8\n".to_owned(),
            format!("countersign.local/ledger\n08\n{root}\n"),
            format!("countersign.local/ledger\n+8\n{root}\n"),
            format!("countersign.local/ledger\n-8\n{root}\n"),
            format!("countersign.local/ledger\n18446744073709551616\n{root}\n"),
            format!("countersign.local/ledger\n8\nAAAA{root}\n"),
            format!("countersign.local/ledger\n8\n{root}\n\nmore\n"),
            format!("countersign.local/le dger\n8\n{root}\n"),
        ];
        for text in texts {
            assert_eq!(opened(&text), Err(CheckpointError::Head), "{text}");
        }
    }

    #[test]
    fn a_note_with_a_control_character_or_without_end_is_not_read() {
        let head = format!("countersign.local/ledger\n8\n{}\n", STANDARD.encode([5; 32]));
        assert_eq!(opened(&format!("{head}mo\tre\n")), Err(CheckpointError::Note));
        assert_eq!(opened(&format!("{head}{}\n", "more".repeat(32 * 1024))), Err(CheckpointError::Note));
    }

    #[test]
    fn lines_behind_the_root_are_passed_over() {
        let text = format!("countersign.local/ledger\n8\n{}\nmore\n", STANDARD.encode([5; 32]));
        assert_eq!(opened(&text).map(|head| head.root), Ok(Hash([5; 32])));
    }

    #[test]
    fn a_secret_key_does_not_talk() {
        assert_eq!(format!("{:?}", SigningKey::from_secret(&[7; 32])), "SigningKey(…)");
    }
}
