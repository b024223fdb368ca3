//! Whatever is asked of an account, in whatever order: what holds for every walk.
//!
//! A walk is a list of random moves, sensible ones and nonsense, with several sign-ins side by side and leaps in time.
//! Each command and what came of it goes into a trace, and every invariant is a function of the trace alone: it knows
//! the rules, not the state, so that it cannot make the state's mistakes.

mod addresses;
mod controls;
mod invariants;
mod moves;
mod walk;

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{RngAlgorithm, TestCaseResult, TestRng, TestRunner};

use self::invariants::{INVARIANTS, Step, Trace};
use self::moves::{Move, any_moves, hammering};
use self::walk::Walk;
use crate::catalogue::names_of_account_events;

/// Walks of each kind. Together they take some seconds in an unoptimised build.
const WALKS: u32 = 400;
/// Walks that do little but fail, which are long.
const LONG_WALKS: u32 = 32;
/// Walks of each kind that together have to reach every event.
const ROUNDS: u32 = 20;

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

    /// Promise 1. Promise 2. Promise 3. Promise 5. Promise 7.
    #[test]
    fn every_walk_of_a_new_account_keeps_the_promises(moves in any_moves(60)) {
        holds(Walk::of_a_new_account(), &moves)?;
    }

    /// Promise 1. Promise 2. Promise 3. Promise 5. Promise 7.
    #[test]
    fn every_walk_of_an_enrolled_account_keeps_the_promises(moves in any_moves(60)) {
        holds(Walk::of_an_enrolled_account(), &moves)?;
    }
}

proptest! {
    #![proptest_config(config(LONG_WALKS))]

    /// Promise 7.
    #[test]
    fn no_amount_of_patience_gets_more_than_a_hundred_failures_in_a_row(moves in hammering(120..=240)) {
        holds(Walk::of_an_enrolled_account(), &moves)?;
    }
}

/// Walks that never get anywhere would keep every promise: they have to reach all the places.
#[test]
fn walks_reach_every_event_of_an_account() {
    let mut runner = TestRunner::new_with_rng(config(1), TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let mut reached = BTreeSet::new();
    for _ in 0..ROUNDS {
        let walks = [
            (Walk::of_a_new_account(), one_of(&any_moves(80), &mut runner)),
            (Walk::of_an_enrolled_account(), one_of(&any_moves(80), &mut runner)),
            (Walk::of_an_enrolled_account(), one_of(&any_moves(80), &mut runner)),
            (Walk::of_an_enrolled_account(), one_of(&hammering(120..=240), &mut runner)),
        ];
        for (walk, moves) in walks {
            let trace = walk.take_all(&moves).expect("every law holds");
            reached.extend(trace.iter().flat_map(Step::names));
        }
    }
    let known = names_of_account_events();
    let missing: Vec<&String> = known.iter().filter(|name| !reached.contains(*name)).collect();
    assert!(missing.is_empty(), "no walk reaches {missing:?}");
}

fn one_of(moves: &impl Strategy<Value = Vec<Move>>, runner: &mut TestRunner) -> Vec<Move> {
    moves.new_tree(runner).expect("moves can be made").current()
}
