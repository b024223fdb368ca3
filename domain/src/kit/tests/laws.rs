//! Each law, by a lamp that keeps it and one that was made to break it.

use super::failure;
use super::lamp::{Lamp, LampCommand, LampRefusal, fault};
use crate::kit::{Law, scenario};
use crate::time::Span;

const KEY: &str = "open sesame";

/// Everything that a lamp can do, under a secret.
fn play<const FAULT: u8>() {
    scenario::<Lamp<FAULT>>()
        .secret(KEY)
        .when(LampCommand::Lock { key: KEY })
        .when(LampCommand::Dim { to: 40 })
        .after(Span::seconds(1))
        .when(LampCommand::Dim { to: 60 })
        .when(LampCommand::Dim { to: 101 })
        .then_refused(LampRefusal::TooBright { to: 101 });
}

#[track_caller]
fn breaks<const FAULT: u8>(law: Law) {
    let said = failure(play::<FAULT>);
    assert!(said.contains(&format!("broken law: {law}")), "{said}");
}

#[test]
fn a_decider_without_fault_keeps_every_law() {
    play::<{ fault::NONE }>();
}

#[test]
fn a_replay_that_gives_another_state_is_found() {
    breaks::<{ fault::REPLAY }>(Law::Replay);
}

#[test]
fn a_state_that_json_does_not_keep_is_found() {
    breaks::<{ fault::SNAPSHOT }>(Law::Snapshot);
}

#[test]
fn an_event_that_json_does_not_keep_is_found() {
    breaks::<{ fault::STORED }>(Law::Stored);
}

#[test]
fn an_event_that_the_store_would_refuse_is_found() {
    breaks::<{ fault::STORABLE }>(Law::Storable);
}

#[test]
fn a_decider_that_looks_into_a_sealed_value_is_found() {
    breaks::<{ fault::SEALED }>(Law::Sealed);
}

#[test]
fn a_secret_in_an_event_is_found() {
    breaks::<{ fault::SECRET }>(Law::Secret);
}

#[test]
fn a_secret_in_a_refusal_is_found() {
    breaks::<{ fault::TOLD }>(Law::Secret);
}

#[test]
fn a_refused_command_that_leaves_a_trace_is_found() {
    breaks::<{ fault::REFUSED }>(Law::Refused);
}

#[test]
fn a_decision_that_depends_on_something_outside_is_found() {
    breaks::<{ fault::PURE }>(Law::Pure);
}

#[test]
fn time_that_runs_backwards_is_found() {
    let said = failure(|| {
        let later = scenario::<Lamp<{ fault::NONE }>>().after(Span::hours(1));
        later.at("2026-01-05T08:59:59.999Z".parse().unwrap())
    });
    assert!(said.contains(&format!("broken law: {}", Law::Time)), "{said}");
}

#[test]
fn a_past_keeps_the_laws_too() {
    let said = failure(|| {
        let past = crate::kit::Past::of([LampCommand::Lock { key: KEY }]);
        scenario::<Lamp<{ fault::SECRET }>>().secret(KEY).given(past)
    });
    assert!(said.contains(&format!("broken law: {}", Law::Secret)), "{said}");
}
