//! The sequencer: every committed event gets one index, dense from 0, in the order of its stream.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use countersign_stores::sequencer::{BATCH_MOST, Sequenced, SequencerError};
use countersign_stores::{AppendError, EventStore, Loaded};
use tokio::task::JoinSet;

use crate::given::{Given, a_store, metadata};
use crate::probe::{Probe, at, noted};

/// The ledger in its order: index, stream, sequence.
async fn ledger(given: &Given) -> Vec<(u64, String, u64)> {
    let row = "CAST(idx AS text) || ' ' || aggregate_id || ' ' || CAST(sequence AS text)";
    let rows = given.files.texts(&format!("SELECT {row} FROM ledger ORDER BY idx")).await;
    let number = |text: &str| text.parse().unwrap();
    rows.iter()
        .map(|row| {
            let mut parts = row.split(' ');
            let mut next = || parts.next().unwrap();
            (number(next()), next().to_owned(), number(next()))
        })
        .collect()
}

/// Sequences until nothing is pending, or somebody else is at it.
async fn drain(store: &EventStore) {
    while let Sequenced::Indexes(_) = store.sequence().await.unwrap() {}
}

/// What must hold of any ledger: dense from 0, none twice, each stream in its order from its first event.
async fn assert_sound(given: &Given) -> usize {
    let rows = ledger(given).await;
    let mut last: BTreeMap<&str, u64> = BTreeMap::new();
    for (expected, (index, stream, sequence)) in (0..).zip(&rows) {
        assert_eq!(*index, expected, "the indexes are dense");
        let before = last.insert(stream, *sequence).unwrap_or(0);
        assert_eq!(*sequence, before + 1, "{stream} is in its order at index {index}");
    }
    rows.len()
}

#[tokio::test]
async fn events_get_dense_indexes_from_zero_in_the_order_of_their_streams() {
    let given = a_store().await;
    given.append("pr_1", [noted("one"), noted("two")]).await;
    assert_eq!(given.store.sequence().await.unwrap(), Sequenced::Indexes(0..2));
    given.append("pr_2", [noted("three")]).await;
    given.append("pr_1", [noted("four")]).await;
    assert_eq!(given.store.sequence().await.unwrap(), Sequenced::Indexes(2..4));
    assert_eq!(given.store.sequence().await.unwrap(), Sequenced::Nothing);

    assert_eq!(assert_sound(&given).await, 4);
    assert_eq!(given.count("events_pending").await, 0);
}

#[tokio::test]
async fn a_batch_takes_no_more_than_its_limit_and_the_next_one_goes_on() {
    let given = a_store().await;
    let most = u64::from(BATCH_MOST);
    let many = (0..most + 3).map(|number| noted(number.to_string()));
    given.append("pr_1", many.collect::<Vec<_>>()).await;
    assert_eq!(given.store.sequence().await.unwrap(), Sequenced::Indexes(0..most));
    assert_eq!(given.store.sequence().await.unwrap(), Sequenced::Indexes(most..most + 3));
    assert_eq!(assert_sound(&given).await, usize::try_from(most + 3).unwrap());
}

#[tokio::test]
async fn a_hole_in_a_stream_stops_the_sequencer_and_writes_nothing() {
    let given = a_store().await;
    given.append("pr_1", [noted("one"), noted("two"), noted("three")]).await;
    given.append("pr_2", [noted("four")]).await;
    given
        .files
        .execute("DELETE FROM events_pending WHERE aggregate_id = 'pr_1' AND sequence = 2")
        .await
        .unwrap();

    let stopped = given.store.sequence().await.unwrap_err();

    assert!(
        matches!(&stopped, SequencerError::Breach { stream, expected: 2, found: 3 } if stream == "pr_1"),
        "{stopped}"
    );
    assert_eq!(given.count("ledger").await, 0);
    given.append("pr_3", [noted("appending goes on")]).await;
}

#[tokio::test]
async fn an_event_that_comes_back_after_it_was_sequenced_stops_the_sequencer() {
    let given = a_store().await;
    given.append("pr_1", [noted("one")]).await;
    drain(&given.store).await;
    let again =
        "INSERT INTO events_pending (aggregate_type, aggregate_id, sequence) VALUES ('Probe', 'pr_1', 1)";
    given.files.execute(again).await.unwrap();
    let stopped = given.store.sequence().await.unwrap_err();
    assert!(matches!(stopped, SequencerError::Breach { expected: 2, found: 1, .. }), "{stopped}");
}

