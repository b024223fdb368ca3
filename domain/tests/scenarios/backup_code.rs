//! Backup codes: issued, redeemed once, replaced in the same breath.

use countersign_domain::account::{AccountRefusal, SignInState};
use countersign_domain::kit::{Past, any_id, event};
use countersign_domain::time::Span;

use crate::support::{
    account, at_first_gate, at_gate_after, bc, confirm, enrolled, key, keyed_hash, reissue, right_code, si,
    ss, start, state_of, use_backup_code, verified, wrong_backup_code,
};

/// Promise 3.
#[test]
fn redeeming_a_backup_code_and_replacing_it_are_one_commit() {
    account()
        .given(enrolled())
        .given(Past::of([start(2)]))
        .when(use_backup_code(bc(1), 2))
        .then([
            event("backup_code.redeemed").with("backup_code", bc(1)).with("sign_in", si(2)),
            event("backup_code.issued")
                .with("backup_code", bc(2))
                .with("verifier", keyed_hash(&bc(2)))
                .with("key", key())
                .with("cause", "redeemed")
                .with("supersedes", bc(1))
                .with("sign_in", si(2)),
        ])
        .then_state(state_of(2), Some(SignInState::SaveRequired));
}

/// Promise 1.
#[test]
fn a_redeemed_backup_code_grants_no_session_before_its_replacement_is_saved() {
    account()
        .given(enrolled())
        .given(at_gate_after(bc(1), 2))
        .when(use_backup_code(bc(2), 2))
        .then_refused(AccountRefusal::WrongState { state: SignInState::SaveRequired })
        .when(right_code(2))
        .then_refused(AccountRefusal::WrongState { state: SignInState::SaveRequired });
}

/// Promise 2.
#[test]
fn a_used_backup_code_is_refused_for_ever() {
    account()
        .given(enrolled())
        .given(at_gate_after(bc(1), 2).command(confirm(bc(2), 2)))
        .given(Past::of([start(3)]))
        .when(use_backup_code(bc(1), 3))
        .then([event("backup_code.rejected").with("sign_in", si(3))])
        .after(Span::days(365))
        .when(start(4))
        .when(use_backup_code(bc(1), 4))
        .then([event("backup_code.rejected").with("sign_in", si(4))]);
}

#[test]
fn a_wrong_backup_code_is_a_fact() {
    account()
        .given(enrolled())
        .given(Past::of([start(2)]))
        .when(wrong_backup_code(2))
        .then([event("backup_code.rejected").with("sign_in", si(2))])
        .then_state(state_of(2), Some(SignInState::FactorRequired));
}

#[test]
fn a_backup_code_that_the_account_never_had_is_wrong() {
    account()
        .given(enrolled())
        .given(Past::of([start(2)]))
        .when(use_backup_code(bc(99), 2))
        .then([event("backup_code.rejected").with("sign_in", si(2))]);
}

/// Promise 9.
#[test]
fn a_backup_code_that_was_not_confirmed_can_be_used() {
    account()
        .given(verified())
        .given(at_first_gate(1))
        .given(Past::of([start(2)]))
        .when(use_backup_code(bc(1), 2))
        .then([
            event("backup_code.redeemed").with("backup_code", bc(1)),
            event("backup_code.issued").with("backup_code", bc(2)).with("supersedes", bc(1)),
        ]);
}

#[test]
fn a_confirmed_backup_code_lives_until_its_successor_is_confirmed() {
    let two_at_the_gate =
        Past::of([start(2), start(3)]).command(use_backup_code(bc(1), 2)).command(right_code(3));
    account()
        .given(enrolled())
        .given(two_at_the_gate.command(confirm(bc(3), 3)).command(reissue(2, bc(20))))
        .given(Past::of([start(4)]))
        .when(use_backup_code(bc(3), 4))
        .then([
            event("backup_code.redeemed").with("backup_code", bc(3)),
            event("backup_code.issued").with("backup_code", any_id()).with("supersedes", bc(3)),
        ]);
}

#[test]
fn a_backup_code_ends_when_its_successor_is_confirmed() {
    let two_at_the_gate =
        Past::of([start(2), start(3)]).command(use_backup_code(bc(1), 2)).command(right_code(3));
    account()
        .given(enrolled())
        .given(two_at_the_gate.command(confirm(bc(3), 3)).command(reissue(2, bc(20))))
        .given(Past::of([confirm(bc(20), 2), start(4)]))
        .when(use_backup_code(bc(3), 4))
        .then([event("backup_code.rejected")])
        .when(use_backup_code(bc(20), 4))
        .then([event("backup_code.redeemed").with("backup_code", bc(20)), event("backup_code.issued")]);
}

#[test]
fn a_backup_code_that_was_replaced_unseen_is_wrong() {
    account()
        .given(verified())
        .given(at_first_gate(1).command(reissue(1, bc(10))).command(start(2)))
        .when(use_backup_code(bc(1), 2))
        .then([event("backup_code.rejected")])
        .when(use_backup_code(bc(10), 2))
        .then([event("backup_code.redeemed").with("backup_code", bc(10)), event("backup_code.issued")]);
}

#[test]
fn the_backup_code_of_the_first_sign_in_vouches_for_two_factors() {
    account()
        .given(verified())
        .given(Past::of([start(1)]))
        .when(right_code(1))
        .then([event("code.accepted"), event("backup_code.issued").with("aal", "aal2")])
        .when(confirm(bc(1), 1))
        .then([
            event("backup_code.save_confirmed"),
            event("sign_in.signed_in").with("amr", ["pwd", "email"]).with("aal", "aal1"),
        ])
        .when(start(2))
        .when(use_backup_code(bc(1), 2))
        .then([event("backup_code.redeemed"), event("backup_code.issued").with("aal", "aal2")])
        .when(confirm(bc(2), 2))
        .then([
            event("backup_code.save_confirmed"),
            event("sign_in.signed_in")
                .with("session", ss(2))
                .with("amr", ["pwd", "otp", "mfa"])
                .with("aal", "aal2"),
        ]);
}

#[test]
fn a_backup_code_vouches_for_no_more_than_the_sign_in_that_issued_it() {
    account()
        .given(enrolled())
        .given(at_gate_after(bc(1), 2))
        .when(start(3))
        .when(right_code(3))
        .then([
            event("code.accepted"),
            event("backup_code.issued")
                .with("backup_code", bc(3))
                .with("supersedes", bc(2))
                .with("aal", "aal1"),
        ])
        .when(confirm(bc(3), 3))
        .when(start(4))
        .when(use_backup_code(bc(3), 4))
        .then([event("backup_code.redeemed"), event("backup_code.issued").with("aal", "aal1")])
        .when(reissue(4, bc(40)))
        .then([event("backup_code.issued").with("aal", "aal1")])
        .when(confirm(bc(40), 4))
        .then([
            event("backup_code.save_confirmed"),
            event("sign_in.signed_in").with("amr", ["pwd", "otp"]).with("aal", "aal1"),
        ]);
}
