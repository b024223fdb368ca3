//! The gate: no session before the person has said *I have saved this code for future use*.

use countersign_domain::account::{AccountRefusal, SignInState};
use countersign_domain::kit::{Past, event};
use countersign_domain::time::Span;

use crate::support::{
    account, at_first_gate, at_gate_after, bc, cancel, close, confirm, continue_without_saving, enrolled,
    reissue, right_code, si, ss, start, state_of, suspend, use_backup_code, verified,
};

const AT_GATE: SignInState = SignInState::SaveRequired;

/// Promise 1.
#[test]
fn the_session_is_granted_when_the_code_is_confirmed_as_saved() {
    account()
        .given(verified())
        .given(at_first_gate(1))
        .when(confirm(bc(1), 1))
        .then([
            event("backup_code.save_confirmed").with("backup_code", bc(1)).with("sign_in", si(1)),
            event("sign_in.signed_in").with("sign_in", si(1)).with("session", ss(1)),
        ])
        .then_state(state_of(1), Some(SignInState::SignedIn));
}

/// Promise 1.
#[test]
fn continuing_without_having_saved_the_code_is_refused() {
    account()
        .given(verified())
        .given(at_first_gate(1))
        .when(continue_without_saving(bc(1), 1))
        .then_refused(AccountRefusal::NotSaved)
        .then_state(state_of(1), Some(AT_GATE));
}

/// Promise 1.
#[test]
fn nothing_can_be_confirmed_before_a_second_proof() {
    let state = SignInState::FactorRequired;
    account()
        .given(enrolled())
        .given(Past::of([start(2)]))
        .when(confirm(bc(1), 2))
        .then_refused(AccountRefusal::WrongState { state })
        .when(reissue(2, bc(20)))
        .then_refused(AccountRefusal::WrongState { state });
}

/// Promise 9.
#[test]
fn a_sign_in_at_the_gate_is_not_pushed_out_by_newer_ones_that_ended() {
    account()
        .given(verified())
        .given(at_first_gate(1))
        .given(Past::nothing().times(40, |n| Past::of([start(2 + n), cancel(2 + n)])))
        .when(confirm(bc(1), 1))
        .then([event("backup_code.save_confirmed"), event("sign_in.signed_in")]);
}

#[test]
fn a_code_is_confirmed_once() {
    account()
        .given(verified())
        .given(at_first_gate(1).command(confirm(bc(1), 1)))
        .when(confirm(bc(1), 1))
        .then_refused(AccountRefusal::WrongState { state: SignInState::SignedIn });
}

/// Promise 9.
#[test]
fn a_code_that_was_not_seen_can_be_replaced() {
    account()
        .given(verified())
        .given(at_first_gate(1))
        .when(reissue(1, bc(10)))
        .then([event("backup_code.issued")
            .with("backup_code", bc(10))
            .with("cause", "reissued")
            .with("supersedes", bc(1))
            .with("aal", "aal2")
            .with("sign_in", si(1))])
        .then_state(state_of(1), Some(AT_GATE))
        .when(confirm(bc(10), 1))
        .then([event("backup_code.save_confirmed").with("backup_code", bc(10)), event("sign_in.signed_in")]);
}

#[test]
fn a_code_that_was_replaced_cannot_be_confirmed() {
    account()
        .given(verified())
        .given(at_first_gate(1).command(reissue(1, bc(10))))
        .when(confirm(bc(1), 1))
        .then_refused(AccountRefusal::BackupCodeSuperseded);
}

#[test]
fn a_code_is_replaced_at_most_five_times() {
    account()
        .given(verified())
        .given(at_first_gate(1))
        .given(Past::nothing().times(5, |n| Past::of([reissue(1, bc(10 + n))])))
        .when(reissue(1, bc(16)))
        .then_refused(AccountRefusal::ReissuesExhausted)
        .when(confirm(bc(15), 1))
        .then([event("backup_code.save_confirmed"), event("sign_in.signed_in")]);
}

#[test]
fn the_gate_of_one_sign_in_does_not_take_the_code_of_another() {
    account()
        .given(verified())
        .given(Past::of([start(1), start(2), right_code(1), right_code(2)]))
        .when(confirm(bc(2), 1))
        .then_refused(AccountRefusal::BackupCodeSuperseded)
        .when(confirm(bc(1), 1))
        .then_refused(AccountRefusal::BackupCodeSuperseded)
        .when(confirm(bc(2), 2))
        .then([event("backup_code.save_confirmed"), event("sign_in.signed_in").with("session", ss(2))]);
}

/// Promise 9.
#[test]
fn a_gate_whose_code_was_overtaken_can_ask_for_another() {
    account()
        .given(verified())
        .given(Past::of([start(1), start(2), right_code(1), right_code(2), confirm(bc(2), 2)]))
        .when(reissue(1, bc(10)))
        .then([event("backup_code.issued").with("backup_code", bc(10))])
        .when(confirm(bc(10), 1))
        .then([event("backup_code.save_confirmed"), event("sign_in.signed_in").with("session", ss(1))]);
}

/// Promise 9.
#[test]
fn after_a_closed_tab_the_mailed_code_leads_to_the_gate_again() {
    account()
        .given(enrolled())
        .given(at_gate_after(bc(1), 2))
        .given(Past::of([start(3)]))
        .when(right_code(3))
        .then([
            event("code.accepted"),
            event("backup_code.issued")
                .with("backup_code", bc(3))
                .with("cause", "gate")
                .with("supersedes", bc(2)),
        ])
        .when(confirm(bc(3), 3))
        .then([event("backup_code.save_confirmed"), event("sign_in.signed_in").with("session", ss(3))]);
}

