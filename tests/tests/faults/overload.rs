//! A crowd that no machine could serve.

use std::time::Duration;

use countersign_tests::faults::overload::Crowd;
use countersign_tests::faults::overload::asking::Soon;
use countersign_tests::faults::overload::run::overload;
use countersign_tests::faults::overload::streams::{self, Streams};

/// A small crowd, beside other tests: the same rules, and more patience.
const CROWD: Crowd = Crowd {
    connections: 300,
    sign_ins: 200,
    answers: Soon { most: Duration::from_secs(2), all: Duration::from_secs(5) },
    memory: 512,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_crowd_is_refused_early_and_who_is_admitted_is_served() {
    let report = overload(CROWD).await;
    assert_eq!(report.findings(&CROWD), [""; 0], "{report}");
    assert_eq!(report.ended.get("200"), None, "{report}");
}

/// From two addresses, of which few requests have a place: the heads of the others, if all were kept, were 700 MiB.
const STREAMS: Streams = Streams {
    connections: 500,
    stay: Duration::from_secs(8),
    answers: Soon { most: Duration::from_secs(2), all: Duration::from_secs(5) },
    memory: 256,
};

#[tokio::test(flavor = "multi_thread")]
async fn requests_that_are_refused_over_http2_are_not_kept_in_memory() {
    let report = streams::overload(STREAMS).await;
    assert_eq!(report.findings(&STREAMS), [""; 0], "{report}");
}
