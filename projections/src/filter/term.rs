//! Terms: one field, and what its value has to be. Each kind of field has its own kind of test.

use super::{Field, Network, NumberField, TextField};

/// One field and what its value has to be. A list of values is never empty in a filter that was parsed;
/// an empty one never holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Term {
    /// A number passes a test.
    Number {
        /// Which number.
        field: NumberField,
        /// What it has to be.
        test: NumberTest,
    },
    /// The name of the event passes any of these tests.
    Type(Vec<NameTest>),
    /// A text is any of these.
    Text {
        /// Which text.
        field: TextField,
        /// What it may be.
        one_of: Vec<String>,
    },
    /// The address is in any of these blocks.
    Ip(Vec<Network>),
}

/// What a number has to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NumberTest {
    /// `a,b`: any of these.
    OneOf(Vec<i64>),
    /// `>=x`: this or more.
    AtLeast(i64),
    /// `>x`: more than this.
    Above(i64),
    /// `<=x`: this or less.
    AtMost(i64),
    /// `<x`: less than this.
    Below(i64),
    /// `x..y`: from the first to the second, both included.
    Between(i64, i64),
}

/// What the stored name of an event has to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NameTest {
    /// `sign_in.started`: this name.
    Is(String),
    /// `sign_in.*`: a name that starts with this text, which ends with the dot.
    StartsWith(String),
}

impl Term {
    /// The field that it asks about.
    pub fn field(&self) -> Field {
        match self {
            Self::Number { field, .. } => Field::Number(*field),
            Self::Type(_) => Field::Type,
            Self::Text { field, .. } => Field::Text(*field),
            Self::Ip(_) => Field::Ip,
        }
    }

    /// The one text that it leaves to its field.
    pub(super) fn only_text(&self) -> Option<&str> {
        match self {
            Self::Text { one_of, .. } => match one_of.as_slice() {
                [only] => Some(only),
                _ => None,
            },
            Self::Type(tests) => match tests.as_slice() {
                [NameTest::Is(only)] => Some(only),
                _ => None,
            },
            Self::Number { .. } | Self::Ip(_) => None,
        }
    }
}
