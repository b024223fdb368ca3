//! Races: many answers with one backup code, at once, to several servers.
//!
//! - [`sabotage`]: a database without its lock, and a forged redemption: what the check must notice
//! - `seed`: accounts with a saved backup code and sign-ins that await an answer, made without a password
//! - `run`: the race itself, over HTTP
//! - [`check`]: what must hold afterwards, by the events and by the replies

pub mod check;
mod run;
pub mod sabotage;
pub(super) mod seed;

pub use check::{Counts, Verdict};
pub use run::{Race, race, servers};

/// How many sign-ins the racers for one code have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignIns {
    /// One, whose token all of them hold.
    Shared,
    /// Each their own, of the same account.
    Own,
}

/// How much is raced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Backup codes.
    pub codes: usize,
    /// Racers for each code.
    pub racers: usize,
}

/// One backup code, and the sign-ins that are answered with it.
#[derive(Debug, Clone)]
pub struct Contest {
    /// The account.
    pub account: String,
    /// The code's id.
    pub backup_code: String,
    /// The code.
    pub code: String,
    /// A sign-in for each racer; the same one again and again where they share it.
    pub entries: Vec<Entry>,
}

/// A sign-in, as a racer holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its id.
    pub sign_in: String,
    /// Its token.
    pub token: String,
}
