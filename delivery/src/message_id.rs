//! The name of a message.

use std::fmt;
use std::str::FromStr;

/// Names a message on every attempt: the stem of its file and the left side of its `Message-ID`.
///
/// So it is both a safe file name and a *dot-atom* (RFC 5322): 1 to 128 of `a-z 0-9 _ . -`, with no dot at
/// either end and no two dots together.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageId(String);

/// The text is not a message id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MessageIdError;

const MAX_LENGTH: usize = 128;

impl MessageId {
    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for MessageId {
    type Err = MessageIdError;

    fn from_str(text: &str) -> Result<Self, MessageIdError> {
        let known = text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'.' | b'-'));
        let dotted_badly = text.starts_with('.') || text.ends_with('.') || text.contains("..");
        if text.is_empty() || text.len() > MAX_LENGTH || !known || dotted_badly {
            return Err(MessageIdError);
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for MessageIdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a message id is 1 to {MAX_LENGTH} of a-z 0-9 _ . - with its dots apart and inside")
    }
}

impl std::error::Error for MessageIdError {}
