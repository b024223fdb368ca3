//! Verification codes by e-mail: asked for, sent again, typed.

use countersign_domain::account::{AccountEvent, AccountRefusal, SignInState};
use countersign_domain::kit::{Past, any_id, event};
use countersign_domain::policy;
use countersign_domain::time::Span;
use countersign_domain::word::{Factor, Locale, SignInPurpose};

use crate::support::{
    account, cancel, ch, code_id, code_of, enrolled, key, moment, request, request_code, right_code,
    right_code_for, si, start, state_of, verified, wrong_code,
};

/// Sign-in 2 asked for its code, at 09:02:20.
fn code_asked_for() -> Past<countersign_domain::account::Account> {
    enrolled().command(start(2))
}

/// Promise 2.
#[test]
fn a_code_is_accepted_once() {
    account()
        .given(code_asked_for())
        .when(right_code(2))
        .then([event("code.accepted"), event("sign_in.signed_in")])
        .when(right_code(2))
        .then_refused(AccountRefusal::WrongState { state: SignInState::SignedIn });
}

/// Promise 2.
#[test]
fn a_code_that_led_to_the_gate_is_not_accepted_again() {
    account()
        .given(verified())
        .given(Past::of([start(1)]))
        .when(right_code(1))
        .then([event("code.accepted"), event("backup_code.issued")])
        .when(right_code(1))
        .then_refused(AccountRefusal::WrongState { state: SignInState::SaveRequired });
}

#[test]
fn a_wrong_code_is_a_fact() {
    account()
        .given(code_asked_for())
        .when(wrong_code(2))
        .then([event("code.rejected").with("challenge", ch(2)).with("sign_in", si(2))])
        .then_state(state_of(2), Some(SignInState::FactorRequired));
}

/// Promise 2.
#[test]
fn the_code_of_another_sign_in_does_not_fit() {
    account()
        .given(code_asked_for())
        .given(Past::of([start(3)]))
        .when(code_of(ch(2), 3, true))
        .then_refused(AccountRefusal::StaleCheck);
}

/// Promise 9.
#[test]
fn a_code_that_is_sent_again_keeps_its_id_its_digits_and_its_expiry() {
    account().given(code_asked_for()).after(Span::minutes(1)).when(request_code(2, 20)).then([event(
        "code.requested",
    )
    .with("challenge", ch(2))
    .with("sign_in", si(2))
    .with("code_id", code_id(2))
    .with("key", key())
    .with("send", 2)
    .with("expires_at", "2026-01-05T09:12:20.000Z")]);
}

#[test]
fn a_code_is_not_sent_again_within_thirty_seconds() {
    let at = moment("2026-01-05T09:02:50.000Z");
    account()
        .given(code_asked_for())
        .after(Span::millis(29_999))
        .when(request_code(2, 20))
        .then_refused(AccountRefusal::ResendTooSoon { at })
        .after(Span::millis(1))
        .when(request_code(2, 20))
        .then([event("code.requested").with("send", 2)])
        .when(request_code(2, 20))
        .then_refused_matching(|refusal| matches!(refusal, AccountRefusal::ResendTooSoon { .. }));
}

#[test]
fn a_code_is_good_for_ten_minutes() {
    account()
        .given(code_asked_for())
        .after(Span::millis(599_999))
        .when(wrong_code(2))
        .then([event("code.rejected")])
        .after(Span::millis(1))
        .when(right_code(2))
        .then_refused(AccountRefusal::ChallengeExpired);
}

/// Promise 9.
#[test]
fn after_a_code_expired_a_new_one_can_be_asked_for() {
    account()
        .given(code_asked_for())
        .after(policy::CODE_LIFETIME.value)
        .when(request_code(2, 20))
        .then([event("code.requested")
            .with("challenge", ch(20))
            .with("code_id", code_id(20))
            .with("send", 1)
            .with("expires_at", "2026-01-05T09:22:20.000Z")])
        .when(code_of(ch(20), 2, true))
        .then([event("code.accepted").with("challenge", ch(20)), event("sign_in.signed_in")]);
}

