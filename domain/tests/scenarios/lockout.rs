//! Budgets of failures: a stranger closes the door to strangers only.

use countersign_domain::account::{AccountRefusal, SignInState};
use countersign_domain::kit::{Past, absent, event};
use countersign_domain::time::Span;
use countersign_domain::word::Authenticator;

use crate::support::{
    account, bc, dv, enrolled, enrolled_on_a_device, known_device, request_code, right_code, si,
    signed_in_on, start, start_on, state_of, use_backup_code, wrong_backup_code, wrong_backup_codes,
    wrong_codes, wrong_password, wrong_password_on, wrong_passwords, wrong_passwords_on,
};

fn disabled(authenticator: Authenticator) -> AccountRefusal {
    AccountRefusal::AuthenticatorDisabled { authenticator }
}

#[test]
fn sixty_failures_in_a_row_shut_unknown_devices_out() {
    account()
        .given(enrolled())
        .given(wrong_passwords(59))
        .when(wrong_password())
        .then([
            event("sign_in.password_rejected"),
            event("authenticator.disabled")
                .with("authenticator", "password")
                .with("device", absent())
                .with("failures", 60),
        ])
        .after(Span::days(365))
        .when(start(2))
        .then_refused(disabled(Authenticator::Password));
}

#[test]
fn ten_failures_in_a_row_shut_a_known_device_out() {
    account()
        .given(enrolled_on_a_device())
        .given(wrong_passwords_on(known_device(), 9))
        .when(wrong_password_on(known_device()))
        .then([
            event("sign_in.password_rejected").with("device", known_device()),
            event("authenticator.disabled").with("device", known_device()).with("failures", 10),
        ])
        .after(Span::days(365))
        .when(start_on(known_device(), 2))
        .then_refused(disabled(Authenticator::Password));
}

#[test]
fn a_stranger_cannot_lock_the_owner_out_of_a_known_device() {
    account()
        .given(enrolled_on_a_device())
        .given(wrong_passwords(60))
        .when(start(2))
        .then_refused(disabled(Authenticator::Password))
        .when(start_on(known_device(), 2))
        .then([event("sign_in.started").with("device", known_device()), event("code.requested")])
        .when(right_code(2))
        .then([event("code.accepted"), event("sign_in.signed_in")]);
}

#[test]
fn a_stranger_does_not_make_a_known_device_wait() {
    account()
        .given(enrolled_on_a_device())
        .given(wrong_passwords(9).command(wrong_password()))
        .when(start(2))
        .then_refused_matching(|refusal| matches!(refusal, AccountRefusal::Throttled { .. }))
        .when(start_on(known_device(), 2))
        .then([event("sign_in.started"), event("code.requested")]);
}

#[test]
fn a_device_that_nobody_knows_is_a_stranger() {
    account().given(enrolled_on_a_device()).given(wrong_passwords(4)).when(wrong_password_on(dv(9))).then([
        event("sign_in.password_rejected").with("device", absent()),
        event("authenticator.throttled").with("device", absent()).with("failures", 5),
    ]);
}

#[test]
fn the_owners_success_on_a_known_device_opens_the_door_for_unknown_ones_again() {
    account()
        .given(enrolled_on_a_device())
        .given(wrong_passwords(60))
        .when(start_on(known_device(), 2))
        .when(start(3))
        .then([event("sign_in.started").with("device", absent()), event("code.requested")]);
}

/// Promise 1.
#[test]
fn an_authenticator_that_is_shut_out_ends_the_sign_ins_that_come_from_there() {
    account()
        .given(enrolled())
        .given(wrong_backup_codes(2, 59).and(Past::of([start(70), start(71)])))
        .when(wrong_backup_code(70))
        .then([
            event("backup_code.rejected").with("sign_in", si(70)),
            event("authenticator.disabled").with("authenticator", "backup_code").with("failures", 60),
            event("sign_in.denied").with("sign_in", si(70)).with("cause", "authenticator_disabled"),
            event("sign_in.denied").with("sign_in", si(71)),
        ])
        .when(right_code(71))
        .then_refused(AccountRefusal::WrongState { state: SignInState::Denied });
}

