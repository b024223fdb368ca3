//! The one order: dense, none missed, none twice, streams in theirs, whoever is killed.

use std::sync::Arc;
use std::time::Duration;

use countersign_tests::database::TestDatabase;
use countersign_tests::faults::order::{Size, order};

#[tokio::test(flavor = "multi_thread")]
async fn every_consumer_sees_every_event_once_while_writers_roll_back_and_sequencers_are_killed() {
    let database = Arc::new(TestDatabase::new().await);
    let events = if database.is_postgres() { 100_000 } else { 10_000 };
    let size = Size {
        events,
        writers: 24,
        killed_after: Duration::from_millis(250),
        open_for: Duration::from_secs(5),
    };

    let outcome = order(&database, size).await;

    assert!(outcome.findings.is_empty(), "{:?}", outcome.findings);
    assert!(outcome.rolled_back > 0 && outcome.killed > 1, "{outcome}");
    // The negative control: without the sequencer the open transaction's event is missed.
    assert!(outcome.missed_by_identity.is_none_or(|missed| missed > 0), "{outcome}");
}