#[tokio::test]
async fn an_event_that_is_gone_before_it_was_sequenced_stops_the_sequencer() {
    let given = a_store().await;
    given.append("pr_1", [noted("one")]).await;
    given.files.unprotect_events().await;
    given.files.execute("DELETE FROM events").await.unwrap();
    let stopped = given.store.sequence().await.unwrap_err();
    assert!(matches!(stopped, SequencerError::Missing { sequence: 1, .. }), "{stopped}");
}

#[tokio::test]
async fn the_leaf_is_the_hash_of_the_event_as_it_is_stored() {
    let given = a_store().await;
    given.append("pr_1", [noted("one")]).await;
    drain(&given.store).await;
    let (payload, metadata) =
        (given.json("payload", "pr_1", 1).await, given.json("metadata", "pr_1", 1).await);
    let event = countersign_projections::ledger::LedgerEvent {
        aggregate_type: "Probe",
        aggregate_id: "pr_1",
        sequence: 1,
        event_type: &given.text("event_type", "pr_1", 1).await,
        event_version: &given.text("event_version", "pr_1", 1).await,
        payload: &payload,
        metadata: &metadata,
    };
    let leaf = countersign_projections::ledger::LeafData::of(&event).unwrap();
    let hex = match given.database {
        countersign_stores::Database::Sqlite(_) => "lower(hex(leaf))",
        countersign_stores::Database::Postgres(_) => "encode(leaf, 'hex')",
    };
    let stored = given.files.texts(&format!("SELECT {hex} FROM ledger")).await;
    assert_eq!(stored, [hex::encode(leaf.0)]);
}

#[tokio::test]
async fn the_ledger_cannot_be_changed_or_emptied() {
    let given = a_store().await;
    given.append("pr_1", [noted("one")]).await;
    drain(&given.store).await;
    for change in [
        "UPDATE ledger SET idx = 7",
        "DELETE FROM ledger",
        "INSERT INTO ledger SELECT idx, aggregate_type, aggregate_id, sequence + 1, leaf FROM ledger",
    ] {
        given.files.execute(change).await.expect_err(change);
    }
    assert_eq!(ledger(&given).await, [(0, "pr_1".to_owned(), 1)]);
}

/// Writers of one process each, streams that several of them share, and events that each of them appends.
const WRITERS: usize = 12;
const STREAMS: usize = 7;
const APPENDS: usize = 25;

#[tokio::test(flavor = "multi_thread")]
async fn while_many_write_and_several_sequence_no_event_is_missed_and_none_comes_twice() {
    let given = a_store().await;
    let writing = Arc::new(AtomicBool::new(true));
    let mut sequencers = JoinSet::new();
    for _ in 0..3 {
        let (store, writing) = (given.another_server().await, Arc::clone(&writing));
        sequencers.spawn(async move {
            while writing.load(Ordering::Relaxed) {
                drain(&store).await;
                tokio::task::yield_now().await;
            }
        });
    }
    let mut writers = JoinSet::new();
    for writer in 0..WRITERS {
        writers.spawn(write(given.store.clone(), writer));
    }
    let appended: usize = writers.join_all().await.into_iter().sum();
    writing.store(false, Ordering::Relaxed);
    sequencers.join_all().await;
    drain(&given.store).await;

    assert_eq!(appended, WRITERS * APPENDS);
    assert_eq!(assert_sound(&given).await, appended);
    assert_eq!(given.count("events").await, u64::try_from(appended).unwrap());
}

/// Appends events one by one to streams that others write to as well; tells how many were acknowledged.
async fn write(store: EventStore, writer: usize) -> usize {
    let mut appended = 0;
    while appended < APPENDS {
        let stream = format!("pr_{}", (writer + appended) % STREAMS);
        let loaded: Loaded<Probe> = store.load(&stream).await.unwrap();
        match store.append(loaded, at(0, [noted("x")]), &metadata()).await {
            Ok(_) => appended += 1,
            Err(AppendError::Conflict) => {}
            Err(error) => panic!("{error}"),
        }
    }
    appended
}

#[tokio::test]
async fn what_one_server_sequences_the_others_on_one_postgresql_hear_of() {
    let given = a_store().await;
    let elsewhere = given.another_server().await;
    let news = elsewhere.ledger_news().await.unwrap();
    assert_eq!(news.is_some(), given.files.is_postgres());
    let Some(mut news) = news else { return };

    given.append("pr_1", [noted("one"), noted("two")]).await;
    drain(&given.store).await;
    given.append("pr_1", [noted("three")]).await;
    drain(&given.store).await;

    assert_eq!(news.next().await.unwrap(), Some(2));
    assert_eq!(news.next().await.unwrap(), Some(3), "one notification a batch");
}
