//! Devices that completed a sign-in before: they are known, and have a budget of failures of their own.

use countersign_domain::account::Account;
use countersign_domain::kit::{Past, absent, event, partial};
use countersign_domain::time::Timestamp;
use serde_json::json;

use crate::support::{
    account, at_first_gate, bc, confirm_keeping, dv, enrolled, enrolled_on_a_device, known_device,
    right_code_keeping, signed_in_on, start, start_on, verified,
};

#[test]
fn a_device_is_known_from_its_first_completed_sign_in_on() {
    account()
        .given(verified())
        .given(at_first_gate(1))
        .when(confirm_keeping(dv(1), bc(1), 1))
        .then([
            event("backup_code.save_confirmed"),
            event("sign_in.signed_in").with("device", partial(json!({ "id": dv(1) }))),
        ])
        .when(start_on(dv(1), 2))
        .then([event("sign_in.started").with("device", dv(1)), event("code.requested")]);
}

#[test]
fn a_device_is_known_from_a_sign_in_by_mailed_code_on() {
    account().given(enrolled()).given(Past::of([start(2)])).when(right_code_keeping(dv(2), 2)).then([
        event("code.accepted"),
        event("sign_in.signed_in").with("device", partial(json!({ "id": dv(2) }))),
    ]);
}

#[test]
fn a_known_device_is_not_made_known_again() {
    account()
        .given(enrolled_on_a_device())
        .given(Past::of([start_on(known_device(), 2)]))
        .when(right_code_keeping(dv(2), 2))
        .then([event("code.accepted"), event("sign_in.signed_in").with("device", absent())]);
}

#[test]
fn a_device_that_the_account_does_not_know_is_none() {
    account()
        .given(enrolled_on_a_device())
        .when(start_on(dv(9), 2))
        .then([event("sign_in.started").with("device", absent()), event("code.requested")]);
}

#[test]
fn a_sign_in_that_was_not_completed_makes_no_device_known() {
    account()
        .given(verified())
        .given(Past::of([start(1), right_code_keeping(dv(1), 1)]))
        .when(start_on(dv(1), 2))
        .then([event("sign_in.started").with("device", absent()), event("code.requested")]);
}

/// Promise 12.
#[test]
fn the_four_newest_devices_are_known() {
    let known = |account: &Account, _: Timestamp| {
        account.person().map(|person| person.devices.iter().map(|device| device.id).collect::<Vec<_>>())
    };
    account()
        .given(enrolled_on_a_device())
        .given(Past::nothing().times(3, |n| signed_in_on(dv(1 + n), 1 + n)))
        .given(Past::of([start(9)]))
        .when(right_code_keeping(dv(5), 9))
        .then([event("code.accepted"), event("sign_in.signed_in")])
        .then_state(known, Some(vec![dv(2), dv(3), dv(4), dv(5)]))
        .when(start_on(dv(1), 10))
        .then([event("sign_in.started").with("device", absent()), event("code.requested")]);
}
