//! Refresh families: many refreshes with one token at once, to several servers; then an old token once more.
//!
//! - `run`: the refreshes, over HTTP
//! - [`check`]: what must hold afterwards, by the events and by the replies

pub mod check;
mod run;

pub use check::{Counts, Verdict};
pub use run::{Refreshes, refresh};

/// How much is refreshed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Sessions, each with a family of refresh tokens.
    pub families: usize,
    /// Refreshes with the same token at once.
    pub racers: usize,
}
