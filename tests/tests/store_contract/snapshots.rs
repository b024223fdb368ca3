//! Snapshots: a long stream loads from the newest that fits, and nothing rests on it.

use countersign_stores::store::SNAPSHOT_EVERY;

use crate::given::{Given, a_store};
use crate::probe::{LyingProbe, NewerProbe, Probe, ProbeEvent, at, noted, sealed};

/// Events up to a multiple, and one more.
fn many() -> Vec<ProbeEvent> {
    (0..=SNAPSHOT_EVERY).map(|number| noted(number.to_string())).collect()
}

/// A stream whose snapshot tells something else than its events.
async fn a_stream_with_a_lying_snapshot() -> Given {
    let given = a_store().await;
    given.try_append::<LyingProbe>("pr_1", at(0, many())).await.unwrap();
    given.store.settled().await;
    assert_eq!(given.count("state_snapshots").await, 1);
    given
}

#[tokio::test]
async fn a_stream_is_loaded_from_its_snapshot_and_the_events_behind_it() {
    let given = a_stream_with_a_lying_snapshot().await;
    let loaded = given.load("pr_1").await;
    assert_eq!(loaded.version, SNAPSHOT_EVERY + 1);
    assert_eq!(loaded.state.events.first(), Some(&noted("a lie")));
    assert_eq!(loaded.state.events.last(), Some(&noted(SNAPSHOT_EVERY.to_string())));
}

#[tokio::test]
async fn a_snapshot_of_another_shape_of_state_is_ignored() {
    let given = a_stream_with_a_lying_snapshot().await;
    let loaded = given.store.load::<NewerProbe>("pr_1").await.unwrap();
    assert_eq!(loaded.state.events, many());
}

#[tokio::test]
async fn a_snapshot_that_was_ignored_is_replaced() {
    let given = a_stream_with_a_lying_snapshot().await;
    given.store.load::<NewerProbe>("pr_1").await.unwrap();
    given.store.settled().await;
    let shapes = given.files.texts("SELECT CAST(state_version AS text) FROM state_snapshots").await;
    assert_eq!(shapes, ["2"]);
    assert_eq!(given.load("pr_1").await.state.events, many());
}

#[tokio::test]
async fn a_snapshot_that_was_changed_or_moved_is_ignored() {
    let given = a_stream_with_a_lying_snapshot().await;
    let forge = format!("UPDATE state_snapshots SET sequence = {}", SNAPSHOT_EVERY - 1);
    given.files.execute(&forge).await.unwrap();
    assert_eq!(given.load("pr_1").await.state.events, many());
}

#[tokio::test]
async fn a_snapshot_of_an_erased_subject_is_ignored() {
    let given = a_stream_with_a_lying_snapshot().await;
    given.store.destroy_key("pr_1").await.unwrap();
    assert_eq!(given.load("pr_1").await.state.events, many());
}

#[tokio::test]
async fn there_is_one_snapshot_a_stream_at_the_newest_multiple() {
    let given = a_store().await;
    for _ in 0..3 {
        given.append("pr_1", many()).await;
        given.store.settled().await;
    }
    let sequences = given.files.texts("SELECT CAST(sequence AS text) FROM state_snapshots").await;
    assert_eq!(sequences, [(3 * SNAPSHOT_EVERY).to_string()]);
    assert_eq!(given.load("pr_1").await.state.events, [many(), many(), many()].concat());
}

#[tokio::test]
async fn a_snapshot_holds_no_secret_in_the_clear_and_gives_secrets_back() {
    let given = a_store().await;
    let mut events = many();
    events.insert(0, sealed("Ada Lovelace", "hunter2"));
    given.append("pr_1", events.clone()).await;
    given.store.settled().await;
    let sealed = given.files.texts("SELECT sealed FROM state_snapshots").await.remove(0);
    assert!(sealed.starts_with("s1w.") && !sealed.contains("Lovelace"), "{sealed}");
    let loaded = given.load("pr_1").await;
    assert_eq!(loaded.state.events, events);
    assert_eq!(loaded, given.store.load::<Probe>("pr_1").await.unwrap());
}

#[tokio::test]
async fn the_time_of_the_last_event_is_kept_in_a_snapshot() {
    let given = a_store().await;
    let last = many().len() - 1;
    given.try_append::<Probe>("pr_1", at(5_000, many().into_iter().take(last))).await.unwrap();
    given.store.settled().await;
    let loaded = given.load("pr_1").await;
    assert_eq!((loaded.version, loaded.last_at.as_millis()), (SNAPSHOT_EVERY, 5_000));
}