/// Promise 9.
#[test]
fn within_24_hours_the_redeemed_code_opens_the_gate_again() {
    account()
        .given(enrolled())
        .given(at_gate_after(bc(1), 2))
        .given(Past::nothing().after(Span::hours(23)).command(start(3)))
        .when(use_backup_code(bc(1), 3))
        .then([
            event("backup_code.gate_reopened")
                .with("backup_code", bc(1))
                .with("sign_in", si(3))
                .with("took_over", si(2)),
            event("backup_code.issued")
                .with("backup_code", bc(3))
                .with("cause", "gate")
                .with("supersedes", bc(2))
                .with("aal", "aal2")
                .with("sign_in", si(3)),
        ])
        .then_state(state_of(3), Some(AT_GATE))
        .when(confirm(bc(3), 3))
        .then([
            event("backup_code.save_confirmed"),
            event("sign_in.signed_in").with("session", ss(3)).with("amr", ["pwd", "otp", "mfa"]),
        ]);
}

/// Promise 3.
#[test]
fn one_redemption_grants_one_session_however_often_the_gate_is_opened_again() {
    account()
        .given(enrolled())
        .given(Past::of([start(2), start(3), start(4), use_backup_code(bc(1), 2), use_backup_code(bc(1), 3)]))
        .when(confirm(bc(2), 2))
        .then_refused(AccountRefusal::WrongState { state: SignInState::Cancelled })
        .when(use_backup_code(bc(1), 4))
        .then([event("backup_code.gate_reopened").with("took_over", si(3)), event("backup_code.issued")])
        .when(confirm(bc(3), 3))
        .then_refused(AccountRefusal::WrongState { state: SignInState::Cancelled })
        .when(reissue(3, bc(30)))
        .then_refused(AccountRefusal::WrongState { state: SignInState::Cancelled })
        .when(confirm(bc(4), 4))
        .then([event("backup_code.save_confirmed"), event("sign_in.signed_in").with("session", ss(4))])
        .when(start(5))
        .when(use_backup_code(bc(1), 5))
        .then([event("backup_code.rejected")]);
}

/// Promise 9.
#[test]
fn a_gate_that_was_given_up_can_be_opened_again() {
    account()
        .given(enrolled())
        .given(at_gate_after(bc(1), 2).command(cancel(2)).command(start(3)))
        .when(use_backup_code(bc(1), 3))
        .then([event("backup_code.gate_reopened").with("took_over", si(2)), event("backup_code.issued")]);
}

#[test]
fn opening_the_gate_again_leaves_the_end_of_the_sign_in_before_as_it_was() {
    account()
        .given(enrolled())
        .given(at_gate_after(bc(1), 2).command(suspend()))
        .given(Past::of([crate::support::reinstate(), start(3), use_backup_code(bc(1), 3)]))
        .when(cancel(2))
        .then_nothing()
        .then_state(state_of(2), Some(SignInState::Denied));
}

/// Promise 2.
#[test]
fn after_24_hours_the_redeemed_code_opens_nothing() {
    account()
        .given(enrolled())
        .given(Past::of([start(2), use_backup_code(bc(1), 2)]).after(Span::hours(24)).command(start(3)))
        .when(use_backup_code(bc(1), 3))
        .then([event("backup_code.rejected").with("sign_in", si(3))])
        .when(use_backup_code(bc(2), 3))
        .then([event("backup_code.redeemed").with("backup_code", bc(2)), event("backup_code.issued")]);
}

/// Promise 2.
#[test]
fn the_redeemed_code_opens_nothing_once_its_replacement_is_confirmed() {
    account()
        .given(enrolled())
        .given(at_gate_after(bc(1), 2).command(confirm(bc(2), 2)).command(start(3)))
        .when(use_backup_code(bc(1), 3))
        .then([event("backup_code.rejected").with("sign_in", si(3))]);
}

/// Promise 3.
#[test]
fn the_redeemed_code_opens_nothing_once_any_later_code_is_confirmed() {
    let overtaken =
        Past::of([start(2), start(3), use_backup_code(bc(1), 2), right_code(3), confirm(bc(3), 3)]);
    account()
        .given(enrolled())
        .given(overtaken.command(reissue(2, bc(20))).command(start(4)))
        .when(use_backup_code(bc(1), 4))
        .then([event("backup_code.rejected").with("sign_in", si(4))]);
}

/// Promise 3.
#[test]
fn the_redeemed_code_opens_nothing_once_its_replacement_is_redeemed() {
    account()
        .given(enrolled())
        .given(Past::of([start(2), start(3), start(4), use_backup_code(bc(1), 2), use_backup_code(bc(2), 3)]))
        .when(use_backup_code(bc(1), 4))
        .then([event("backup_code.rejected").with("sign_in", si(4))]);
}

/// Promise 1.
#[test]
fn a_gate_dies_with_the_account() {
    for end in [suspend(), close()] {
        account()
            .given(enrolled())
            .given(at_gate_after(bc(1), 2).command(end))
            .when(confirm(bc(2), 2))
            .then_refused(AccountRefusal::WrongState { state: SignInState::Denied })
            .when(reissue(2, bc(20)))
            .then_refused(AccountRefusal::WrongState { state: SignInState::Denied });
    }
}
