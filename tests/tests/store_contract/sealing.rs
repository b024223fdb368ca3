//! Sealing: what is stored of secrets opens where it was sealed, and nowhere else.

use countersign_domain::kit::id;
use countersign_stores::{Damage, EventStore, Loaded, Metadata, Opening, StoreError};
use serde_json::{Value, json};

use crate::given::{Given, KEY, OTHER_KEY, a_store, keyring, metadata};
use crate::probe::{Probe, ProbeEvent, at, noted, personal, sealed};

/// Loads a damaged stream; tells what is wrong where.
async fn damage(given: &Given, stream: &str) -> (u64, String, Damage) {
    match given.store.load::<Probe>(stream).await {
        Err(StoreError::Integrity { sequence, path, damage, .. }) => (sequence, path, damage),
        other => panic!("{other:?}"),
    }
}

fn damaged(sequence: u64, path: &str, damage: Damage) -> (u64, String, Damage) {
    (sequence, path.to_owned(), damage)
}

/// Puts a field of one event into another.
async fn copy(given: &Given, from: (&str, u64, &str), to: (&str, u64, &str)) {
    let value = given.json("payload", from.0, from.1).await.pointer(from.2).unwrap().clone();
    let mut payload = given.json("payload", to.0, to.1).await;
    *payload.pointer_mut(to.2).unwrap() = value;
    given.forge("payload", payload, to.0, to.1).await;
}

#[tokio::test]
async fn no_secret_stands_in_the_database_in_the_clear() {
    let given = a_store().await;
    let metadata =
        Metadata { ip: Some(personal("192.0.2.77")), user_agent: Some(personal("Canary/9")), ..metadata() };
    let events = at(0, [sealed("Ada Lovelace", "$argon2id$canary"), noted("in the clear")]);
    given.store.append(Loaded::<Probe>::fresh("pr_1"), events, &metadata).await.unwrap();

    let mut stored = String::new();
    for sequence in [1, 2] {
        stored += &given.text("payload", "pr_1", sequence).await;
        stored += &given.text("metadata", "pr_1", sequence).await;
    }
    for secret in ["Lovelace", "argon2id", "canary", "192.0.2", "Canary", "$s1"] {
        assert!(!stored.contains(secret), "{secret} is in {stored}");
    }
    assert!(stored.contains("in the clear"), "what is no secret is in {stored}");
}

#[tokio::test]
async fn a_sealed_value_has_the_form_that_is_stored_for_ever() {
    let given = a_store().await;
    let ip = Metadata { ip: Some(personal("192.0.2.77")), ..metadata() };
    let events = at(0, [sealed("Ada", "hash")]);
    given.store.append(Loaded::<Probe>::fresh("pr_1"), events, &ip).await.unwrap();
    let payload = given.json("payload", "pr_1", 1).await;
    let metadata = given.json("metadata", "pr_1", 1).await;
    let values = [(&payload["name"], "s1p"), (&payload["hash"], "s1v"), (&metadata["ip"], "s1p")];
    for (value, class) in values {
        let [word, key, bytes] = value.as_str().unwrap().split('.').collect::<Vec<_>>().try_into().unwrap();
        assert_eq!(word, class);
        assert!(key.len() == 8 && key.bytes().all(|byte| b"0123456789abcdef".contains(&byte)), "{key}");
        let base64url = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
        assert!(bytes.len() > 50 && bytes.bytes().all(base64url), "{bytes}");
    }
}

#[tokio::test]
async fn the_same_value_is_never_sealed_alike() {
    let given = a_store().await;
    given.append("pr_1", [ProbeEvent::Listed { names: vec![personal("Ada"), personal("Ada")] }]).await;
    let names = given.json("payload", "pr_1", 1).await["names"].clone();
    assert_ne!(names[0], names[1]);
}

#[tokio::test]
async fn a_value_moved_to_another_event_is_noticed() {
    let given = a_store().await;
    given.append("pr_1", [sealed("Ada", "old hash"), sealed("Ada", "new hash")]).await;
    given.files.unprotect_events().await;
    copy(&given, ("pr_1", 1, "/hash"), ("pr_1", 2, "/hash")).await;
    assert_eq!(damage(&given, "pr_1").await, damaged(2, "/payload/hash", Damage::Forged));
}

#[tokio::test]
async fn a_value_moved_to_another_field_is_noticed() {
    let given = a_store().await;
    given.append("pr_1", [ProbeEvent::Listed { names: vec![personal("Ada"), personal("Bob")] }]).await;
    given.files.unprotect_events().await;
    copy(&given, ("pr_1", 1, "/names/0"), ("pr_1", 1, "/names/1")).await;
    assert_eq!(damage(&given, "pr_1").await, damaged(1, "/payload/names/1", Damage::Forged));
}

#[tokio::test]
async fn a_value_moved_to_another_stream_of_its_subject_is_noticed() {
    let given = a_store().await;
    for (stream, name) in [("pr_1", "Ada"), ("pr_2", "Bob")] {
        given.append(stream, [ProbeEvent::Owned { account: id(1), name: personal(name) }]).await;
    }
    given.files.unprotect_events().await;
    copy(&given, ("pr_1", 1, "/name"), ("pr_2", 1, "/name")).await;
    assert_eq!(damage(&given, "pr_2").await, damaged(1, "/payload/name", Damage::Forged));
}

