//! Connections are cut before and after every step of every command of the flow, and nobody is lost.

use countersign_tests::at_length::asked_for;
use countersign_tests::faults::cut::run::{Line, Outcome, cut};

/// Cuts of the gate; the long run is `scripts/cut`.
const CUTS: u64 = 104;

#[track_caller]
fn assert_clean(outcome: &Outcome, cuts: u64) {
    assert!(outcome.findings.is_empty(), "{outcome}\n{}", outcome.findings.join("\n"));
    assert!(outcome.cuts * 10 >= cuts * 8, "most are steps that come: {outcome}");
    assert!(outcome.replayed > 0, "some had been done before their reply was lost: {outcome}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_that_is_lost_on_its_way_costs_nobody_their_way_in() {
    let cuts = asked_for("COUNTERSIGN_TEST_CUTS", CUTS);
    let outcome = cut(Line::Client, cuts).await.expect("there is a client");
    assert_clean(&outcome, cuts);
}

/// A file has no connection that could be cut: there, servers are killed (`kills`).
#[tokio::test(flavor = "multi_thread")]
async fn a_database_connection_that_is_cut_makes_nothing_happen_twice_and_nobody_is_told_a_lie() {
    let cuts = asked_for("COUNTERSIGN_TEST_CUTS", CUTS);
    let Some(outcome) = cut(Line::Database, cuts).await else { return };
    assert_clean(&outcome, cuts);
}
