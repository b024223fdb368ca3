//! The database's server is restarted under load, and no command is lost or doubled.

use countersign_tests::at_length::asked_for;
use countersign_tests::database::TestDatabase;
use countersign_tests::faults::restart::restart;

/// Restarts of the gate; the long run is `scripts/restart`.
const RESTARTS: u64 = 2;

#[tokio::test(flavor = "multi_thread")]
async fn a_database_server_that_is_restarted_under_load_loses_and_doubles_no_command() {
    if !TestDatabase::is_postgres_chosen() {
        return;
    }
    let restarts = asked_for("COUNTERSIGN_TEST_RESTARTS", RESTARTS);

    let outcome = restart(restarts).await;

    println!("{outcome}");
    assert!(outcome.findings.is_empty(), "{outcome}\n{}", outcome.findings.join("\n"));
    assert!(outcome.people > 0 && outcome.asked_again > 0, "there was nothing to lose: {outcome}");
}
