//! The classes of sealed values: each has a key of its own, so that a reader can be given one of them.

use countersign_domain::secret::{PLAIN_PERSONAL, PLAIN_VERIFIER};

/// What a sealed value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    /// About a person.
    Personal,
    /// What a credential is checked against.
    Verifier,
    /// The whole state of an aggregate.
    Whole,
}

impl Class {
    const ALL: [Self; 3] = [Self::Personal, Self::Verifier, Self::Whole];

    /// The first word of a sealed value; it can never change.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Personal => "s1p",
            Self::Verifier => "s1v",
            Self::Whole => "s1w",
        }
    }

    /// The label that the class' key is derived with; it can never change.
    pub(super) fn label(self) -> &'static str {
        match self {
            Self::Personal => "countersign/subject-key/s1p/1",
            Self::Verifier => "countersign/subject-key/s1v/1",
            Self::Whole => "countersign/subject-key/s1w/1",
        }
    }

    /// The class that a text begins like a sealed value of.
    pub(crate) fn of_sealed(text: &str) -> Option<Self> {
        let (word, _) = text.split_once('.')?;
        Self::ALL.into_iter().find(|class| class.word() == word)
    }

    /// The class of plain values that an object with this one key stands for.
    pub(super) fn of_marker(key: &str) -> Option<Self> {
        match key {
            PLAIN_PERSONAL => Some(Self::Personal),
            PLAIN_VERIFIER => Some(Self::Verifier),
            _ => None,
        }
    }

    /// The one key of the object that stands for a plain value of this class.
    pub(super) fn marker(self) -> Option<&'static str> {
        match self {
            Self::Personal => Some(PLAIN_PERSONAL),
            Self::Verifier => Some(PLAIN_VERIFIER),
            Self::Whole => None,
        }
    }
}
