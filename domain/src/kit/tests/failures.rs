//! The text of each kind of failure: it is the kit's user interface.

use super::failure;
use super::lamp::{Lamp, LampCommand, LampEvent, LampRefusal, fault};
use crate::kit::{Past, absent, event, exactly, scenario};
use crate::secret::Verifier;
use crate::time::Span;

type Sound = Lamp<{ fault::NONE }>;

fn dimmed(from: u32, to: u64) -> LampEvent {
    LampEvent::Dimmed { from, to }
}

#[test]
fn other_events_than_expected_stand_beside_the_ones_that_were() {
    let said = failure(|| {
        scenario::<Sound>()
            .given(Past::of([LampCommand::Lock { key: "k" }]).after(Span::minutes(5)))
            .given([dimmed(0, 30)])
            .when(LampCommand::Dim { to: 40 })
            .then([event("lamp.dimmed").with("to", 50), event("lamp.locked")])
    });
    insta::assert_snapshot!(said);
}

#[test]
fn an_event_too_many_is_shown_whole() {
    let said = failure(|| {
        let whole =
            LampEvent::Locked { key: Verifier::plain("k"), note: "locked".to_owned(), forgotten: false };
        scenario::<Sound>()
            .when(LampCommand::Lock { key: "k" })
            .then([exactly(whole)])
            .when(LampCommand::Dim { to: 40 })
            .then(Vec::<LampEvent>::new())
    });
    insta::assert_snapshot!(said);
}

#[test]
fn a_field_that_should_not_be_there_is_marked() {
    let said = failure(|| {
        scenario::<Sound>()
            .when(LampCommand::Dim { to: 1 })
            .then([event("lamp.dimmed").with("from", absent())])
    });
    insta::assert_snapshot!(said);
}

#[test]
fn a_refusal_stands_beside_the_events_that_were_expected() {
    let said = failure(|| {
        scenario::<Sound>().case("at 101").when(LampCommand::Dim { to: 101 }).then([dimmed(0, 101)])
    });
    insta::assert_snapshot!(said);
}

#[test]
fn another_refusal_than_expected_is_shown() {
    let said = failure(|| {
        let decided = scenario::<Sound>().when(LampCommand::Dim { to: 102 });
        decided.then_refused(LampRefusal::TooBright { to: 101 })
    });
    insta::assert_snapshot!(said);
}

#[test]
fn events_stand_beside_the_refusal_that_was_expected() {
    let said =
        failure(|| scenario::<Sound>().when(LampCommand::Dim { to: 7 }).then_refused_matching(|_| true));
    insta::assert_snapshot!(said);
}

#[test]
fn something_is_not_nothing() {
    let said = failure(|| scenario::<Sound>().when(LampCommand::Dim { to: 7 }).then_nothing());
    insta::assert_snapshot!(said);
}

#[test]
fn another_state_than_expected_is_shown() {
    let said = failure(|| {
        let decided = scenario::<Sound>().when(LampCommand::Dim { to: 7 });
        decided.then_state(|lamp, _| (lamp.level, lamp.key.is_some()), (8, false))
    });
    insta::assert_snapshot!(said);
}

#[test]
fn a_past_that_cannot_be_fails_before_the_when() {
    let said = failure(|| {
        scenario::<Sound>().given(Past::of([LampCommand::Dim { to: 20 }, LampCommand::Dim { to: 200 }]))
    });
    insta::assert_snapshot!(said);
}

#[test]
fn a_broken_law_is_named_with_what_was_seen() {
    let said =
        failure(|| scenario::<Lamp<{ fault::SEALED }>>().when(LampCommand::Lock { key: "k" }).then_nothing());
    insta::assert_snapshot!(said);
}

#[test]
fn a_when_without_a_then_fails() {
    let said = failure(|| scenario::<Sound>().when(LampCommand::Dim { to: 7 }));
    assert!(said.contains("nothing is expected of the last `when`"), "{said}");
}

#[test]
fn a_refusal_that_nobody_expected_fails_at_the_end() {
    let said = failure(|| {
        scenario::<Sound>().when(LampCommand::Dim { to: 101 }).then_state(|lamp, _| lamp.level, 0)
    });
    assert!(said.contains("nobody expected it to be refused: TooBright { to: 101 }"), "{said}");
}

#[test]
fn a_refusal_that_nobody_expected_fails_at_the_next_when() {
    let said = failure(|| {
        let refused = scenario::<Sound>().when(LampCommand::Dim { to: 101 });
        refused.when(LampCommand::Dim { to: 7 }).then([dimmed(0, 7)])
    });
    assert!(said.contains("nobody expected it to be refused: TooBright { to: 101 }"), "{said}");
}

#[test]
fn a_long_past_is_told_by_its_newest_events() {
    let said = failure(|| {
        let past = Past::nothing().times(20, |n| Past::of([LampCommand::Dim { to: n }]));
        scenario::<Sound>().given(past).when(LampCommand::Dim { to: 20 }).then([event("lamp.dimmed")])
    });
    assert!(said.contains("8 events, lamp.dimmed, lamp.dimmed"), "{said}");
}
