//! A crowd that no machine could serve.

use std::time::Duration;

use countersign_tests::faults::overload::Crowd;
use countersign_tests::faults::overload::run::overload;

/// A small crowd, beside other tests: the same rules, and more patience.
const CROWD: Crowd = Crowd {
    connections: 300,
    sign_ins: 200,
    answers_within: Duration::from_secs(2),
    answers_at_most_within: Duration::from_secs(5),
    memory: 512,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_crowd_is_refused_early_and_who_is_admitted_is_served() {
    let report = overload(CROWD).await;
    assert_eq!(report.findings(&CROWD), [""; 0], "{report}");
    assert_eq!(report.ended.get("200"), None, "{report}");
}
