//! Upcasting: events of past shapes are read in the newest, and what is stored stays as it is.

use countersign_stores::{EventStore, Opening, StoreError, Upcaster};
use serde_json::{Value, json};

use crate::given::{Given, a_store};
use crate::probe::{Probe, ProbeEvent, noted, personal, sealed};

/// From `{first, last}` to `{full}`, and from there to `{full, words}`.
const TABLE: &[Upcaster] = &[
    Upcaster { name: "probe.named", version: 2, upcast: count_words },
    Upcaster { name: "probe.named", version: 1, upcast: call_it_full },
    Upcaster { name: "probe.other", version: 1, upcast: |_| json!("not for us") },
];

/// Moves a sealed value without looking into it.
fn call_it_full(mut payload: Value) -> Value {
    let fields = payload.as_object_mut().unwrap();
    let name = fields.remove("name").unwrap();
    fields.insert("full".to_owned(), name);
    payload
}

fn count_words(mut payload: Value) -> Value {
    payload["words"] = json!(2);
    payload
}

/// A stream whose second event is, in the database, of a past version of `probe.named`.
async fn a_stream_with_an_old_event(version: &str) -> Given {
    let given = a_store().await;
    // Sealed as the old program did: at /payload/name.
    let old = ProbeEvent::Owned { account: countersign_domain::kit::id(1), name: personal("Ada Lovelace") };
    given.append("pr_1", [noted("one"), old]).await;
    given.files.unprotect_events().await;
    let mut payload = given.json("payload", "pr_1", 2).await;
    payload["type"] = json!("probe.named");
    given.forge("payload", payload, "pr_1", 2).await;
    given.forge("event_type", "probe.named", "pr_1", 2).await;
    given.forge("event_version", version, "pr_1", 2).await;
    given
}

/// Drops the account, which only named the subject.
fn without_account(mut payload: Value) -> Value {
    payload.as_object_mut().unwrap().remove("account");
    call_it_full(payload)
}

const OLD_TABLE: &[Upcaster] = &[
    Upcaster { name: "probe.named", version: 1, upcast: without_account },
    Upcaster { name: "probe.named", version: 2, upcast: count_words },
];

fn reading_with(given: &Given, table: &'static [Upcaster]) -> EventStore {
    given.store.clone().with_upcasters(table)
}

fn named() -> ProbeEvent {
    ProbeEvent::Named { full: personal("Ada Lovelace"), words: 2 }
}

#[tokio::test]
async fn an_event_of_the_first_version_is_read_through_every_upcaster_in_between() {
    let given = a_stream_with_an_old_event("1").await;
    let loaded = reading_with(&given, OLD_TABLE).load::<Probe>("pr_1").await.unwrap();
    assert_eq!(loaded.state.events, [noted("one"), named()]);
}

#[tokio::test]
async fn an_event_read_by_its_place_is_upcast_as_well() {
    let given = a_stream_with_an_old_event("1").await;
    let found = reading_with(&given, OLD_TABLE).event_at::<Probe>("pr_1", 2).await.unwrap();
    assert_eq!(found.map(|recorded| recorded.event), Some(named()));
}

#[tokio::test]
async fn an_event_of_the_newest_version_passes_unchanged() {
    let given = a_store().await;
    given.append("pr_1", [named(), sealed("Ada", "hash")]).await;
    let loaded = reading_with(&given, TABLE).load::<Probe>("pr_1").await.unwrap();
    assert_eq!(loaded.state.events, [named(), sealed("Ada", "hash")]);
}

#[tokio::test]
async fn what_is_stored_stays_as_it_was_stored() {
    let given = a_stream_with_an_old_event("1").await;
    let store = reading_with(&given, OLD_TABLE);
    store.load::<Probe>("pr_1").await.unwrap();
    let history = store.history("Probe", "pr_1", Opening::Personal).await.unwrap();
    assert_eq!(history[1].event_version, "1");
    assert_eq!(history[1].payload["name"], json!({"$s1p": "Ada Lovelace"}));
}

#[tokio::test]
async fn an_event_of_an_unknown_version_is_an_error_and_not_skipped() {
    for version in ["2", "4", "0", "one"] {
        let given = a_stream_with_an_old_event(version).await;
        let loaded = given.store.load::<Probe>("pr_1").await;
        assert!(matches!(loaded, Err(StoreError::Unreadable { sequence: 2, .. })), "{version}: {loaded:?}");
    }
}

#[tokio::test]
async fn an_event_of_a_newer_version_is_an_error_although_its_shape_still_fits() {
    let given = a_store().await;
    given.append("pr_1", [noted("one")]).await;
    given.files.unprotect_events().await;
    given.forge("event_version", "2", "pr_1", 1).await;
    let loaded = given.store.load::<Probe>("pr_1").await;
    assert!(matches!(loaded, Err(StoreError::Unreadable { sequence: 1, .. })), "{loaded:?}");
}

#[tokio::test]
async fn an_event_of_an_unknown_name_is_an_error_and_not_skipped() {
    let given = a_store().await;
    given.append("pr_1", [noted("one")]).await;
    given.files.unprotect_events().await;
    given
        .forge("payload", json!({"type": "probe.unheard", "at": "1970-01-01T00:00:00.000Z"}), "pr_1", 1)
        .await;
    given.forge("event_type", "probe.unheard", "pr_1", 1).await;
    let loaded = given.store.load::<Probe>("pr_1").await;
    assert!(matches!(loaded, Err(StoreError::Unreadable { sequence: 1, .. })), "{loaded:?}");
}

#[tokio::test]
async fn an_event_whose_column_names_another_type_than_its_payload_is_an_error() {
    let given = a_store().await;
    given.append("pr_1", [noted("one")]).await;
    given.files.unprotect_events().await;
    given.forge("event_type", "probe.sealed", "pr_1", 1).await;
    assert!(given.store.load::<Probe>("pr_1").await.is_err());
}

#[tokio::test]
async fn an_unreadable_event_does_not_tell_its_secrets() {
    let given = a_store().await;
    given.append("pr_1", [sealed("Ada", "hunter2")]).await;
    given.files.unprotect_events().await;
    let mut payload = given.json("payload", "pr_1", 1).await;
    payload["type"] = json!("probe.measured");
    given.forge("payload", payload, "pr_1", 1).await;
    given.forge("event_type", "probe.measured", "pr_1", 1).await;
    let error = given.store.load::<Probe>("pr_1").await.unwrap_err();
    assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
}
