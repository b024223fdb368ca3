//! A service that is killed at any moment loses nothing that it acknowledged, and finishes what it began.

use countersign_tests::faults::kill::{Kills, kill};

#[tokio::test(flavor = "multi_thread")]
async fn a_busy_server_that_is_killed_loses_nothing_and_leaves_nothing_unfinished() {
    let report = kill(Kills { count: 6, progress: drop }).await;

    assert!(report.is_clean(), "{report}\n{}", report.findings.join("\n"));
    for done in ["accounts", "sessions", "codes sent"] {
        assert!(report.count(done) > 0, "there was nothing to lose: {report}");
    }
    println!("{report}");
}
