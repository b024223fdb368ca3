//! Erasing: with a subject's key goes all that was sealed with it, and nothing more can be sealed.

use countersign_domain::kit::id;
use countersign_stores::{AppendError, Loaded, Metadata, Opening, RefusedBecause};
use serde_json::json;

use crate::given::{Given, a_store, metadata};
use crate::probe::{Probe, ProbeEvent, at, noted, personal, sealed};

/// A stream with a secret in its first event, and whose key was destroyed.
async fn an_erased_stream() -> Given {
    let given = a_store().await;
    let metadata = Metadata { ip: Some(personal("192.0.2.77")), ..metadata() };
    let events = at(0, [sealed("Ada", "hash"), noted("two")]);
    given.store.append(Loaded::<Probe>::fresh("pr_1"), events, &metadata).await.unwrap();
    given.store.destroy_key("pr_1").await.unwrap();
    given
}

#[tokio::test]
async fn what_was_sealed_reads_as_erased() {
    let given = an_erased_stream().await;
    let loaded = given.load("pr_1").await;
    let [ProbeEvent::Sealed { name, hash }, second] = loaded.state.events.as_slice() else {
        panic!("{loaded:?}")
    };
    assert!(name.is_erased());
    assert_eq!(hash.known(), None);
    assert_eq!(*second, noted("two"));
}

#[tokio::test]
async fn history_shows_that_something_was_erased() {
    let given = an_erased_stream().await;
    let first = given.store.history("Probe", "pr_1", Opening::Personal).await.unwrap().remove(0);
    assert_eq!(first.payload["name"], json!({"$erased": true}));
    assert_eq!(first.metadata["ip"], json!({"$erased": true}));
}

#[tokio::test]
async fn an_event_with_something_to_seal_is_refused() {
    let given = an_erased_stream().await;
    let appended = given.try_append::<Probe>("pr_1", at(0, [sealed("Ada", "hash")])).await;
    let Err(AppendError::Refused(refused)) = appended else { panic!("{appended:?}") };
    assert_eq!((refused.because, refused.path.as_str()), (RefusedBecause::SubjectErased, "/payload/hash"));
}

#[tokio::test]
async fn an_event_with_nothing_to_seal_is_stored_without_personal_metadata() {
    let given = an_erased_stream().await;
    let loaded = given.load("pr_1").await;
    let metadata = Metadata {
        ip: Some(personal("192.0.2.77")),
        user_agent: Some(personal("Canary/9")),
        actor: Some("operator".to_owned()),
        ..metadata()
    };
    given.store.append(loaded, at(0, [noted("three")]), &metadata).await.unwrap();
    let stored = given.json("metadata", "pr_1", 3).await;
    let keys: Vec<_> = stored.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys, ["actor", "command_id", "service_version"]);
}

#[tokio::test]
async fn a_destroyed_key_is_not_made_again_and_can_be_destroyed_again() {
    let given = an_erased_stream().await;
    given.append("pr_1", [noted("three")]).await;
    given.store.destroy_key("pr_1").await.unwrap();
    assert_eq!(given.count("subject_keys WHERE wrapped IS NULL").await, 1);
    assert_eq!(given.count("subject_keys").await, 1);
}

#[tokio::test]
async fn who_was_erased_before_their_first_event_gets_no_key() {
    let given = a_store().await;
    given.store.destroy_key("pr_1").await.unwrap();
    let appended = given.try_append::<Probe>("pr_1", at(0, [sealed("Ada", "hash")])).await;
    assert!(matches!(appended, Err(AppendError::Refused(_))), "{appended:?}");
}

#[tokio::test]
async fn an_account_s_key_covers_its_events_in_every_stream() {
    let given = a_store().await;
    let owned = |number| ProbeEvent::Owned { account: id(number), name: personal("Ada") };
    given.append("pr_1", [owned(1)]).await;
    given.append("pr_2", [owned(1), owned(2)]).await;
    let account: countersign_domain::id::AccountId = id(1);
    given.store.destroy_key(&account.to_string()).await.unwrap();

    let names: Vec<_> = [given.load("pr_1").await, given.load("pr_2").await]
        .into_iter()
        .flat_map(|loaded| loaded.state.events)
        .map(|event| matches!(event, ProbeEvent::Owned { name, .. } if name.is_erased()))
        .collect();
    assert_eq!(names, [true, true, false]);
}
