//! Exports: what the filter finds, once, with a signed manifest that a change of a byte breaks.

use std::time::Duration;

use countersign_projections::ledger::{TreeHead, VerifyingKey, verify_manifest};
use countersign_tests::process::api::{Api, Journal};
use countersign_tests::process::installation::Installation;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{printed, quiet};

/// The key of the ledger, once a server has signed a head.
async fn key(installation: &Installation) -> VerifyingKey {
    let mut server = installation.serve().await;
    let signed = async {
        loop {
            let head = Api::of(&server, &Journal::default()).get("/v1/ledger/tree-head", "").await.unwrap();
            if head.status == 200 {
                return head.body["key"].as_str().unwrap().parse().unwrap();
            }
            tokio::task::yield_now().await;
        }
    };
    let key = tokio::time::timeout(Duration::from_secs(20), signed).await.unwrap();
    assert!(server.stop().await.status.success());
    key
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_holds_what_the_filter_finds_and_its_manifest_is_signed() {
    let (installation, lived) = quiet().await;
    let key = key(&installation).await;
    let folder = tempfile::tempdir().unwrap();
    let into = folder.path().to_str().unwrap();
    let filter = format!("account:{} -type:code.*", lived.account);

    printed(&installation, &["audit", "export", &filter, "--into", into]).await;

    let file = std::fs::read_to_string(folder.path().join("events.jsonl")).unwrap();
    let found = printed(&installation, &["audit", "events", &filter, "--oldest", "-o", "jsonl"]).await;
    assert_eq!(file, found);
    let manifest = std::fs::read(folder.path().join("manifest.json")).unwrap();
    let note = std::fs::read_to_string(folder.path().join("manifest.note")).unwrap();
    let told: Value = serde_json::from_slice(&manifest).unwrap();
    assert_eq!(told["rows"], file.lines().count());
    assert_eq!(told["sha256"], hex::encode(Sha256::digest(&file)));
    assert_eq!(
        (&told["filter"], &told["limit"], &told["opened"]),
        (&filter.into(), &Value::Null, &false.into())
    );
    let head = TreeHead::open(told["tree_head"].as_str().unwrap(), &key).unwrap();
    assert!(told["last_index"].as_u64().unwrap() < head.size);
    verify_manifest(&note, &manifest, &key).unwrap();
    for place in 0..manifest.len() {
        let mut altered = manifest.clone();
        altered[place] ^= 1;
        assert!(verify_manifest(&note, &altered, &key).is_err(), "{place}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_as_csv_has_a_line_of_names_and_a_line_an_event() {
    let (installation, lived) = quiet().await;
    let folder = tempfile::tempdir().unwrap();
    let into = folder.path().to_str().unwrap();
    let arguments = ["audit", "export", "--account", &lived.account, "--into", into, "--format", "csv"];

    printed(&installation, &arguments).await;

    let file = std::fs::read_to_string(folder.path().join("events.csv")).unwrap();
    let events =
        printed(&installation, &["audit", "events", "--account", &lived.account, "-o", "jsonl"]).await;
    assert_eq!(file.lines().count(), events.lines().count() + 1);
    assert!(file.starts_with("index,type,version,at,stream,sequence,account,"), "{file}");
    assert!(file.contains(",backup_code.redeemed,1,"), "{file}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_that_was_cut_short_says_so_in_its_manifest() {
    let (installation, _) = quiet().await;
    let folder = tempfile::tempdir().unwrap();
    let into = folder.path().to_str().unwrap();

    printed(&installation, &["audit", "export", "--limit", "3", "--into", into]).await;

    let manifest = std::fs::read(folder.path().join("manifest.json")).unwrap();
    let told: Value = serde_json::from_slice(&manifest).unwrap();
    assert_eq!((&told["limit"], &told["rows"]), (&3.into(), &3.into()));
}
