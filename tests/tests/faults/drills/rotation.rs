//! The keyring gets a new current key, as `docs/operations.md` says.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use countersign_projections::ledger::{TreeHead, VerifyingKey};
use countersign_tests::drill::baggage::Baggage;
use countersign_tests::drill::crowd::Crowd;
use countersign_tests::drill::page::commands_of;
use countersign_tests::drill::people::Member;
use countersign_tests::drill::published::Published;
use countersign_tests::drill::site::Site;
use countersign_tests::process::eventually;

/// How long a head may take.
const SIGNED_WITHIN: Duration = Duration::from_secs(30);
/// What the page says that nobody can do yet.
const TAKE_OUT: &str = r#"cd "$COUNTERSIGN_DATA_DIR"; sed -i 's/,.*//' secret.key"#;

#[tokio::test(flavor = "multi_thread")]
async fn the_key_is_changed_as_the_page_says_and_no_request_of_a_busy_client_fails() {
    let site = Arc::new(Site::open().await);
    let [add, front] = commands_of("To change the current key").try_into().unwrap();
    let before = Baggage::pack(&site).await;
    let (kept, old_key) = kept_head(&site).await;
    let crowd = Crowd::gather(&site);

    let published = Published::fetch(&site).await;
    assert_eq!(published.ids(), ["k1"]);
    site.done(&add).await;
    restart_each(&site, &published).await;
    let published = Published::fetch(&site).await;
    assert_eq!(published.ids(), ["k1", "k2"], "it is known before it signs");

    site.done(&front).await;
    restart_each(&site, &published).await;
    assert_eq!(Published::fetch(&site).await.ids(), ["k2", "k1"]);
    before.unpack(&site, &published).await;
    let member = Member::join(&site).await;
    assert_eq!(published.signer(&member.session.access).as_deref(), Some("k2"));

    let (_, new_key) = kept_head(&site).await;
    assert_ne!(new_key, old_key, "later heads are signed with the new key");
    for keys in [String::new(), format!(" --key {new_key} --key {old_key}")] {
        site.done(&format!("countersign ledger verify --head {}{keys}", kept.display())).await;
    }
    let visits = crowd.go_home().await;
    assert!(visits > 4, "somebody came and went across every step: {visits}");

    site.done(TAKE_OUT).await;
    let refused = site.run("countersign serve").await;
    let told = String::from_utf8_lossy(&refused.stderr);
    assert_eq!(refused.status.code(), Some(2), "{told}");
    assert!(told.contains("the keyring lacks key k1"), "{told}");
    member.me(&site).await.expect(200);
}

/// Restarts each server, one after the other; across each restart something of everything is pending.
async fn restart_each(site: &Site, published: &Published) {
    for number in 0..site.fleet.size() {
        let carried = Baggage::pack(site).await;
        site.fleet.restart(number).await;
        carried.unpack(site, published).await;
        head_of_every_server(site).await;
    }
}

/// Whichever server is asked, its newest head opens with the key that is told beside it.
async fn head_of_every_server(site: &Site) {
    for _ in 0..2 * site.fleet.size() {
        let told = site.get("/v1/ledger/tree-head", "").await.expect(200);
        let key: VerifyingKey = told.at("/key").parse().unwrap();
        TreeHead::open(told.at("/note"), &key).unwrap();
    }
}

/// The head that is published by now, kept in a file of its own; and the key that it was signed with.
async fn kept_head(site: &Site) -> (PathBuf, String) {
    let published = site.checkpoint();
    let there = eventually(SIGNED_WITHIN, || std::future::ready(published.exists().then_some(()))).await;
    there.expect("a head is published");
    let key = site.get("/v1/ledger/tree-head", "").await.expect(200).at("/key").to_owned();
    let kept =
        site.installation.folder().join(format!("kept-head-of-{}", &key[key.len() - 8..]).replace('/', "-"));
    std::fs::copy(&published, &kept).unwrap();
    (kept, key)
}
