//! The ledger's signed heads: consistent with one another, proven to anybody, kept outside, and never
//! forked in silence.

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use countersign_projections::ledger::{
    Hash, LeafData, Receipt, TreeHead, VerifyingKey, root, verify_consistency, verify_inclusion,
};
use countersign_service::SignError;
use countersign_stores::sequencer::Sequenced;
use countersign_tests::app::{Reply, TestApp};
use serde_json::Value;

/// Has everything that was committed sequenced and signed.
async fn signed(app: &TestApp, folder: Option<&Path>) -> Result<(), SignError> {
    app.settled().await;
    while let Sequenced::Indexes(_) = app.service.store().sequence().await.unwrap() {}
    app.service.sign_head(folder).await.map(drop)
}

async fn head(app: &TestApp) -> (TreeHead, VerifyingKey) {
    let told = app.get("/v1/ledger/tree-head", "").await.expect(200);
    let key: VerifyingKey = told.at("/key").parse().unwrap();
    let head = TreeHead::open(told.at("/note"), &key).unwrap();
    assert_eq!((told.body["size"].as_u64().unwrap(), told.at("/root")), (head.size, &*head.root.to_string()));
    assert_eq!(app.get("/checkpoint", "").await.expect(200).text, told.at("/note"));
    (head, key)
}

fn hashes(reply: &Reply) -> Vec<Hash> {
    reply.body["hashes"].as_array().unwrap().iter().map(hash).collect()
}