#[tokio::test]
async fn a_value_moved_to_another_subject_is_noticed_and_told_from_a_changed_one() {
    let given = a_store().await;
    given.append("pr_1", [sealed("Ada", "her hash")]).await;
    given.append("pr_2", [sealed("Bob", "his hash")]).await;
    given.files.unprotect_events().await;
    copy(&given, ("pr_1", 1, "/hash"), ("pr_2", 1, "/hash")).await;
    assert_eq!(damage(&given, "pr_2").await, damaged(1, "/payload/hash", Damage::OtherKey));
}

#[tokio::test]
async fn a_value_moved_to_another_class_is_noticed() {
    let given = a_store().await;
    given.append("pr_1", [sealed("Ada", "hash")]).await;
    given.files.unprotect_events().await;
    let mut payload = given.json("payload", "pr_1", 1).await;
    payload["hash"] = json!(payload["name"].as_str().unwrap().replace("s1p.", "s1v."));
    given.forge("payload", &payload, "pr_1", 1).await;
    assert_eq!(damage(&given, "pr_1").await, damaged(1, "/payload/hash", Damage::Forged));
}

#[tokio::test]
async fn a_changed_value_is_noticed() {
    let given = a_store().await;
    given.append("pr_1", [sealed("Ada", "hash")]).await;
    given.files.unprotect_events().await;
    let payload = given.json("payload", "pr_1", 1).await;
    let sealed = payload["name"].as_str().unwrap().to_owned();
    let (head, tail) = sealed.split_at(60);
    let flipped = if tail.starts_with('A') { 'B' } else { 'A' };
    let changed = format!("{head}{flipped}{}", &tail[1..]);
    for forged in [changed, "s1p.".to_owned(), sealed[..40].to_owned(), sealed.replace("s1p", "s1w")] {
        let mut payload = payload.clone();
        payload["name"] = json!(forged);
        given.forge("payload", payload, "pr_1", 1).await;
        let noticed = given.store.load::<Probe>("pr_1").await;
        assert!(noticed.is_err() || forged.starts_with("s1w"), "{forged}");
    }
}

#[tokio::test]
async fn a_value_planted_in_the_clear_is_noticed() {
    let given = a_store().await;
    given.append("pr_1", [sealed("Ada", "hash")]).await;
    given.files.unprotect_events().await;
    let mut payload = given.json("payload", "pr_1", 1).await;
    payload["hash"] = json!({"$s1v": "the forger's own hash"});
    given.forge("payload", payload, "pr_1", 1).await;
    assert_eq!(damage(&given, "pr_1").await, damaged(1, "/payload/hash", Damage::Unsealed));
}

#[tokio::test]
async fn a_reader_of_history_sees_personal_values_and_no_verifier() {
    let given = a_store().await;
    let metadata = Metadata { ip: Some(personal("192.0.2.77")), ..metadata() };
    given
        .store
        .append(Loaded::<Probe>::fresh("pr_1"), at(0, [sealed("Ada", "hash")]), &metadata)
        .await
        .unwrap();

    let opened = given.store.history("Probe", "pr_1", Opening::Personal).await.unwrap().remove(0);
    assert_eq!(opened.payload["name"], json!({"$s1p": "Ada"}));
    assert_eq!(opened.metadata["ip"], json!({"$s1p": "192.0.2.77"}));
    assert!(is_sealed(&opened.payload["hash"], "s1v"), "{opened:?}");

    let stored = given.store.history("Probe", "pr_1", Opening::Nothing).await.unwrap().remove(0);
    assert!(is_sealed(&stored.payload["name"], "s1p"), "{stored:?}");
    assert!(is_sealed(&stored.metadata["ip"], "s1p"), "{stored:?}");
    assert!(is_sealed(&stored.payload["hash"], "s1v"), "{stored:?}");
}

fn is_sealed(value: &Value, class: &str) -> bool {
    value.as_str().is_some_and(|text| text.starts_with(&format!("{class}.")))
}

#[tokio::test]
async fn what_an_older_key_of_the_keyring_wrapped_still_opens() {
    let given = a_store().await;
    given.append("pr_1", [sealed("Ada", "hash")]).await;
    let rotated = EventStore::new(given.database.clone(), keyring(&format!("k2:{OTHER_KEY},{KEY}")));
    let loaded = rotated.load::<Probe>("pr_1").await.unwrap();
    assert_eq!(loaded.state.events, [sealed("Ada", "hash")]);
    rotated.append(Loaded::<Probe>::fresh("pr_2"), at(0, [sealed("Bob", "x")]), &metadata()).await.unwrap();
    let unwrapped = given.store.load::<Probe>("pr_2").await;
    assert!(matches!(unwrapped, Err(StoreError::UnknownKey(_))), "{unwrapped:?}");
}

#[tokio::test]
async fn a_subject_s_key_under_another_subject_s_name_is_noticed() {
    let given = a_store().await;
    given.append("pr_1", [sealed("Ada", "hash")]).await;
    given.append("pr_2", [sealed("Bob", "hash")]).await;
    let swap = "UPDATE subject_keys SET wrapped = (SELECT wrapped FROM subject_keys WHERE subject = 'pr_1')";
    given.files.execute(swap).await.unwrap();
    assert!(given.store.load::<Probe>("pr_1").await.is_ok());
    let swapped = given.store.load::<Probe>("pr_2").await;
    assert!(matches!(swapped, Err(StoreError::BrokenKey { .. })), "{swapped:?}");
}
