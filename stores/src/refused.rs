//! What can never be stored.

use std::fmt;

/// What can never be stored, and why. It never says the value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The value's place in the event, as a JSON pointer.
    pub path: String,
    /// Why.
    pub because: RefusedBecause,
}

/// Why a value can never be stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefusedBecause {
    /// It is not sealed and begins like a sealed one.
    LooksSealed,
    /// It is a sealed or an erased value that was handed back.
    NotPlain,
    /// A key begins with `$`.
    ReservedKey,
    /// It is a number with a fraction, or too large to be read alike everywhere.
    Number,
    /// It holds a control character.
    ControlCharacter,
    /// The subject's key was destroyed: nothing personal can be stored any more.
    SubjectErased,
    /// The event has no stored name.
    NoName,
    /// The stream is as long as a stream can be.
    StreamFull,
}

impl fmt::Display for RefusedBecause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::LooksSealed => "it begins like a sealed value",
            Self::NotPlain => "it is sealed or erased",
            Self::ReservedKey => "a key begins with a dollar sign",
            Self::Number => "it is not a whole number up to 2^53",
            Self::ControlCharacter => "it holds a control character",
            Self::SubjectErased => "its subject was erased",
            Self::NoName => "the event has no name",
            Self::StreamFull => "the stream is full",
        })
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the value at {}: {}", self.path, self.because)
    }
}
