//! The long run over the one order: `order [events]`. Prints what was counted; exits 1 if anything is not as it
//! must be, or if the negative control found nothing.
//!
//! Run by `scripts/order`, which provides the database.

#![expect(clippy::print_stdout, reason = "what the run says is what it is for")]

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use countersign_tests::database::TestDatabase;
use countersign_tests::faults::order::{Size, order};

/// Events of a whole run on PostgreSQL, and on SQLite.
const WHOLE: [u64; 2] = [1_000_000, 100_000];

#[tokio::main]
async fn main() -> ExitCode {
    let database = Arc::new(TestDatabase::new().await);
    let [postgres, sqlite] = WHOLE;
    let whole = if database.is_postgres() { postgres } else { sqlite };
    let events = std::env::args().nth(1).map_or(whole, |number| number.parse().expect("expected a number"));
    let size =
        Size { events, writers: 24, killed_after: Duration::from_secs(1), open_for: Duration::from_secs(60) };
    let outcome = order(&database, size).await;
    println!("{outcome}");
    outcome.findings.iter().for_each(|finding| println!("  {finding}"));
    let control = outcome.missed_by_identity.is_none_or(|missed| missed > 0);
    ExitCode::from(u8::from(!(outcome.findings.is_empty() && control)))
}
