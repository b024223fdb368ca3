//! Streams: what was appended is what is loaded.

use countersign_domain::time::Timestamp;
use countersign_stores::{AppendError, Loaded, Opening, StoreError};
use serde_json::json;

use crate::given::{a_store, metadata};
use crate::probe::{Probe, ProbeEvent, at, noted, sealed};

#[tokio::test]
async fn a_stream_that_is_not_there_loads_as_nothing_recorded() {
    let given = a_store().await;
    assert_eq!(given.load("pr_1").await, Loaded::fresh("pr_1"));
}

#[tokio::test]
async fn what_was_appended_is_what_is_loaded() {
    let given = a_store().await;
    let events = [noted("one"), sealed("Ada", "$argon2id$v=19$abc"), noted("three")];
    let committed = given.try_append::<Probe>("pr_1", at(1_700_000_000_123, events.clone())).await.unwrap();

    let loaded = given.load("pr_1").await;
    assert_eq!(loaded.state.events, events);
    assert_eq!((loaded.version, loaded.last_at), (3, Timestamp::from_millis(1_700_000_000_123)));
    assert_eq!(committed.loaded, loaded);
    let places: Vec<_> = committed.events.iter().map(|(sequence, _)| *sequence).collect();
    assert_eq!(places, [1, 2, 3]);
}

#[tokio::test]
async fn what_one_server_appended_another_loads() {
    let given = a_store().await;
    let other = given.another_server().await;
    for number in 1..=20 {
        given.append("pr_1", [noted(number.to_string())]).await;
        assert_eq!(other.load::<Probe>("pr_1").await.unwrap().version, number);
    }
}

#[tokio::test]
async fn streams_do_not_mix() {
    let given = a_store().await;
    given.append("pr_1", [noted("one")]).await;
    given.append("pr_2", [noted("two"), noted("three")]).await;
    assert_eq!(given.load("pr_1").await.state.events, [noted("one")]);
    assert_eq!(given.load("pr_2").await.version, 2);
}

#[tokio::test]
async fn no_events_are_appended_without_a_trace() {
    let given = a_store().await;
    let committed = given.append("pr_1", []).await;
    assert_eq!(committed.loaded, Loaded::fresh("pr_1"));
    assert_eq!(given.count("events").await + given.count("subject_keys").await, 0);
}

#[tokio::test]
async fn who_appends_behind_an_old_version_conflicts_and_leaves_nothing() {
    let given = a_store().await;
    let old = given.load("pr_1").await;
    given.append("pr_1", [noted("first")]).await;
    let late = given.store.append(old, at(0, [noted("late"), noted("later")]), &metadata()).await;
    assert!(matches!(late, Err(AppendError::Conflict)), "{late:?}");
    assert_eq!(given.load("pr_1").await.state.events, [noted("first")]);
}

#[tokio::test]
async fn several_events_are_stored_together_or_not_at_all() {
    let given = a_store().await;
    // The place of the second event is taken, the place of the first is free.
    let taken = "INSERT INTO events (aggregate_type, aggregate_id, sequence, event_type, event_version, payload, \
                 metadata) VALUES ('Probe', 'pr_1', 2, 'probe.noted', '1', '{}', '{}')";
    given.files.execute(taken).await.unwrap();
    let events = at(0, [noted("one"), noted("two"), noted("three")]);
    let appended = given.store.append(Loaded::<Probe>::fresh("pr_1"), events, &metadata()).await;
    assert!(matches!(appended, Err(AppendError::Conflict)), "{appended:?}");
    assert_eq!(given.count("events").await, 1);
}

#[tokio::test]
async fn a_refused_second_event_keeps_the_first_from_being_stored() {
    let given = a_store().await;
    let refused = ProbeEvent::Measured { value: json!(0.5) };
    let appended = given.try_append::<Probe>("pr_1", at(0, [noted("one"), refused])).await;
    assert!(matches!(appended, Err(AppendError::Refused(_))), "{appended:?}");
    assert_eq!(given.count("events").await, 0);
}

#[tokio::test]
async fn an_event_can_be_asked_for_by_its_place() {
    let given = a_store().await;
    given.append("pr_1", [noted("one"), sealed("Ada", "hash")]).await;
    let found = given.store.event_at::<Probe>("pr_1", 2).await.unwrap();
    assert_eq!(found.map(|recorded| recorded.event), Some(sealed("Ada", "hash")));
    assert_eq!(given.store.event_at::<Probe>("pr_1", 3).await.unwrap(), None);
    assert_eq!(given.store.event_at::<Probe>("pr_1", 0).await.unwrap(), None);
}

#[tokio::test]
async fn an_event_that_is_missing_is_noticed() {
    let given = a_store().await;
    given.append("pr_1", [noted("one"), noted("two"), noted("three")]).await;
    given.files.unprotect_events().await;
    given.files.execute("DELETE FROM events WHERE sequence = 2").await.unwrap();
    let loaded = given.store.load::<Probe>("pr_1").await;
    assert!(matches!(loaded, Err(StoreError::Gap { sequence: 2, .. })), "{loaded:?}");
}

#[tokio::test]
async fn history_is_the_stream_as_it_is_stored() {
    let given = a_store().await;
    given.append("pr_1", [noted("one"), noted("two")]).await;
    let history = given.store.history("Probe", "pr_1", Opening::Nothing).await.unwrap();
    let stored: Vec<_> =
        history.iter().map(|event| (event.sequence, event.event_type.as_str(), &event.payload)).collect();
    let at = "1970-01-01T00:00:00.000Z";
    assert_eq!(
        stored,
        [
            (1, "probe.noted", &json!({"type": "probe.noted", "text": "one", "at": at})),
            (2, "probe.noted", &json!({"type": "probe.noted", "text": "two", "at": at})),
        ]
    );
}
