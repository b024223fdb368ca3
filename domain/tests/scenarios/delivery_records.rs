//! What came of messages: each outcome is recorded once.

use countersign_domain::account::{
    Account, AccountCommand, AccountRefusal, CodeMessage, DeliveryFailure, Notice, Sending, SignIn,
};
use countersign_domain::kit::{Past, event};
use countersign_domain::policy;
use countersign_domain::time::Timestamp;

use crate::support::{
    account, at_gate_after, bc, cancel, ch, close, enrolled, not_sent, notice_sent, register, request_code,
    right_code, sent, si, start, verify_email,
};

/// The messages about which nothing is known yet.
fn unsettled(account: &Account, _: Timestamp) -> Vec<Sending> {
    account.unsettled().to_vec()
}

#[test]
fn a_code_that_left_is_recorded_once() {
    account()
        .given(enrolled())
        .given(Past::of([start(2)]))
        .when(sent(ch(2), 1))
        .then([event("code.sent").with("challenge", ch(2)).with("send", 1)])
        .when(sent(ch(2), 1))
        .then_nothing()
        .when(not_sent(ch(2), 1, DeliveryFailure::Expired))
        .then_nothing();
}

#[test]
fn a_code_that_will_not_leave_is_recorded_once_with_the_cause() {
    let causes = [
        (DeliveryFailure::Expired, "expired"),
        (DeliveryFailure::Unknown, "unknown"),
        (DeliveryFailure::Refused, "refused"),
        (DeliveryFailure::TooMany, "too_many"),
    ];
    for (cause, stored) in causes {
        account()
            .given(enrolled())
            .given(Past::of([start(2)]))
            .when(not_sent(ch(2), 1, cause))
            .then([event("code.delivery_failed")
                .with("challenge", ch(2))
                .with("send", 1)
                .with("reason", stored)])
            .when(not_sent(ch(2), 1, cause))
            .then_nothing()
            .when(sent(ch(2), 1))
            .then_nothing();
    }
}

#[test]
fn each_sending_of_a_code_has_its_own_outcome() {
    account()
        .given(enrolled())
        .given(Past::of([start(2)]).after(policy::RESEND_WAIT.value).command(request_code(2, 20)))
        .when(sent(ch(2), 2))
        .then([event("code.sent").with("send", 2)])
        .when(sent(ch(2), 1))
        .then([event("code.sent").with("send", 1)]);
}

#[test]
fn a_message_whose_code_was_accepted_left_whatever_is_known_of_it() {
    for cause in [DeliveryFailure::Expired, DeliveryFailure::Unknown, DeliveryFailure::Refused] {
        account()
            .given(enrolled())
            .given(Past::of([start(2), right_code(2)]))
            .when(not_sent(ch(2), 1, cause))
            .then([event("code.sent").with("challenge", ch(2)).with("send", 1)])
            .when(not_sent(ch(2), 1, cause))
            .then_nothing();
    }
    account()
        .given(Past::of([register(), verify_email()]))
        .when(not_sent(ch(0), 1, DeliveryFailure::Expired))
        .then([event("code.sent").with("challenge", ch(0))]);
}

/// The code of sign-in 2, asked for twice; what became of the first message; and then it is accepted.
fn asked_for_twice(first: Option<AccountCommand>) -> Past<Account> {
    let past = Past::of([start(2)]).after(policy::RESEND_WAIT.value).command(request_code(2, 20));
    first.into_iter().fold(past, Past::command).command(right_code(2))
}

#[test]
fn a_code_that_was_sent_before_does_not_tell_that_it_was_sent_again() {
    for first in [sent(ch(2), 1), not_sent(ch(2), 1, DeliveryFailure::Unknown)] {
        account()
            .given(enrolled())
            .given(asked_for_twice(Some(first)))
            .when(not_sent(ch(2), 2, DeliveryFailure::Expired))
            .then([event("code.delivery_failed").with("send", 2).with("reason", "expired")]);
    }
}

#[test]
fn of_two_messages_with_an_accepted_code_the_one_that_is_left_must_have_brought_it() {
    account()
        .given(enrolled())
        .given(asked_for_twice(Some(not_sent(ch(2), 1, DeliveryFailure::Refused))))
        .when(not_sent(ch(2), 2, DeliveryFailure::Expired))
        .then([event("code.sent").with("send", 2)]);
    account()
        .given(enrolled())
        .given(asked_for_twice(None))
        .when(not_sent(ch(2), 1, DeliveryFailure::Expired))
        .then([event("code.delivery_failed").with("send", 1).with("reason", "expired")])
        .when(not_sent(ch(2), 2, DeliveryFailure::Unknown))
        .then([event("code.sent").with("send", 2)]);
}

#[test]
fn of_two_messages_that_may_have_brought_an_accepted_code_none_is_said_to_have() {
    account()
        .given(enrolled())
        .given(asked_for_twice(None))
        .when(not_sent(ch(2), 1, DeliveryFailure::Unknown))
        .then([event("code.delivery_failed").with("send", 1).with("reason", "unknown")])
        .when(not_sent(ch(2), 2, DeliveryFailure::Unknown))
        .then([event("code.delivery_failed").with("send", 2).with("reason", "unknown")]);
}

