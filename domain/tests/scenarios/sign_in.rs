//! A sign-in's way: from the right password to the session, or to its end before.

use countersign_domain::account::{AccountRefusal, SignInState};
use countersign_domain::kit::{Past, absent, any_id, event};
use countersign_domain::policy;
use countersign_domain::secret::Verifier;
use countersign_domain::time::Span;

use crate::support::{
    DEARER_HASH, DEVICE_LABEL, account, at_first_gate, bc, cancel, ch, cl, confirm, enrolled, reissue,
    request_code, right_code, si, ss, start, start_checked_against, start_labelled, start_rehashing,
    state_of, use_backup_code, verified, wrong_password,
};

#[test]
fn the_right_password_begins_a_sign_in_and_mails_a_code() {
    account()
        .given(enrolled())
        .when(start(2))
        .then([
            event("sign_in.started").with("sign_in", si(2)).with("expires_at", "2026-01-05T09:17:20.000Z"),
            event("code.requested")
                .with("challenge", ch(2))
                .with("purpose", "sign_in")
                .with("sign_in", si(2))
                .with("send", 1)
                .with("message", "code")
                .with("expires_at", "2026-01-05T09:12:20.000Z"),
        ])
        .then_state(state_of(2), Some(SignInState::FactorRequired));
}

#[test]
fn a_wrong_password_is_a_fact() {
    account()
        .given(enrolled())
        .when(wrong_password())
        .then([event("sign_in.password_rejected").with("cause", "wrong").with("device", absent())]);
}

/// Promise 1.
#[test]
fn a_mailed_code_signs_in_where_a_backup_code_is_saved() {
    account()
        .given(enrolled())
        .given(Past::of([start(2)]))
        .when(right_code(2))
        .then([
            event("code.accepted").with("challenge", ch(2)).with("sign_in", si(2)),
            event("sign_in.signed_in")
                .with("sign_in", si(2))
                .with("session", ss(2))
                .with("amr", ["pwd", "email"])
                .with("aal", "aal1")
                .with("generation", 0)
                .with("session_expires_at", "2026-02-04T09:02:20.000Z")
                .with("device", absent()),
        ])
        .then_state(state_of(2), Some(SignInState::SignedIn));
}

#[test]
fn a_session_of_two_factors_ends_after_a_day_and_one_of_a_single_factor_after_thirty() {
    let mailed = (Past::of([start(2)]), right_code(2), "code.accepted");
    let saved =
        (Past::of([start(2), use_backup_code(bc(1), 2)]), confirm(bc(2), 2), "backup_code.save_confirmed");
    for ((past, proof, fact), aal, ends_at) in
        [(mailed, "aal1", "2026-02-04T09:02:20.000Z"), (saved, "aal2", "2026-01-06T09:02:20.000Z")]
    {
        account().case(aal).given(enrolled().and(past)).when(proof).then([
            event(fact),
            event("sign_in.signed_in").with("aal", aal).with("session_expires_at", ends_at),
        ]);
    }
}

/// Promise 1.
#[test]
fn a_mailed_code_leads_to_the_gate_where_no_backup_code_is_saved() {
    account()
        .given(verified())
        .given(Past::of([start(1)]))
        .when(right_code(1))
        .then([
            event("code.accepted").with("challenge", ch(1)),
            event("backup_code.issued")
                .with("backup_code", bc(1))
                .with("cause", "gate")
                .with("supersedes", absent())
                .with("sign_in", si(1)),
        ])
        .then_state(state_of(1), Some(SignInState::SaveRequired));
}

#[test]
fn a_sign_in_ends_after_fifteen_minutes_without_a_second_proof() {
    account()
        .given(enrolled())
        .given(Past::of([start(2)]).after(Span::millis(899_999)))
        .when(request_code(2, 20))
        .then([event("code.requested").with("challenge", ch(20))])
        .after(Span::millis(1))
        .when(use_backup_code(bc(1), 2))
        .then_refused(AccountRefusal::SignInExpired)
        .then_state(state_of(2), Some(SignInState::Expired))
        .when(request_code(2, 21))
        .then_refused(AccountRefusal::SignInExpired);
}