#[test]
fn an_authenticator_that_is_shut_out_leaves_the_sign_ins_of_known_devices() {
    account()
        .given(enrolled_on_a_device())
        .given(wrong_backup_codes(2, 59).and(Past::of([start(70), start_on(known_device(), 71)])))
        .when(wrong_backup_code(70))
        .when(right_code(71))
        .then([event("code.accepted"), event("sign_in.signed_in")])
        .then_state(state_of(70), Some(SignInState::Denied));
}

#[test]
fn where_mailed_codes_are_shut_out_the_backup_code_still_works() {
    account()
        .given(enrolled())
        .given(wrong_codes(2, 60).command(start(70)))
        .when(right_code(70))
        .then_refused(disabled(Authenticator::EmailCode))
        .when(request_code(70, 99))
        .then_refused(disabled(Authenticator::EmailCode))
        .when(use_backup_code(bc(1), 70))
        .then([event("backup_code.redeemed"), event("backup_code.issued")]);
}

#[test]
fn where_backup_codes_are_shut_out_the_mailed_code_still_works() {
    account()
        .given(enrolled())
        .given(wrong_backup_codes(2, 60).command(start(70)))
        .when(use_backup_code(bc(1), 70))
        .then_refused(disabled(Authenticator::BackupCode))
        .when(right_code(70))
        .then([event("code.accepted"), event("sign_in.signed_in")]);
}

/// Promise 7.
#[test]
fn a_device_that_is_forgotten_leaves_its_failures_to_the_unknown_ones() {
    let fails_on_1 = |n| Past::of([start_on(dv(1), 1 + n), wrong_backup_code(1 + n)]).after(Span::hours(1));
    let four_newer = Past::nothing().times(4, |n| signed_in_on(dv(1 + n), 10 + n));
    account()
        .given(enrolled_on_a_device())
        .given(Past::nothing().times(4, fails_on_1).and(four_newer).command(start(20)))
        .when(wrong_backup_code(20))
        .then([
            event("backup_code.rejected"),
            event("authenticator.throttled")
                .with("authenticator", "backup_code")
                .with("device", absent())
                .with("failures", 5),
        ]);
}

/// Promise 7.
#[test]
fn the_pending_sign_in_of_a_forgotten_device_counts_with_the_unknown_ones() {
    let begun_on_1 = Past::of([start_on(dv(1), 2)]);
    let four_newer = Past::nothing().times(4, |n| signed_in_on(dv(1 + n), 10 + n));
    account()
        .given(enrolled_on_a_device())
        .given(wrong_backup_codes(30, 4).and(begun_on_1).and(four_newer))
        .when(wrong_backup_code(2))
        .then([
            event("backup_code.rejected"),
            event("authenticator.throttled").with("device", absent()).with("failures", 5),
        ]);
}

/// Promise 7.
#[test]
fn a_hundred_failures_in_a_row_shut_every_device_out() {
    let ten_on = |device: u32| {
        let one =
            move |n| Past::of([start_on(dv(device), 100 * device + n), wrong_backup_code(100 * device + n)]);
        Past::nothing().times(10, move |n| one(n).after(Span::hours(1)))
    };
    let newer = |device: u32| signed_in_on(dv(device), 1_000 + device);
    let known = Past::nothing().and(newer(2)).and(newer(3)).and(newer(4));
    let ten_each = Past::nothing().times(4, ten_on);
    account()
        .given(enrolled_on_a_device())
        .given(known.and(ten_each).and(wrong_backup_codes(700, 59)))
        .given(newer(5).and(newer(6)))
        .given(Past::of([start_on(dv(5), 801), start_on(dv(6), 802)]))
        .when(wrong_backup_code(801))
        .then([
            event("backup_code.rejected"),
            event("authenticator.disabled").with("device", dv(5)).with("failures", 1),
            event("sign_in.denied").with("sign_in", si(801)),
        ])
        .when(use_backup_code(bc(1), 802))
        .then_refused(disabled(Authenticator::BackupCode));
}
