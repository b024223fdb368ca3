//! Tree heads, and their signed text form: C2SP tlog-checkpoint in a C2SP signed note.
//!
//! The text forms are written here, in place of the crates `signed_note` and `tlog_tiles` (0.2): those bring
//! an older generation of every cryptographic crate, keep a secret key in a text that nobody wipes, and write
//! the tile paths of Go's checksum database (`tile/8/data/…`), which are not C2SP's.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::{Hash, VerifyingKey};

/// The longest name of a ledger.
const LONGEST_ORIGIN: usize = 255;
/// The longest signed note that is read: room for more than the 16 signatures that C2SP asks for.
const LONGEST_NOTE: usize = 128 * 1024;
/// The second line of the note of a manifest, where a head has a number.
pub(super) const MANIFEST: &str = "manifest";
/// Begins the line of a signature.
const SIGNATURE: &str = "\u{2014} ";

/// The name of a ledger, such as `countersign.local/ledger`: a line of visible ASCII without a plus.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin(String);

/// A text cannot be the name of a ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OriginError;

/// What a ledger vouches for: how many leaves it has, and the root over them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TreeHead {
    /// The ledger's name.
    pub origin: Origin,
    /// How many leaves it has.
    pub size: u64,
    /// The root over them.
    pub root: Hash,
}

/// Why a text is not taken as a tree head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckpointError {
    /// It is not a signed note.
    Note,
    /// The key has not signed it.
    Unsigned,
    /// It names the key, and its signature does not hold.
    Forged,
    /// What was signed is not a tree head, or not this manifest.
    Head,
    /// It is the head of a ledger with another name than the key's.
    AnotherLedger,
}

/// A signature of a note, of whichever key.
struct Signature<'a> {
    name: &'a str,
    key: [u8; 4],
    bytes: Vec<u8>,
}

impl FromStr for Origin {
    type Err = OriginError;

    fn from_str(text: &str) -> Result<Self, OriginError> {
        let fits = (1..=LONGEST_ORIGIN).contains(&text.len());
        let suits = text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'+');
        if fits && suits { Ok(Self(text.to_owned())) } else { Err(OriginError) }
    }
}

impl TreeHead {
    /// Takes the head out of its signed note, once the key's signature holds.
    ///
    /// Signatures of other keys (witnesses, the next key) and lines behind the root are passed over.
    pub fn open(note: &str, key: &VerifyingKey) -> Result<Self, CheckpointError> {
        let text = signed_text(note, key)?;
        let head = Self::parse(text).ok_or(CheckpointError::Head)?;
        if head.origin == *key.name() { Ok(head) } else { Err(CheckpointError::AnotherLedger) }
    }

    /// The text that is signed.
    pub(super) fn text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, STANDARD.encode(self.root.0))
    }

    fn parse(text: &str) -> Option<Self> {
        let mut lines = text.strip_suffix('\n')?.split('\n');
        let (origin, size, root) = (lines.next()?.parse().ok()?, lines.next()?, lines.next()?);
        let head = Self { origin, size: size.parse().ok()?, root: hash_of(root)? };
        // A size has one way to be written, which `parse` alone does not ask for.
        (head.size.to_string() == size && lines.all(|line| !line.is_empty())).then_some(head)
    }
}

fn hash_of(base64: &str) -> Option<Hash> {
    STANDARD.decode(base64).ok()?.try_into().ok().map(Hash)
}

/// Checks the signed note of a manifest against the manifest's bytes.
pub fn verify_manifest(note: &str, manifest: &[u8], key: &VerifyingKey) -> Result<(), CheckpointError> {
    let text = signed_text(note, key)?;
    let expected = format!("{}\n{MANIFEST}\n{}\n", key.name(), STANDARD.encode(Sha256::digest(manifest)));
    if text == expected { Ok(()) } else { Err(CheckpointError::Head) }
}

/// The text of a note that a key has signed.
fn signed_text<'a>(note: &'a str, key: &VerifyingKey) -> Result<&'a str, CheckpointError> {
    let (text, signatures) = parts(note).ok_or(CheckpointError::Note)?;
    let mut signed = false;
    for line in signatures.split('\n') {
        let signature = Signature::parse(line).ok_or(CheckpointError::Note)?;
        if signature.name == key.name().as_str() && signature.key == key.id() {
            key.verify(text, &signature.bytes).map_err(|_| CheckpointError::Forged)?;
            signed = true;
        }
    }
    if signed { Ok(text) } else { Err(CheckpointError::Unsigned) }
}

/// The text of a note and the lines of its signatures, parted at its last blank line.
fn parts(note: &str) -> Option<(&str, &str)> {
    if note.len() > LONGEST_NOTE || note.bytes().any(|byte| byte < b' ' && byte != b'\n') {
        return None;
    }
    let (text, signatures) = note.split_at_checked(note.rfind("\n\n")? + 1)?;
    Some((text, signatures.strip_prefix('\n')?.strip_suffix('\n')?))
}

impl<'a> Signature<'a> {
    fn parse(line: &'a str) -> Option<Self> {
        let (name, base64) = line.strip_prefix(SIGNATURE)?.split_once(' ')?;
        let bytes = STANDARD.decode(base64).ok()?;
        let (key, bytes) = bytes.split_first_chunk()?;
        Some(Self { name, key: *key, bytes: bytes.to_vec() })
    }
}

/// A note: a text with the signature of one key.
pub(super) fn note(text: &str, key: &VerifyingKey, signature: &[u8]) -> String {
    let named = [key.id().as_slice(), signature].concat();
    format!("{text}\n{SIGNATURE}{} {}\n", key.name(), STANDARD.encode(named))
}

impl Origin {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for OriginError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the name of a ledger is 1 to {LONGEST_ORIGIN} visible ASCII characters without a plus")
    }
}

impl std::error::Error for OriginError {}

impl fmt::Display for CheckpointError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Note => "the tree head is not a signed note",
            Self::Unsigned => "the tree head is not signed by this key",
            Self::Forged => "the signature of the tree head does not hold",
            Self::Head => "what was signed is not a tree head",
            Self::AnotherLedger => "the tree head is of a ledger with another name",
        })
    }
}

impl std::error::Error for CheckpointError {}
