//! The long race: `race [codes] [racers]`. Prints what was counted; exits 1 if anything is not as it must be.
//!
//! Run by `scripts/race`, which provides the database and the program.

#![expect(clippy::print_stdout, reason = "what the run says is what it is for")]

use std::num::NonZeroUsize;
use std::process::ExitCode;

use countersign_tests::faults::race::{SignIns, Size, Verdict, race, servers};
use countersign_tests::process::installation::Installation;

/// The backup codes of a whole run, and the racers for each.
const WHOLE: Size = Size { codes: 2_000, racers: 8 };

#[tokio::main]
async fn main() -> ExitCode {
    let mut numbers = std::env::args().skip(1).map(|number| number.parse().expect("expected a number"));
    let codes = numbers.next().map_or(WHOLE.codes, NonZeroUsize::get);
    let racers = numbers.next().map_or(WHOLE.racers, NonZeroUsize::get);
    let mut clean = true;
    for sign_ins in [SignIns::Shared, SignIns::Own] {
        let verdict = run(Size { codes, racers }, sign_ins).await;
        println!("{verdict}");
        verdict.findings.iter().for_each(|finding| println!("  {finding}"));
        clean &= verdict.is_clean();
    }
    ExitCode::from(u8::from(!clean))
}

async fn run(size: Size, sign_ins: SignIns) -> Verdict {
    let installation = Installation::new().await;
    let servers = servers(&installation).await;
    let race = race(&installation, &servers, size, sign_ins).await;
    race.verdict(installation.database()).await
}