#[test]
fn from_the_gate_on_a_sign_in_lives_for_another_thirty_minutes() {
    account()
        .given(verified())
        .given(Past::of([start(1)]).after(Span::minutes(9)).command(right_code(1)))
        .after(Span::millis(1_799_999))
        .when(reissue(1, bc(10)))
        .then([event("backup_code.issued").with("backup_code", bc(10))])
        .after(Span::millis(1))
        .when(confirm(bc(10), 1))
        .then_refused(AccountRefusal::SignInExpired)
        .when(reissue(1, bc(11)))
        .then_refused(AccountRefusal::SignInExpired);
}

/// Promise 1.
#[test]
fn a_sign_in_that_the_account_does_not_know_gets_nowhere() {
    for command in [
        right_code(9),
        request_code(9, 9),
        use_backup_code(bc(1), 9),
        reissue(9, bc(9)),
        confirm(bc(1), 9),
        cancel(9),
    ] {
        account().given(enrolled()).when(command).then_refused(AccountRefusal::UnknownSignIn);
    }
}

/// Promise 1.
#[test]
fn a_completed_sign_in_takes_nothing_more() {
    for command in [
        right_code(1),
        request_code(1, 9),
        use_backup_code(bc(1), 1),
        reissue(1, bc(9)),
        confirm(bc(1), 1),
        cancel(1),
    ] {
        let state = SignInState::SignedIn;
        account().given(enrolled()).when(command).then_refused(AccountRefusal::WrongState { state });
    }
}

#[test]
fn a_sign_in_can_be_given_up_before_and_at_the_gate() {
    for past in [Past::of([start(1)]), at_first_gate(1)] {
        account()
            .given(verified())
            .given(past)
            .when(cancel(1))
            .then([event("sign_in.cancelled").with("sign_in", si(1))])
            .when(cancel(1))
            .then_nothing()
            .when(right_code(1))
            .then_refused(AccountRefusal::WrongState { state: SignInState::Cancelled });
    }
}

#[test]
fn there_is_nothing_to_give_up_of_an_expired_sign_in() {
    let expired = Past::of([start(2)]).after(policy::SIGN_IN_LIFETIME.value);
    account().given(enrolled()).given(expired).when(cancel(2)).then_nothing();
}

#[test]
fn a_password_hash_that_became_too_cheap_is_replaced() {
    account().given(enrolled()).when(start_rehashing(2)).then([
        event("sign_in.started"),
        event("account.password_changed")
            .with("cause", "rehashed")
            .with("password", Verifier::plain(DEARER_HASH)),
        event("code.requested"),
    ]);
}

#[test]
fn a_password_that_was_compared_with_an_older_hash_is_compared_again() {
    account()
        .given(enrolled())
        .given(Past::of([start_rehashing(2)]))
        .when(start_checked_against(1, 3))
        .then_refused(AccountRefusal::StaleCheck)
        .when(start_checked_against(2, 3))
        .then([event("sign_in.started"), event("code.requested")]);
}

/// Promise 5.
#[test]
fn a_sign_in_keeps_its_client_and_the_label_of_its_device() {
    account().given(enrolled()).when(start_labelled(2)).then([
        event("sign_in.started")
            .with("client", cl(1))
            .with("device", absent())
            .with("device_label", serde_json::json!({ "$s1p": DEVICE_LABEL })),
        event("code.requested"),
    ]);
}

#[test]
fn sign_ins_side_by_side_do_not_meet() {
    account()
        .given(enrolled())
        .given(Past::of([start(2), start(3), cancel(2)]))
        .when(right_code(3))
        .then([event("code.accepted"), event("sign_in.signed_in").with("session", any_id())])
        .then_state(state_of(2), Some(SignInState::Cancelled));
}

/// Promise 12.
#[test]
fn an_account_remembers_its_newest_sign_ins_only() {
    let most = u32::try_from(policy::SIGN_INS_REMEMBERED.value).unwrap();
    account()
        .given(enrolled())
        .given(Past::nothing().times(most, |n| Past::of([start(1 + n)])))
        .when(cancel(1))
        .then_refused(AccountRefusal::UnknownSignIn)
        .when(cancel(2))
        .then([event("sign_in.cancelled").with("sign_in", si(2))]);
}