#[test]
fn a_message_that_was_withheld_did_not_leave_whatever_was_accepted() {
    account()
        .given(enrolled())
        .given(Past::of([start(2), right_code(2)]))
        .when(not_sent(ch(2), 1, DeliveryFailure::TooMany))
        .then([event("code.delivery_failed").with("reason", "too_many")]);
}

/// An account that so many sign-in codes were mailed to within the last hour.
fn mailed(codes: u32) -> Past<Account> {
    let begun_and_given_up = |number| Past::of([start(10 + number), cancel(10 + number)]);
    enrolled().after(policy::SIGN_IN_MAIL_WINDOW.value).times(codes, begun_and_given_up)
}

/// What the message of sign-in 3 said that its code is judged by.
fn message(account: &Account, _: Timestamp) -> Option<CodeMessage> {
    account.sign_in(si(3)).and_then(SignIn::challenge).map(|challenge| challenge.message)
}

#[test]
fn a_code_above_the_limit_of_an_hour_is_withheld_and_none_fits() {
    account()
        .given(mailed(policy::SIGN_IN_MAIL_PER_HOUR.value))
        .when(start(3))
        .then([event("sign_in.started"), event("code.requested").with("message", "withheld")])
        .when(right_code(3))
        .then([event("code.rejected").with("challenge", ch(3))]);
}

#[test]
fn a_code_is_mailed_again_when_the_hour_is_over() {
    account()
        .given(mailed(policy::SIGN_IN_MAIL_PER_HOUR.value).after(policy::SIGN_IN_MAIL_WINDOW.value))
        .when(start(4))
        .then([event("sign_in.started"), event("code.requested").with("message", "code")]);
}

#[test]
fn a_code_that_was_mailed_fits_although_it_is_not_mailed_again() {
    account()
        .given(mailed(policy::SIGN_IN_MAIL_PER_HOUR.value - 1))
        .given(Past::of([start(3)]).after(policy::RESEND_WAIT.value))
        .when(request_code(3, 30))
        .then([event("code.requested").with("send", 2).with("message", "withheld")])
        .then_state(message, Some(CodeMessage::Code));
}

#[test]
fn a_message_that_was_never_asked_for_has_no_outcome() {
    account()
        .given(enrolled())
        .when(sent(ch(77), 1))
        .then_nothing()
        .when(not_sent(ch(77), 1, DeliveryFailure::Refused))
        .then_nothing();
    account().when(sent(ch(0), 1)).then_nothing();
}

#[test]
fn a_message_keeps_its_place_until_its_outcome_is_known() {
    account()
        .given(Past::of([register(), verify_email(), start(1), right_code(1)]))
        .when(sent(ch(1), 1))
        .then([event("code.sent")])
        .then_state(unsettled, vec![Sending { challenge: ch(0), send: 1, used: true }])
        .when(sent(ch(0), 1))
        .then([event("code.sent")])
        .then_state(unsettled, vec![]);
}

#[test]
fn an_outcome_is_recorded_whatever_became_of_the_sign_in_or_the_account() {
    for end in [cancel(2), right_code(2), close()] {
        account()
            .given(enrolled())
            .given(Past::of([start(2), end]))
            .when(sent(ch(2), 1))
            .then([event("code.sent").with("challenge", ch(2))]);
    }
}

#[test]
fn a_code_is_right_whether_or_not_its_message_is_known_to_have_left() {
    account()
        .given(enrolled())
        .given(Past::of([start(2), not_sent(ch(2), 1, DeliveryFailure::Refused)]))
        .when(right_code(2))
        .then([event("code.accepted"), event("sign_in.signed_in")]);
}

#[test]
fn a_notice_about_a_backup_code_is_recorded_once() {
    for (notice, stored) in [
        (Notice::BackupCodeRedeemed, "backup_code_redeemed"),
        (Notice::BackupCodeReplaced, "backup_code_replaced"),
    ] {
        account()
            .given(enrolled())
            .given(at_gate_after(bc(1), 2))
            .when(notice_sent(notice, bc(1)))
            .then([event("notice.sent").with("notice", stored).with("backup_code", bc(1))])
            .when(notice_sent(notice, bc(1)))
            .then_nothing();
    }
}

#[test]
fn of_one_backup_code_a_person_is_told_that_it_was_replaced_and_that_it_was_used() {
    account()
        .given(enrolled())
        .given(at_gate_after(bc(1), 2))
        .when(notice_sent(Notice::BackupCodeReplaced, bc(2)))
        .then([event("notice.sent").with("notice", "backup_code_replaced")])
        .when(notice_sent(Notice::BackupCodeRedeemed, bc(2)))
        .then([event("notice.sent").with("notice", "backup_code_redeemed")]);
}

#[test]
fn there_are_no_notices_before_an_account_is_verified() {
    account()
        .given(Past::of([register()]))
        .when(notice_sent(Notice::BackupCodeRedeemed, bc(1)))
        .then_refused(AccountRefusal::NotVerified);
}
