//! Kills: a busy server is ended at random moments, and started again on the same database.
//!
//! - `load`: clients that register, sign in, use and save backup codes, over and over
//! - `closer`: an operator who closes accounts, and is killed as well
//! - `promises`: what the replies promised
//! - [`rules`]: what must hold at the end, by the events, the messages and the promises
//! - `run`: the kills, and the end

mod closer;
mod load;
mod promises;
mod report;
pub mod rules;
mod run;

pub use promises::Promises;
pub use report::Report;
pub use run::{Kills, kill};

use countersign_service::entropy;

/// One in so many.
fn one_in(many: u8) -> bool {
    below(u64::from(many)) == 0
}

/// A random number below another one.
fn below(most: u64) -> u64 {
    u64::from_be_bytes(entropy::bytes()) % most
}
