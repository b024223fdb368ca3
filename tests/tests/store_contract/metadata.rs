//! Metadata: a closed set of keys beside every event.

use countersign_domain::kit::id;
use countersign_stores::{Loaded, Metadata, Opening};
use serde_json::json;

use crate::given::{a_store, metadata};
use crate::probe::{Probe, at, noted, personal};

fn everything() -> Metadata {
    Metadata {
        command_id: id::<()>(9).uuid(),
        idempotency: Some("d41d8cd9".to_owned()),
        request_id: Some("rq_1".to_owned()),
        actor: Some("operator".to_owned()),
        client: Some(id(1)),
        ip: Some(personal("192.0.2.77")),
        user_agent: Some(personal("Canary/9")),
        ip_stated_by: Some(id(2)),
        device: Some(id(3)),
        service_version: "0.1.0".to_owned(),
    }
}

#[tokio::test]
async fn metadata_stand_beside_each_event_of_a_commit_and_are_read_back() {
    let given = a_store().await;
    let events = at(0, [noted("one"), noted("two")]);
    given.store.append(Loaded::<Probe>::fresh("pr_1"), events, &everything()).await.unwrap();
    let history = given.store.history("Probe", "pr_1", Opening::Personal).await.unwrap();
    assert_eq!(history.len(), 2);
    for event in history {
        assert_eq!(serde_json::from_value::<Metadata>(event.metadata).unwrap(), everything());
    }
}

#[tokio::test]
async fn the_stored_keys_are_the_closed_set_and_all_values_are_texts() {
    let given = a_store().await;
    given.store.append(Loaded::<Probe>::fresh("pr_1"), at(0, [noted("one")]), &everything()).await.unwrap();
    let stored = given.json("metadata", "pr_1", 1).await;
    let stored = stored.as_object().unwrap();
    let mut keys: Vec<_> = stored.keys().map(String::as_str).collect();
    keys.sort_unstable();
    let closed =
        "actor client command_id device idempotency ip ip_stated_by request_id service_version user_agent";
    assert_eq!(keys.join(" "), closed);
    assert!(stored.values().all(serde_json::Value::is_string), "{stored:?}");
}

#[tokio::test]
async fn what_is_not_known_is_not_stored() {
    let given = a_store().await;
    given.append("pr_1", [noted("one")]).await;
    let stored = given.json("metadata", "pr_1", 1).await;
    let expected = json!({"command_id": metadata().command_id, "service_version": "0.1.0"});
    assert_eq!(stored, expected);
}

#[test]
fn another_key_is_refused() {
    let mut metadata = serde_json::to_value(everything()).unwrap();
    metadata["location"] = json!("Rome");
    assert!(serde_json::from_value::<Metadata>(metadata).is_err());
}
