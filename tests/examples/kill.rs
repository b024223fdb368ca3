//! The long run of kills: `kill [kills]`. Prints what was counted; exits 1 if anything is not as it must be.
//!
//! Run by `scripts/kill`, which provides the database and the program.

#![expect(clippy::print_stdout, reason = "what the run says is what it is for")]

use std::num::NonZeroUsize;
use std::process::ExitCode;

use countersign_tests::faults::kill::{Kills, kill};

/// The kills of a whole run.
const WHOLE: usize = 100;
/// After how many kills the run says where it is.
const SAID_EVERY: usize = 10;

#[tokio::main]
async fn main() -> ExitCode {
    let number = std::env::args().nth(1).map(|number| number.parse().expect("expected a number"));
    let count = number.map_or(WHOLE, NonZeroUsize::get);
    let report = kill(Kills { count, progress }).await;
    println!("{report}");
    report.findings.iter().for_each(|finding| println!("  {finding}"));
    ExitCode::from(u8::from(!report.is_clean()))
}

fn progress(killed: usize) {
    if killed.is_multiple_of(SAID_EVERY) {
        eprintln!("{killed} kills");
    }
}
