//! Whatever is asked of an account, in whatever order: what holds for every walk.
//!
//! A walk is a list of random moves, sensible ones and nonsense, with several sign-ins side by side and leaps in time.
//! Each command and what came of it goes into a trace, and every invariant is a function of the trace alone: it knows
//! the rules, not the state, so that it cannot make the state's mistakes.

mod controls;
mod invariants;
mod moves;
mod walk;

use proptest::prelude::*;
use proptest::test_runner::TestCaseResult;

use crate::properties::invariants::{INVARIANTS, Trace};
use crate::properties::moves::{Move, any_moves, hammering};
use crate::properties::walk::Walk;

/// Walks of each kind. Together they take some seconds in an unoptimised build.
const WALKS: u32 = 192;
/// Walks that do little but fail, which are long.
const LONG_WALKS: u32 = 24;

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

/// Walks from an account's beginning and checks everything that holds.
fn holds(walk: Walk, moves: &[Move]) -> TestCaseResult {
    let failed = |error: String| TestCaseError::fail(error);
    let trace = walk.take_all(moves).map_err(|breach| failed(breach.to_string()))?;
    INVARIANTS.iter().try_for_each(|(name, invariant)| {
        invariant(&trace).map_err(|found| failed(format!("{name}: {found}\n{}", told(&trace))))
    })
}

fn told(trace: &Trace) -> String {
    trace.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

proptest! {
    #![proptest_config(config(WALKS))]

    #[test]
    fn every_walk_of_a_new_account_keeps_the_promises(moves in any_moves(60)) {
        holds(Walk::of_a_new_account(), &moves)?;
    }

    #[test]
    fn every_walk_of_an_enrolled_account_keeps_the_promises(moves in any_moves(60)) {
        holds(Walk::of_an_enrolled_account(), &moves)?;
    }
}

proptest! {
    #![proptest_config(config(LONG_WALKS))]

    #[test]
    fn no_amount_of_patience_gets_more_than_a_hundred_failures_in_a_row(moves in hammering(260)) {
        holds(Walk::of_an_enrolled_account(), &moves)?;
    }
}

/// Walks that never get anywhere would keep every promise: they have to reach all the places.
#[test]
fn walks_reach_every_event_of_an_account() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};

    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(config(1), rng);
    let mut reached = std::collections::BTreeSet::new();
    for round in 0..200 {
        let (walk, moves) = match round % 4 {
            0 => (Walk::of_a_new_account(), any_moves(60).new_tree(&mut runner)),
            1 => (Walk::of_an_enrolled_account(), hammering(260).new_tree(&mut runner)),
            _ => (Walk::of_an_enrolled_account(), any_moves(60).new_tree(&mut runner)),
        };
        let trace = walk.take_all(&moves.expect("moves can be made").current()).expect("every law holds");
        reached.extend(trace.iter().flat_map(|step| step.names()));
    }
    let missing: Vec<String> = crate::catalogue::names_of_account_events()
        .into_iter()
        .filter(|name| !reached.contains(name))
        .collect();
    assert!(missing.is_empty(), "no walk reaches {missing:?}");
}
