//! A server that is set so that it can lose what it acknowledged: told at the start, and refused where that was asked for.

use countersign_tests::database::TestDatabase;
use countersign_tests::outside::cluster::Cluster;
use countersign_tests::process::installation::Installation;

/// Settings of a server that is fast and forgets.
const CARELESS: &str = "fsync = off\nfull_page_writes = off\nsynchronous_commit = off\ndefault_transaction_isolation = 'repeatable read'\n";

#[tokio::test(flavor = "multi_thread")]
async fn a_careless_database_server_is_told_of_and_with_strict_refused_with_all_findings_together() {
    if !TestDatabase::is_postgres_chosen() {
        return;
    }
    let cluster = Cluster::start(CARELESS);
    let installation = Installation::over(TestDatabase::on(&cluster.url()).await);

    let refused = installation.operate(&["serve", "--dev", "--strict"]).await;
    let server = installation.serve().await;

    assert_eq!(refused.status.code(), Some(2));
    let told = String::from_utf8_lossy(&refused.stderr).into_owned();
    let (_, complaints) = told.rsplit_once("refused with --strict:").unwrap_or_else(|| panic!("{told}"));
    let logged = server.logged();
    for name in ["fsync", "full_page_writes", "synchronous_commit", "default_transaction_isolation"] {
        assert!(complaints.contains(&format!("{name} = ")), "{name} in {complaints}");
        assert_eq!(lines(&logged, name), 1, "{name} in {logged}");
    }
    for name in ["wal_level", "synchronous_standby_names", "server_version_num", "in_recovery"] {
        assert_eq!(lines(&logged, name), 1, "{name} in {logged}");
        assert!(!complaints.contains(name), "{name} in {complaints}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_set_to_cut_statements_off_cuts_none_of_ours_off() {
    let installation = Installation::new().await;
    if !installation.database().is_postgres() {
        return;
    }
    let cut_off = "DO $$ BEGIN \
                   EXECUTE format('ALTER DATABASE %I SET statement_timeout = 1', current_database()); \
                   EXECUTE format('ALTER DATABASE %I SET lock_timeout = 1', current_database()); \
                   END $$";
    installation.database().execute(cut_off).await.unwrap();
    let server = installation.serve().await;

    let account = installation.person(&server).become_account().await;

    assert!(account.is_ok(), "{account:?}: {}", server.logged());
}

/// How many lines of a log tell of a setting.
fn lines(log: &str, name: &str) -> usize {
    log.lines().filter(|line| line.contains("durability rests on this") && line.contains(name)).count()
}
