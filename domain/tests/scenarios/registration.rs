//! Becoming an account: no power before control of the address is proven.

use countersign_domain::account::{AccountCommand, AccountEvent, AccountRefusal};
use countersign_domain::kit::{Past, absent, event};
use countersign_domain::secret::{Personal, Verifier};
use countersign_domain::time::Span;
use countersign_domain::word::Locale;

use crate::support::{
    EMAIL, PASSWORD_HASH, account, address_key, cancel, ch, close, code_id, enrolled, moment, register,
    register_a_claimed_address, register_a_flooded_address, registered, registration_code, reinstate, rg,
    right_registration_code, start, suspend, verified, verify_email, wrong_registration_code,
};

fn registered_alone() -> AccountEvent {
    AccountEvent::Registered {
        registration: rg(1),
        email: Personal::plain(EMAIL.parse().expect("an address")),
        email_key: address_key(1),
        password: Verifier::plain(PASSWORD_HASH),
        locale: Locale::default(),
        expires_at: moment("2026-01-05T08:10:00.000Z"),
    }
}

#[test]
fn a_registration_mails_a_code_to_the_address() {
    account().when(register()).then([
        registered_alone().into(),
        event("code.requested")
            .with("challenge", ch(0))
            .with("purpose", "registration")
            .with("sign_in", absent())
            .with("channel", "email")
            .with("code_id", code_id(0))
            .with("send", 1)
            .with("message", "code")
            .with("expires_at", "2026-01-05T08:10:00.000Z"),
    ]);
}

#[test]
fn an_account_is_registered_once() {
    for past in [registered(), verified(), enrolled()] {
        account().given(past).when(register()).then_refused(AccountRefusal::AlreadyRegistered);
    }
}

/// Promise 2.
#[test]
fn the_right_code_is_recorded_once_the_address_is_claimed() {
    account()
        .given(registered())
        .when(right_registration_code())
        .then_nothing()
        .when(verify_email())
        .then([
            event("code.accepted").with("challenge", ch(0)).with("sign_in", absent()),
            event("account.email_verified").with("registration", rg(1)),
        ])
        .when(right_registration_code())
        .then_refused(AccountRefusal::AlreadyVerified);
}

/// Promise 2.
#[test]
fn verifying_again_records_nothing() {
    account().given(verified()).when(verify_email()).then_nothing();
}

#[test]
fn a_wrong_registration_code_is_a_fact() {
    account()
        .given(registered())
        .when(wrong_registration_code())
        .then([event("code.rejected").with("challenge", ch(0)).with("sign_in", absent())]);
}

#[test]
fn five_wrong_codes_end_a_registration() {
    account()
        .given(registered())
        .given(Past::nothing().times(5, |_| Past::of([wrong_registration_code()])))
        .when(right_registration_code())
        .then_refused(AccountRefusal::ChallengeExhausted);
}

#[test]
fn four_wrong_codes_do_not_end_a_registration() {
    account()
        .given(registered())
        .given(Past::nothing().times(4, |_| Past::of([wrong_registration_code()])))
        .when(right_registration_code())
        .then_nothing();
}

#[test]
fn a_registration_whose_code_was_never_asked_for_takes_none() {
    account()
        .given([registered_alone()])
        .when(right_registration_code())
        .then_refused(AccountRefusal::NoChallenge);
}

#[test]
fn a_registration_ends_after_ten_minutes() {
    account()
        .given(Past::of([register()]))
        .after(Span::millis(599_999))
        .when(right_registration_code())
        .then_nothing()
        .after(Span::millis(1))
        .when(right_registration_code())
        .then_refused(AccountRefusal::RegistrationExpired);
}

#[test]
fn a_code_that_was_compared_with_another_challenge_is_compared_again() {
    account()
        .given(registered())
        .when(registration_code(ch(7), true))
        .then_refused(AccountRefusal::StaleCheck);
}

/// Promise 8.
#[test]
fn registering_a_claimed_address_looks_like_any_other_registration() {
    account().when(register_a_claimed_address()).then([
        registered_alone().into(),
        event("code.requested")
            .with("challenge", ch(0))
            .with("purpose", "registration")
            .with("send", 1)
            .with("message", "already_registered")
            .with("expires_at", "2026-01-05T08:10:00.000Z"),
    ]);
}

/// Promise 8.
#[test]
fn no_code_fits_the_registration_of_a_claimed_address() {
    no_code_fits(register_a_claimed_address());
}

/// Promise 8.
#[test]
fn no_code_fits_a_registration_whose_message_is_withheld() {
    no_code_fits(register_a_flooded_address());
}

/// The right digits are counted and refused like wrong ones.
fn no_code_fits(register: AccountCommand) {
    account()
        .given(Past::of([register]))
        .when(right_registration_code())
        .then([event("code.rejected").with("challenge", ch(0))])
        .when(right_registration_code())
        .when(right_registration_code())
        .when(right_registration_code())
        .when(right_registration_code())
        .then([event("code.rejected").with("challenge", ch(0))])
        .when(right_registration_code())
        .then_refused(AccountRefusal::ChallengeExhausted);
}

/// Promise 1.
#[test]
fn an_unverified_account_cannot_be_signed_in_to() {
    account().given(registered()).when(start(1)).then_refused(AccountRefusal::NotVerified);
    account().when(start(1)).then_refused(AccountRefusal::NotVerified);
}

#[test]
fn operators_find_no_account_before_it_is_verified() {
    for past in [Past::nothing(), registered()] {
        for command in [suspend(), reinstate(), close()] {
            account().given(past.clone()).when(command).then_refused(AccountRefusal::NotVerified);
        }
        account().given(past).when(cancel(1)).then_refused(AccountRefusal::UnknownSignIn);
    }
}

#[test]
fn nothing_can_be_verified_before_it_is_registered() {
    for command in [right_registration_code(), verify_email()] {
        account().when(command).then_refused(AccountRefusal::NotVerified);
    }
}
