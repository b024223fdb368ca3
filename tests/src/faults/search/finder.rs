//! Looks for many needles at once, as they are and as they look encoded.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

use super::needles::{Kind, Needle, Needles};

/// Pairs of bytes that a text can begin with.
const BEGINNINGS: usize = 1 << 16;

/// Looks for many needles at once.
pub struct Finder {
    patterns: Vec<Pattern>,
    /// The patterns that begin with each pair of bytes.
    beginnings: Vec<Vec<usize>>,
}

/// A way in which a needle can look.
struct Pattern {
    bytes: Vec<u8>,
    says: String,
    alone: bool,
}

/// Something that was found where nothing may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Where.
    pub place: String,
    /// What.
    pub says: String,
    /// What stands around it.
    pub around: String,
}

impl Finder {
    /// Looks for these.
    pub fn of(needles: &Needles) -> Self {
        let patterns: Vec<Pattern> = needles.all().flat_map(Pattern::of).collect();
        let mut beginnings = vec![Vec::new(); BEGINNINGS];
        for (number, pattern) in patterns.iter().enumerate() {
            if let Some(place) = beginning(&pattern.bytes).and_then(|pair| beginnings.get_mut(pair)) {
                place.push(number);
            }
        }
        Self { patterns, beginnings }
    }

    /// Everything that is found in some bytes.
    pub fn find(&self, place: &str, bytes: &[u8]) -> Vec<Finding> {
        let mut findings = Vec::new();
        for at in 0..bytes.len().saturating_sub(1) {
            let rest = bytes.get(at..).unwrap_or_default();
            let numbers = beginning(rest).and_then(|pair| self.beginnings.get(pair));
            let patterns = numbers.into_iter().flatten().filter_map(|number| self.patterns.get(*number));
            let found = patterns.filter(|pattern| pattern.is_at(bytes, at, rest));
            findings.extend(found.map(|pattern| Finding {
                place: place.to_owned(),
                says: pattern.says.clone(),
                around: around(bytes, at, pattern.bytes.len()),
            }));
        }
        findings
    }
}

impl Pattern {
    fn of(needle: &Needle) -> Vec<Self> {
        let text = needle.text.as_bytes();
        let plain = Self::new(needle, "as it is", text.to_vec());
        if needle.kind == Kind::Digits {
            return vec![Self { alone: true, ..plain }];
        }
        let upper = needle.text.to_ascii_uppercase().into_bytes();
        let lower = needle.text.to_ascii_lowercase().into_bytes();
        let mut forms = vec![plain, Self::new(needle, "in hexadecimal", hex::encode(text).into_bytes())];
        forms.extend(
            [upper, lower]
                .into_iter()
                .filter(|form| form != text)
                .map(|form| Self::new(needle, "in another case", form)),
        );
        forms.extend(in_base64(text).into_iter().map(|form| Self::new(needle, "in base64", form)));
        forms
    }

    fn new(needle: &Needle, form: &str, bytes: Vec<u8>) -> Self {
        Self { bytes, says: format!("{:?} {} {form}", needle.kind, needle.text), alone: false }
    }

    fn is_at(&self, bytes: &[u8], at: usize, rest: &[u8]) -> bool {
        rest.starts_with(&self.bytes) && (!self.alone || stands_alone(bytes, at, self.bytes.len()))
    }
}

/// How a text looks in the middle of a longer one that is encoded: it can begin at three places of a group.
fn in_base64(text: &[u8]) -> Vec<Vec<u8>> {
    let mut forms = Vec::new();
    for (before, skipped) in [(0, 0), (1, 2), (2, 3)] {
        let padded = [vec![0; before], text.to_vec()].concat();
        let whole = padded.len() * 8 / 6;
        for encoded in [STANDARD_NO_PAD.encode(&padded), URL_SAFE_NO_PAD.encode(&padded)] {
            forms.push(encoded.as_bytes().get(skipped..whole).unwrap_or_default().to_vec());
        }
    }
    forms.sort();
    forms.dedup();
    forms
}

fn beginning(bytes: &[u8]) -> Option<usize> {
    let [first, second] = bytes.first_chunk::<2>()?;
    Some(usize::from(u16::from_be_bytes([*first, *second])))
}

/// Whether no letter, digit, or sign of an id or of an encoded text stands beside it: six digits within those
/// are chance.
fn stands_alone(bytes: &[u8], at: usize, length: usize) -> bool {
    let before = at.checked_sub(1).and_then(|place| bytes.get(place));
    let behind = bytes.get(at + length);
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_+/".contains(byte);
    ![before, behind].into_iter().flatten().any(is_part)
}

/// What stands around a finding, as far as it can be read.
fn around(bytes: &[u8], at: usize, length: usize) -> String {
    let around = bytes.get(at.saturating_sub(40)..(at + length + 40).min(bytes.len()));
    let readable = |byte: &u8| if (b' '..=b'~').contains(byte) { char::from(*byte) } else { '.' };
    around.unwrap_or_default().iter().map(readable).collect()
}

impl fmt::Debug for Finder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Finder").field("patterns", &self.patterns.len()).finish_non_exhaustive()
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} in “{}”", self.place, self.says, self.around)
    }
}