fn hash(text: &Value) -> Hash {
    Hash(hex::decode(text.as_str().unwrap()).unwrap().try_into().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn any_two_heads_are_proven_consistent_and_every_event_is_proven_to_be_under_the_newest() {
    let app = TestApp::start().await;
    let mut heads = Vec::new();
    for _ in 0..4 {
        app.person().await;
        signed(&app, None).await.unwrap();
        heads.push(head(&app).await.0);
    }
    for (place, older) in heads.iter().enumerate() {
        for newer in &heads[place..] {
            let path = format!("/v1/ledger/consistency?from={}&to={}", older.size, newer.size);
            let proof = hashes(&app.get(&path, "").await.expect(200));
            verify_consistency((older.size, older.root), (newer.size, newer.root), &proof).unwrap();
        }
    }
    let newest = heads.last().unwrap();
    for index in 0..newest.size {
        let proof = app.get(&format!("/v1/ledger/inclusion?index={index}"), "").await.expect(200);
        let leaf = Hash::of_leaf(&hash(&proof.body["leaf"]).0);
        verify_inclusion(leaf, index, newest.size, newest.root, &hashes(&proof)).unwrap();
    }
    let beyond = newest.size;
    app.get(&format!("/v1/ledger/inclusion?index={beyond}"), "").await.refused(404, "not_found");
    app.get(&format!("/v1/ledger/consistency?from=1&to={}", beyond + 1), "").await.refused(404, "not_found");
    app.get("/v1/ledger/inclusion?index=x", "").await.refused(400, "invalid_request");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_address_of_an_event_proves_that_it_is_under_the_newest_head() {
    let app = TestApp::start().await;
    app.person().await;
    app.caught_up().await;
    signed(&app, None).await.unwrap();
    let (head, _) = head(&app).await;
    for index in [0, head.size / 2, head.size - 1] {
        let told = app.get(&format!("/v1/audit/events/{index}"), "").await.expect(200);
        let path: Vec<_> = told.body["inclusion"]["hashes"].as_array().unwrap().iter().map(hash).collect();
        let leaf = Hash::of_leaf(&hash(&told.body["leaf"]).0);
        verify_inclusion(leaf, index, head.size, head.root, &path).unwrap();
        assert!(verify_inclusion(leaf, (index + 1) % head.size, head.size, head.root, &path).is_err());
        let note = app.get("/checkpoint", "").await.expect(200).text;
        assert_eq!(told.at("/inclusion/tree_head"), note);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tiles_give_the_root_of_the_checkpoint_and_no_event() {
    let app = TestApp::start().await;
    app.person().await;
    signed(&app, None).await.unwrap();
    let (head, _) = head(&app).await;
    let bytes = async |path: String| {
        let reply = app.request(reqwest::Method::GET, &path).send().await.unwrap();
        assert_eq!(reply.status(), 200, "{path}");
        reply.bytes().await.unwrap().to_vec()
    };

    let tile = bytes(format!("/tile/0/000.p/{}", head.size)).await;
    let entries = bytes(format!("/tile/entries/000.p/{}", head.size)).await;

    let leaves: Vec<_> = tile.chunks(32).map(|hash| Hash(hash.try_into().unwrap())).collect();
    assert_eq!(root(&leaves), head.root);
    let data = entries.chunks(34).map(|entry| LeafData(entry[2..].try_into().unwrap()).leaf());
    assert_eq!(data.collect::<Vec<_>>(), leaves);
    for path in ["/tile/0/000", "/tile/0/001.p/1", "/tile/1/000.p/1", "/tile/x", "/tile/0/000.p/0"] {
        app.get(path, "").await.refused(404, "not_found");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_takes_a_receipt_of_their_own_sign_in_and_it_is_verified_offline() {
    let app = TestApp::start().await;
    let (person, _) = app.enrolled().await;
    let access = app.signed_in(&person).await;
    app.get("/v1/me/receipt", &access).await.refused(404, "not_found");
    signed(&app, None).await.unwrap();
    let (_, key) = head(&app).await;

    let receipt = app.get("/v1/me/receipt", &access).await.expect(200);

    let receipt: Receipt = serde_json::from_str(&receipt.text).unwrap();
    receipt.verify(&key).unwrap();
    assert_eq!(receipt.event().event_type, "sign_in.signed_in");
    assert_eq!(receipt.event().aggregate_id, person.account.to_string());
    app.get("/v1/me/receipt", "").await.refused(401, "unauthenticated");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_is_signed_only_when_there_is_news() {
    let app = TestApp::start().await;
    app.get("/v1/ledger/tree-head", "").await.refused(404, "not_found");
    app.person().await;
    signed(&app, None).await.unwrap();
    assert_eq!(app.service.sign_head(None).await.unwrap(), None);
}

/// The database is put back to what it was, as from a backup, and goes on another way.
async fn rolled_back(app: &TestApp, size: u64) {
    app.database().unprotect_events().await;
    app.leaves_work();
    for cut in [
        format!(
            "DELETE FROM events WHERE EXISTS (SELECT 1 FROM ledger l WHERE l.idx >= {size} \
             AND l.aggregate_id = events.aggregate_id AND l.sequence = events.sequence)"
        ),
        format!("DELETE FROM ledger WHERE idx >= {size}"),
        format!("DELETE FROM tree_heads WHERE size > {size}"),
        "DELETE FROM events_pending".to_owned(),
    ] {
        app.database().execute(&cut).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_was_restored_from_a_backup_never_forks_the_ledger_in_silence() {
    let app = TestApp::start().await;
    let folder = tempfile::tempdir().unwrap();
    app.person().await;
    signed(&app, Some(folder.path())).await.unwrap();
    let backup = head(&app).await.0.size;
    app.person().await;
    signed(&app, Some(folder.path())).await.unwrap();
    let published = std::fs::read_to_string(folder.path().join("checkpoint")).unwrap();
    assert_eq!(published, app.get("/checkpoint", "").await.text);

    rolled_back(&app, backup).await;
    app.person().await;
    app.person().await;
    let refused = signed(&app, Some(folder.path())).await;

    assert!(matches!(refused, Err(SignError::Forked { .. })), "{refused:?}");
    assert_eq!(std::fs::read_to_string(folder.path().join("checkpoint")).unwrap(), published);
    app.service.rename_ledger(&"restored from the backup of monday".parse().unwrap()).await.unwrap();
    signed(&app, Some(folder.path())).await.unwrap();
    let renamed = std::fs::read_to_string(folder.path().join("checkpoint")).unwrap();
    assert_ne!(renamed.lines().next(), published.lines().next());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_holds_no_head_of_a_ledger_that_signed_some_is_taken_for_another_until_one_is_published()
 {
    let app = TestApp::start().await;
    let (folder, empty) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    assert_eq!(app.service.publish_head(empty.path()).await.unwrap(), None, "nothing was signed yet");
    app.person().await;
    signed(&app, Some(folder.path())).await.unwrap();
    app.person().await;
    let before = head(&app).await.0;

    let refused = signed(&app, Some(empty.path())).await;

    assert!(matches!(refused, Err(SignError::Unpublished)), "{refused:?}");
    assert_eq!(head(&app).await.0, before);
    assert!(!empty.path().join("checkpoint").exists());
    app.service.publish_head(empty.path()).await.unwrap().expect("there is a head");
    signed(&app, Some(empty.path())).await.unwrap();
    assert!(head(&app).await.0.size > before.size);
    let published = std::fs::read_to_string(empty.path().join("checkpoint")).unwrap();
    assert_eq!(published, app.get("/checkpoint", "").await.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_published_head_is_never_replaced_by_an_older_one() {
    let app = TestApp::start().await;
    let folder = tempfile::tempdir().unwrap();
    app.person().await;
    signed(&app, Some(folder.path())).await.unwrap();
    let older = head(&app).await.0.size;
    app.person().await;
    signed(&app, Some(folder.path())).await.unwrap();
    let published = std::fs::read_to_string(folder.path().join("checkpoint")).unwrap();
    // What another server would have signed a moment earlier.
    app.database().execute(&format!("DELETE FROM tree_heads WHERE size > {older}")).await.unwrap();

    app.service.publish_head(folder.path()).await.unwrap();

    assert_eq!(std::fs::read_to_string(folder.path().join("checkpoint")).unwrap(), published);
    signed(&app, Some(folder.path())).await.unwrap();
    assert_eq!(app.get("/checkpoint", "").await.text, published);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_with_another_ledgers_head_is_refused_and_left_as_it_is() {
    let (app, other) = (TestApp::start().await, TestApp::start().await);
    let folder = tempfile::tempdir().unwrap();
    other.person().await;
    signed(&other, Some(folder.path())).await.unwrap();
    let foreign = std::fs::read_to_string(folder.path().join("checkpoint")).unwrap();
    app.person().await;

    let refused = signed(&app, Some(folder.path())).await;

    assert!(matches!(refused, Err(SignError::Foreign)), "{refused:?}");
    assert_eq!(std::fs::read_to_string(folder.path().join("checkpoint")).unwrap(), foreign);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_altered_ledger_is_not_signed_again() {
    let app = TestApp::start().await;
    app.person().await;
    signed(&app, None).await.unwrap();
    app.database().unprotect_events().await;
    let blob = if app.database().is_postgres() { "decode(repeat('00', 32), 'hex')" } else { "zeroblob(32)" };
    app.database().execute(&format!("UPDATE ledger SET leaf = {blob} WHERE idx = 1")).await.unwrap();
    app.person().await;

    let refused = signed(&app, None).await;

    assert!(matches!(refused, Err(SignError::Forked { .. })), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forged_note_is_not_opened() {
    let app = TestApp::start().await;
    app.person().await;
    signed(&app, None).await.unwrap();
    let (head, key) = head(&app).await;
    let note = app.get("/checkpoint", "").await.text;
    let forged = note.replace(&STANDARD.encode(head.root.0), &STANDARD.encode([7; 32]));
    assert_ne!(forged, note);
    assert!(TreeHead::open(&forged, &key).is_err());
}
