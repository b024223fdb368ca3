//! The demonstration: `countersign demo` plays the whole flow by itself, and prints the history.

use countersign_tests::process::installation::Installation;

#[tokio::test(flavor = "multi_thread")]
async fn the_demonstration_prints_the_history_of_the_whole_flow() {
    let installation = Installation::new().await;

    let ended = installation.operate(&["demo"]).await;

    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    let printed = String::from_utf8_lossy(&ended.stdout);
    let (_, history) = printed.split_once("The history of the account").unwrap();
    for name in ["CodeSent", "BackupCodeRedeemed", "BackupCodeIssued", "SaveConfirmed", "SignedIn"] {
        assert!(history.contains(name), "{name} is not in {history}");
    }
}