#[test]
fn an_answer_to_a_challenge_that_another_replaced_is_refused() {
    account()
        .given(code_asked_for())
        .given(Past::nothing().after(policy::CODE_LIFETIME.value).command(request_code(2, 20)))
        .when(right_code_for(ch(2), 2))
        .then_refused(AccountRefusal::ChallengeExpired)
        .when(code_of(ch(2), 2, true))
        .then_refused(AccountRefusal::StaleCheck);
}

#[test]
fn an_answer_may_say_which_challenge_it_is_for() {
    account()
        .given(code_asked_for())
        .when(right_code_for(ch(2), 2))
        .then([event("code.accepted").with("challenge", ch(2)), event("sign_in.signed_in")]);
}

#[test]
fn five_wrong_guesses_end_a_challenge() {
    account()
        .given(code_asked_for())
        .given(Past::nothing().times(5, |_| Past::of([wrong_code(2)])))
        .after(policy::FIRST_WAIT.value)
        .when(right_code(2))
        .then_refused(AccountRefusal::ChallengeExhausted)
        .when(request_code(2, 20))
        .then([event("code.requested").with("challenge", ch(20)).with("send", 1)]);
}

/// Promise 7.
#[test]
fn a_code_that_is_sent_again_keeps_its_wrong_guesses() {
    let four_wrong = Past::nothing().times(4, |_| Past::of([wrong_code(2)]));
    account()
        .given(code_asked_for())
        .given(four_wrong.after(policy::RESEND_WAIT.value).command(request_code(2, 20)))
        .given(Past::of([wrong_code(2)]).after(policy::FIRST_WAIT.value))
        .when(right_code(2))
        .then_refused(AccountRefusal::ChallengeExhausted);
}

/// Promise 7.
#[test]
fn a_new_challenge_does_not_reset_the_failures() {
    let five_wrong = Past::nothing().times(5, |_| Past::of([wrong_code(2)]));
    account()
        .given(code_asked_for())
        .given(five_wrong.after(policy::FIRST_WAIT.value).command(request_code(2, 20)))
        .when(code_of(ch(20), 2, false))
        .then([
            event("code.rejected").with("challenge", ch(20)),
            event("authenticator.throttled")
                .with("authenticator", "email_code")
                .with("failures", 6)
                .with("until", "2026-01-05T09:03:50.000Z"),
        ]);
}

/// Promise 7.
#[test]
fn a_new_sign_in_does_not_reset_the_failures() {
    let five_wrong = Past::nothing().times(5, |_| Past::of([wrong_code(2)]));
    account()
        .given(code_asked_for())
        .given(five_wrong.command(cancel(2)).command(start(3)))
        .when(right_code(3))
        .then_refused(AccountRefusal::Throttled { until: moment("2026-01-05T09:02:50.000Z") })
        .after(policy::FIRST_WAIT.value)
        .when(wrong_code(3))
        .then([event("code.rejected"), event("authenticator.throttled").with("failures", 6)]);
}

#[test]
fn no_code_is_mailed_while_codes_have_to_wait() {
    account()
        .given(code_asked_for())
        .given(Past::nothing().times(5, |_| Past::of([wrong_code(2)])))
        .after(Span::seconds(29))
        .when(request_code(2, 20))
        .then_refused(AccountRefusal::Throttled { until: moment("2026-01-05T09:02:50.000Z") });
}

#[test]
fn a_backup_code_is_not_something_to_be_sent() {
    account()
        .given(code_asked_for())
        .when(request(Factor::BackupCode, 2, 20))
        .then_refused(AccountRefusal::NothingToSend);
}

#[test]
fn a_sign_in_whose_code_was_never_asked_for_takes_none() {
    let started = AccountEvent::SignInStarted {
        sign_in: si(2),
        client: None,
        device: None,
        device_label: None,
        locale: Locale::default(),
        expires_at: moment("2026-01-05T10:00:00.000Z"),
        purpose: SignInPurpose::SignIn,
    };
    account()
        .given(enrolled())
        .given([started])
        .when(right_code(2))
        .then_refused(AccountRefusal::NoChallenge)
        .when(request_code(2, 20))
        .then([event("code.requested").with("challenge", any_id()).with("send", 1)]);
}
