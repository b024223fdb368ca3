//! The long run of refreshes: `refresh [families] [racers]`. Prints what was counted; exits 1 if anything is not as it
//! must be.
//!
//! Run by `scripts/refresh`, which provides the database and the program.

#![expect(clippy::print_stdout, reason = "what the run says is what it is for")]

use std::num::NonZeroUsize;
use std::process::ExitCode;

use countersign_tests::faults::race::servers;
use countersign_tests::faults::refresh::{Size, refresh};
use countersign_tests::process::installation::Installation;

/// The families of a whole run, and the refreshes at once in each.
const WHOLE: Size = Size { families: 5_000, racers: 8 };

#[tokio::main]
async fn main() -> ExitCode {
    let mut numbers = std::env::args().skip(1).map(|number| number.parse().expect("expected a number"));
    let families = numbers.next().map_or(WHOLE.families, NonZeroUsize::get);
    let racers = numbers.next().map_or(WHOLE.racers, NonZeroUsize::get);
    let installation = Installation::new().await;
    let servers = servers(&installation).await;
    let refreshes = refresh(&installation, &servers, Size { families, racers }).await;
    let verdict = refreshes.verdict(installation.database()).await;
    println!("{verdict}");
    verdict.findings.iter().for_each(|finding| println!("  {finding}"));
    ExitCode::from(u8::from(!verdict.is_clean()))
}
