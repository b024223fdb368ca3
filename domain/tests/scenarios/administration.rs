//! What operators do to an account: suspend, reinstate, close.

use countersign_domain::account::{AccountCommand, AccountRefusal, SignInState};
use countersign_domain::kit::{Past, event};

use crate::support::{
    account, at_gate_after, bc, cancel, ch, close, closed, confirm, enrolled, honours, reinstate, reissue,
    request_code, right_code, si, ss, start, state_of, suspend, suspended, use_backup_code, wrong_password,
};

/// Everything that sign-in *n* could try next.
fn every_step(number: u32) -> [AccountCommand; 5] {
    [
        right_code(number),
        request_code(number, 99),
        use_backup_code(bc(1), number),
        reissue(number, bc(98)),
        confirm(bc(number), number),
    ]
}

/// Promise 1.
#[test]
fn suspending_an_account_ends_its_pending_sign_ins_and_its_sessions() {
    account()
        .given(enrolled())
        .given(Past::of([start(2)]))
        .when(suspend())
        .then([
            event("account.suspended").with("reason", serde_json::json!({ "$s1p": "the bank called" })),
            event("sign_in.denied").with("sign_in", si(2)).with("cause", "account_suspended"),
            event("account.sessions_revoked").with("generation", 1).with("cause", "suspended"),
        ])
        .then_state(honours(1), Some(false));
}

/// Promise 1.
#[test]
fn closing_an_account_ends_its_pending_sign_ins_and_its_sessions() {
    account()
        .given(enrolled())
        .given(at_gate_after(bc(1), 2))
        .when(close())
        .then([
            event("sign_in.denied").with("sign_in", si(2)).with("cause", "account_closed"),
            event("account.sessions_revoked").with("generation", 1).with("cause", "closed"),
            event("account.closed").with("reason", serde_json::json!({ "$s1p": "asked for by its owner" })),
        ])
        .then_state(honours(1), Some(false));
}

/// Promise 8.
#[test]
fn a_suspended_account_answers_the_right_password_like_a_wrong_one() {
    for (attempt, cause) in [(start(2), "suspended"), (wrong_password(), "wrong")] {
        account()
            .given(suspended())
            .when(attempt)
            .then([event("sign_in.password_rejected").with("cause", cause)])
            .then_state(state_of(2), None);
    }
}

/// Promise 1.
#[test]
fn a_suspended_account_refuses_every_step_of_a_sign_in() {
    for (number, past) in [(2, Past::of([start(2)])), (2, at_gate_after(bc(1), 2))] {
        for step in every_step(number) {
            account()
                .given(enrolled())
                .given(past.clone().command(suspend()))
                .when(step)
                .then_refused(AccountRefusal::WrongState { state: SignInState::Denied });
        }
    }
}

/// Promise 1.
#[test]
fn a_closed_account_refuses_every_step_of_a_sign_in() {
    for past in [Past::of([start(2)]), at_gate_after(bc(1), 2)] {
        for step in every_step(2) {
            account()
                .given(enrolled())
                .given(past.clone().command(close()))
                .when(step)
                .then_refused(AccountRefusal::WrongState { state: SignInState::Denied });
        }
    }
}

/// Promise 1.
#[test]
fn a_closed_account_cannot_be_signed_in_to() {
    account()
        .given(closed())
        .when(start(2))
        .then_refused(AccountRefusal::Closed)
        .when(wrong_password())
        .then_refused(AccountRefusal::Closed);
}

#[test]
fn a_closed_account_stays_closed() {
    account()
        .given(closed())
        .when(suspend())
        .then_refused(AccountRefusal::Closed)
        .when(reinstate())
        .then_refused(AccountRefusal::Closed)
        .when(close())
        .then_nothing();
}

#[test]
fn suspending_a_suspended_account_changes_nothing() {
    account().given(suspended()).when(suspend()).then_nothing();
}

#[test]
fn only_a_suspended_account_can_be_reinstated() {
    account()
        .given(enrolled())
        .when(reinstate())
        .then_refused(AccountRefusal::NotSuspended)
        .when(suspend())
        .when(reinstate())
        .then([event("account.reinstated")]);
}

#[test]
fn a_reinstated_account_can_be_signed_in_to_again() {
    account()
        .given(suspended().command(reinstate()).command(start(2)))
        .when(right_code(2))
        .then([
            event("code.accepted").with("challenge", ch(2)),
            event("sign_in.signed_in").with("session", ss(2)).with("generation", 1),
        ])
        .then_state(honours(2), Some(true))
        .when(cancel(2))
        .then_refused(AccountRefusal::WrongState { state: SignInState::SignedIn });
}

/// Promise 1.
#[test]
fn what_a_suspension_ended_stays_ended() {
    account()
        .given(enrolled())
        .given(Past::of([start(2), suspend(), reinstate()]))
        .when(right_code(2))
        .then_refused(AccountRefusal::WrongState { state: SignInState::Denied })
        .then_state(honours(1), Some(false))
        .when(cancel(2))
        .then_nothing();
}

#[test]
fn a_suspended_account_can_be_closed() {
    account()
        .given(suspended())
        .when(close())
        .then([event("account.sessions_revoked").with("generation", 2), event("account.closed")]);
}
