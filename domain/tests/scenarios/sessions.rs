//! The sessions of an account: ended together, from one of them; and none that has ended does anything or comes back.

use countersign_domain::account::{Account, AccountCommand, AccountRefusal};
use countersign_domain::kit::{Past, absent, event};
use countersign_domain::policy;
use countersign_domain::time::Span;

use crate::support::{
    account, cancel_in_session, change_password, end_all, end_others, enrolled, honours, issue_operator_code,
    registered, right_code, ss, start, step_up,
};

/// An enrolled account that sign-ins 2 to *n* were completed in, each for a session of its own.
fn with_sessions(newest: u32) -> Past<Account> {
    let each = |number| Past::of([start(number + 1), right_code(number + 1)]).after(Span::hours(1));
    enrolled().and(Past::nothing().times(newest - 1, each))
}

/// Promise 1.
#[test]
fn a_person_can_end_all_sessions_or_all_but_one() {
    account()
        .given(with_sessions(3))
        .when(end_others(2))
        .then([event("account.sessions_revoked")
            .with("generation", 1)
            .with("except", ss(2))
            .with("cause", "requested")])
        .then_state(honours(1), Some(false))
        .then_state(honours(2), Some(true))
        .then_state(honours(3), Some(false))
        .when(end_all(2))
        .then([event("account.sessions_revoked").with("generation", 2).with("except", absent())])
        .then_state(honours(2), Some(false));
}

/// Promise 1.
#[test]
fn a_session_that_was_ended_from_another_does_not_come_back_by_sparing_itself() {
    account()
        .given(with_sessions(3))
        .when(end_others(2))
        .when(end_others(3))
        .then_refused(AccountRefusal::SessionEnded)
        .when(end_all(3))
        .then_refused(AccountRefusal::SessionEnded)
        .then_state(honours(2), Some(true))
        .then_state(honours(3), Some(false));
}

/// Promise 1.
#[test]
fn a_session_that_ended_with_the_password_does_not_come_back_by_sparing_itself() {
    account()
        .given(with_sessions(2).and(Past::of([step_up(3), right_code(3), change_password(3)])))
        .when(end_others(2))
        .then_refused(AccountRefusal::SessionEnded)
        .then_state(honours(2), Some(false))
        .then_state(honours(3), Some(true));
}

#[test]
fn a_session_that_was_spared_is_not_spared_again_unless_it_asks() {
    account()
        .given(with_sessions(2).command(end_others(1)).and(Past::of([start(3), right_code(3)])))
        .when(end_others(3))
        .then_state(honours(1), Some(false))
        .when(end_others(1))
        .then_refused(AccountRefusal::SessionEnded);
}

#[test]
fn a_session_that_ended_says_no_to_no_recovery() {
    account()
        .given(with_sessions(2).command(end_others(2)).command(issue_operator_code(1)))
        .when(cancel_in_session(1))
        .then_refused(AccountRefusal::SessionEnded)
        .when(cancel_in_session(2))
        .then([event("recovery.cancelled").with("session", ss(2))]);
}

#[test]
fn where_only_the_session_that_stays_is_left_nothing_is_ended() {
    account().given(enrolled()).when(end_others(1)).then_nothing();
    account().given(with_sessions(2).command(end_others(2))).when(end_others(2)).then_nothing();
}

#[test]
fn who_has_no_session_ends_none() {
    let unknown: [fn(u32) -> AccountCommand; 2] = [end_others, end_all];
    for end in unknown {
        account().given(registered()).when(end(1)).then_refused(AccountRefusal::SessionEnded);
        account().given(enrolled()).when(end(9)).then_refused(AccountRefusal::SessionEnded);
    }
}

#[test]
fn the_oldest_session_ends_where_there_are_more_than_are_remembered() {
    let most = u32::try_from(policy::SESSIONS_REMEMBERED.value).expect("a small number");
    account()
        .given(with_sessions(most))
        .when(start(most + 1))
        .then_state(honours(1), Some(true))
        .when(right_code(most + 1))
        .then_state(honours(1), Some(false))
        .then_state(honours(2), Some(true))
        .then_state(honours(most + 1), Some(true));
}

#[test]
fn sessions_that_have_ended_are_forgotten_before_one_that_has_not() {
    let most = u32::try_from(policy::SESSIONS_REMEMBERED.value).expect("a small number");
    let past = with_sessions(most).command(end_others(1));
    account()
        .given(past)
        .when(start(most + 1))
        .when(right_code(most + 1))
        .then_state(honours(1), Some(true))
        .then_state(|account, _| account.person().map(|person| person.sessions.len()), Some(100));
}
