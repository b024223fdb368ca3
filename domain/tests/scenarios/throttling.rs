//! Failures in a row: one count an authenticator, which nothing resets but that authenticator's success.

use countersign_domain::account::{Account, AccountCommand, AccountRefusal};
use countersign_domain::kit::{Past, absent, event};
use countersign_domain::time::Span;
use countersign_domain::word::Authenticator;

use crate::support::{
    account, bc, ch, closed, dv, enrolled, enrolled_on_a_device, moment, registered, reinstate, right_code,
    right_code_keeping, sent, start, suspend, suspended, use_backup_code, wrong_backup_code,
    wrong_backup_codes, wrong_code, wrong_codes, wrong_password, wrong_passwords,
};

fn disabled(authenticator: Authenticator) -> AccountRefusal {
    AccountRefusal::AuthenticatorDisabled { authenticator }
}

/// Promise 7.
#[test]
fn after_five_failures_in_a_row_of_any_authenticator_attempts_have_to_wait() {
    let cases: [(&str, Past<Account>, AccountCommand, &str); 3] = [
        ("password", wrong_passwords(4), wrong_password(), "sign_in.password_rejected"),
        ("email_code", wrong_codes(2, 4).command(start(6)), wrong_code(6), "code.rejected"),
        (
            "backup_code",
            wrong_backup_codes(2, 4).command(start(6)),
            wrong_backup_code(6),
            "backup_code.rejected",
        ),
    ];
    for (authenticator, past, attempt, rejected) in cases {
        account().case(authenticator).given(enrolled()).given(past).when(attempt).then([
            event(rejected),
            event("authenticator.throttled")
                .with("authenticator", authenticator)
                .with("device", absent())
                .with("failures", 5)
                .with("until", "2026-01-05T13:02:50.000Z"),
        ]);
    }
}

/// Promise 12.
#[test]
fn while_attempts_have_to_wait_not_even_the_right_password_is_looked_at() {
    let until = moment("2026-01-05T13:02:50.000Z");
    account()
        .given(enrolled())
        .given(wrong_passwords(4).command(wrong_password()))
        .after(Span::millis(29_999))
        .when(start(2))
        .then_refused(AccountRefusal::Throttled { until })
        .when(wrong_password())
        .then_refused(AccountRefusal::Throttled { until })
        .after(Span::millis(1))
        .when(start(2))
        .then([event("sign_in.started"), event("code.requested")]);
}

/// Promise 8. Promise 12.
#[test]
fn a_password_that_could_not_be_accepted_is_not_worth_a_hash() {
    let cases = [
        ("an unverified account", registered(), Err(AccountRefusal::NotVerified)),
        ("a closed account", closed(), Err(AccountRefusal::Closed)),
        ("a disabled password", enrolled().and(wrong_passwords(60)), Err(disabled(Authenticator::Password))),
        ("a suspended account", suspended(), Ok(())),
        ("an active account", enrolled(), Ok(())),
    ];
    for (case, past, expected) in cases {
        account()
            .case(case)
            .given(past)
            .when(sent(ch(99), 1))
            .then_nothing()
            .then_state(|account, now| account.may_try_password(None, now), expected);
    }
}

#[test]
fn each_further_failure_doubles_the_wait_up_to_an_hour() {
    let mut scenario = account()
        .given(enrolled())
        .given(wrong_passwords(4))
        .when(wrong_password())
        .then([event("sign_in.password_rejected"), event("authenticator.throttled")]);
    for (failures, seconds) in (6..).zip([60, 120, 240, 480, 960, 1_920, 3_600, 3_600]) {
        let now = moment("2026-01-06T00:00:00.000Z") + Span::hours(failures);
        scenario = scenario.at(now).when(wrong_password()).then([
            event("sign_in.password_rejected"),
            event("authenticator.throttled")
                .with("failures", failures)
                .with("until", now + Span::seconds(seconds)),
        ]);
    }
}

/// Promise 7.
#[test]
fn the_success_of_an_authenticator_resets_its_own_count() {
    account()
        .given(enrolled())
        .given(wrong_passwords(4).command(start(2)))
        .when(wrong_password())
        .then([event("sign_in.password_rejected")]);
}

/// Promise 7.
#[test]
fn the_success_of_another_authenticator_resets_nothing() {
    account()
        .given(enrolled())
        .given(wrong_backup_codes(2, 4).and(Past::of([start(6), right_code(6), start(7)])))
        .when(wrong_backup_code(7))
        .then([event("backup_code.rejected"), event("authenticator.throttled").with("failures", 5)]);
    account()
        .given(enrolled())
        .given(wrong_codes(2, 4).and(Past::of([start(6), use_backup_code(bc(1), 6), start(7)])))
        .when(wrong_code(7))
        .then([event("code.rejected"), event("authenticator.throttled").with("failures", 5)]);
}

#[test]
fn no_code_is_mailed_once_mailed_codes_are_disabled() {
    account().given(enrolled()).given(wrong_codes(2, 60)).when(start(100)).then([event("sign_in.started")]);
}

#[test]
fn wrong_passwords_of_a_suspended_account_are_counted_like_any_other() {
    account()
        .given(enrolled())
        .given(Past::of([suspend()]))
        .given(wrong_passwords(4))
        .when(wrong_password())
        .then([
            event("sign_in.password_rejected").with("cause", "wrong"),
            event("authenticator.throttled").with("failures", 5),
        ]);
}

/// Promise 9.
#[test]
fn the_right_password_of_a_suspended_account_is_no_failure_and_opens_it_once_it_is_reinstated() {
    account()
        .given(enrolled())
        .given(Past::of([suspend()]).times(70, |n| Past::of([start(1 + n)])))
        .when(start(90))
        .then([event("sign_in.password_rejected").with("cause", "suspended")])
        .when(reinstate())
        .when(start(91))
        .then([event("sign_in.started"), event("code.requested")]);
}

#[test]
fn a_completed_sign_in_of_a_new_device_resets_no_count_of_backup_codes() {
    account()
        .given(enrolled_on_a_device())
        .given(wrong_backup_codes(2, 4).and(Past::of([start(10), right_code_keeping(dv(2), 10), start(11)])))
        .when(wrong_backup_code(11))
        .then([event("backup_code.rejected"), event("authenticator.throttled").with("failures", 5)]);
}
