//! Where a text stops being a filter.

use std::fmt;

/// A text is not a filter: where, and what was expected there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilterError {
    /// The place in the text, in characters from 1.
    pub column: usize,
    /// What should have stood there, such as `a whole number`.
    pub expected: String,
}

impl FilterError {
    /// At a column, something else was expected.
    pub(super) fn at(column: usize, expected: impl Into<String>) -> Self {
        Self { column, expected: expected.into() }
    }
}

impl fmt::Display for FilterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "column {}: expected {}", self.column, self.expected)
    }
}

impl std::error::Error for FilterError {}
