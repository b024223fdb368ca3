//! A server that is set so that it can lose what it acknowledged: told at the start, and refused where that was asked for.

use std::time::{Duration, Instant};

use countersign_stores::Mode;
use countersign_tests::database::TestDatabase;
use countersign_tests::outside::cluster::Cluster;
use countersign_tests::process::installation::Installation;
use sqlx::{Connection, Executor, PgConnection};

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
    for name in
        ["wal_level", "synchronous_standby_names", "server_version_num", "in_recovery", "data_checksums"]
    {
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

/// A database whose statements are cut off after a millisecond, however they wait.
const HASTY: &str = "DO $$ DECLARE name text; BEGIN \
     FOREACH name IN ARRAY ARRAY['statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout'] LOOP \
     EXECUTE format('ALTER DATABASE %I SET %I = 1', current_database(), name); END LOOP; END $$";
/// How long something may take that happens by itself.
const HAPPENS_WITHIN: Duration = Duration::from_secs(60);

/// Whose waiting is looked at: the service's, or that of who is sent ahead of it.
const OURS: &str = "application_name = 'countersign'";
const SCOUT: &str = "application_name <> 'countersign'";

/// Waits until another connection than the operator's has waited for something for so long that any time-out would have
/// cut it off.
async fn waits_long(operator: &mut PgConnection, whose: &str, what: &str) {
    let waiting = format!(
        "SELECT count(*) FROM pg_stat_activity WHERE {whose} AND {what} \
         AND datname = current_database() AND clock_timestamp() - query_start > interval '300 ms'"
    );
    let begin = Instant::now();
    while sqlx::query_scalar::<_, i64>(&waiting).fetch_one(&mut *operator).await.expect("the server answers")
        == 0
    {
        assert!(begin.elapsed() < HAPPENS_WITHIN, "it waits, and is not cut off");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_that_waits_for_a_lock_is_not_cut_off() {
    let files = TestDatabase::new().await;
    if !files.is_postgres() {
        return;
    }
    // They are not hasty themselves: they are there before the database is set.
    let mut holder = PgConnection::connect(files.url()).await.unwrap();
    let mut operator = PgConnection::connect(files.url()).await.unwrap();
    operator.execute(HASTY).await.unwrap();
    let database = files.connect().await;
    holder.execute("BEGIN; LOCK TABLE realm IN ACCESS EXCLUSIVE MODE").await.unwrap();

    let waiting = tokio::spawn(async move { database.claim_mode(Mode::Development).await });
    waits_long(&mut operator, OURS, "wait_event_type = 'Lock'").await;
    holder.execute("COMMIT").await.unwrap();

    waiting.await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_that_waits_for_a_standby_is_not_cut_off() {
    if !TestDatabase::is_postgres_chosen() {
        return;
    }
    let cluster = Cluster::start("");
    let files = TestDatabase::on(&cluster.url()).await;
    let mut scout = PgConnection::connect(files.url()).await.unwrap();
    let mut operator = PgConnection::connect(files.url()).await.unwrap();
    operator.execute(HASTY).await.unwrap();
    let database = files.connect().await;
    let ghost = |names: &str| format!("ALTER SYSTEM SET synchronous_standby_names = '{names}'");
    operator.execute(ghost("ghost").as_str()).await.unwrap();
    operator.execute("SELECT pg_reload_conf()").await.unwrap();
    // The server gets to its new settings after it has said that it will: once a commit waits, all do.
    let scouting = tokio::spawn(async move {
        loop {
            scout.execute("SELECT pg_current_xact_id()").await.expect("a commit ends");
        }
    });
    waits_long(&mut operator, SCOUT, "wait_event = 'SyncRep'").await;

    let waiting = tokio::spawn(async move { database.claim_mode(Mode::Development).await });
    waits_long(&mut operator, OURS, "wait_event = 'SyncRep'").await;
    operator.execute(ghost("").as_str()).await.unwrap();
    operator.execute("SELECT pg_reload_conf()").await.unwrap();

    waiting.await.unwrap().unwrap();
    scouting.abort();
}

/// How many lines of a log tell of a setting.
fn lines(log: &str, name: &str) -> usize {
    log.lines().filter(|line| line.contains("durability rests on this") && line.contains(name)).count()
}
