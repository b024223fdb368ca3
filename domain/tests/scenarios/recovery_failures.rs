//! What goes wrong in a recovery: looked at in order, counted, and told to nobody

use countersign_domain::account::{AccountCommand, AccountRefusal, CompleteRecovery};
use countersign_domain::kit::{Past, event};
use countersign_domain::time::Span;
use countersign_domain::word::Authenticator;

use crate::support::{
    account, asked_with_operator_code, bc, complete_with_wrong_code, enrolled, issue_operator_code,
    mail_and_backup, oc, operator_and_backup, operator_and_mail, recover, recovered_without_a_backup_code,
    recovering, request_recovery, request_reset, right_code, si, start, start_checked_against,
    use_backup_code, wrong_backup_code, wrong_codes, wrong_password, wrong_passwords,
};

#[test]
fn what_stands_behind_a_wrong_proof_is_not_looked_at() {
    let cases = [
        ("a wrong operator code", operator_and_mail(None, 2, false), "recovery.operator_code_rejected"),
        ("beside a wrong backup code", operator_and_backup(None, None), "recovery.operator_code_rejected"),
        ("a wrong mailed code", mail_and_backup(2, false, None), "code.rejected"),
    ];
    for (name, proofs, rejected) in cases {
        account()
            .case(name)
            .given(asked_with_operator_code())
            .when(recover(2, proofs))
            .then([event(rejected).with("sign_in", si(2))]);
    }
}

/// Promise 2.
#[test]
fn a_right_proof_beside_a_wrong_one_stays_good() {
    let cases = [
        (operator_and_mail(Some(oc(1)), 2, false), "code.rejected"),
        (operator_and_backup(Some(oc(1)), None), "backup_code.rejected"),
        (mail_and_backup(2, true, None), "backup_code.rejected"),
    ];
    for (proofs, rejected) in cases {
        account()
            .case(rejected)
            .given(asked_with_operator_code())
            .when(recover(2, proofs))
            .then([event(rejected).with("sign_in", si(2))])
            .when(recover(2, operator_and_mail(Some(oc(1)), 2, true)))
            .then(recovered_without_a_backup_code());
    }
}

/// Promise 7.
#[test]
fn five_wrong_answers_of_any_kind_end_a_recovery() {
    let wrong = [
        recover(2, operator_and_mail(None, 2, true)),
        recover(2, operator_and_backup(Some(oc(1)), None)),
        recover(2, operator_and_mail(Some(oc(1)), 2, false)),
        recover(2, mail_and_backup(2, false, None)),
        recover(2, operator_and_backup(None, None)),
    ];
    account()
        .given(asked_with_operator_code().and(Past::of(wrong)))
        .when(recover(2, operator_and_mail(Some(oc(1)), 2, true)))
        .then_refused(AccountRefusal::ChallengeExhausted)
        .when(request_recovery(3))
        .when(recover(3, operator_and_mail(Some(oc(1)), 3, true)))
        .then(recovered_without_a_backup_code());
}

/// Promise 7.
#[test]
fn wrong_digits_of_recoveries_and_resets_close_no_door_to_sign_ins() {
    let one = |number: u32| {
        let (recovery, reset) = (10 + 2 * number, 11 + 2 * number);
        let wrong = [
            request_recovery(recovery),
            recover(recovery, mail_and_backup(recovery, false, Some(bc(1)))),
            request_reset(reset),
            complete_with_wrong_code(reset, bc(1)),
        ];
        Past::of(wrong).after(Span::hours(1))
    };
    account()
        .given(enrolled().times(60, one))
        .when(start(2))
        .then([event("sign_in.started"), event("code.requested")])
        .when(right_code(2))
        .then([event("code.accepted"), event("sign_in.signed_in")]);
}

#[test]
fn where_mailed_codes_are_disabled_a_recovery_goes_on_and_binds_them_anew() {
    for (name, proofs) in [
        ("mailed code", operator_and_mail(Some(oc(1)), 2, true)),
        ("backup code", operator_and_backup(Some(oc(1)), Some(bc(1)))),
    ] {
        account()
            .case(name)
            .given(enrolled())
            .given(wrong_codes(100, 60))
            .given(Past::of([issue_operator_code(1)]).after(Span::hours(72)))
            .when(start(3))
            .then([event("sign_in.started")])
            .when(request_recovery(2))
            .when(recover(2, proofs))
            .when(start_checked_against(2, 4))
            .then([event("sign_in.started"), event("code.requested")]);
    }
}

#[test]
fn a_recovery_binds_a_disabled_password_and_a_disabled_backup_code_anew() {
    let disabled = || {
        let start_wrong = |number| Past::of([start(number), wrong_backup_code(number)]).after(Span::hours(1));
        Past::nothing().times(60, |number| start_wrong(199 + number)).and(wrong_passwords(60))
    };
    account()
        .given(enrolled().and(disabled()))
        .when(wrong_password())
        .then_refused(AccountRefusal::AuthenticatorDisabled { authenticator: Authenticator::Password })
        .when(issue_operator_code(1))
        .after(Span::hours(72))
        .when(request_recovery(2))
        .when(recover(2, operator_and_mail(Some(oc(1)), 2, true)))
        .when(start_checked_against(2, 3))
        .when(use_backup_code(bc(2), 3))
        .then([event("backup_code.redeemed"), event("backup_code.issued")]);
}

#[test]
fn a_weak_password_is_told_only_to_who_proved_both_and_changes_nothing() {
    let weak = |proofs| {
        AccountCommand::CompleteRecovery(CompleteRecovery { password: None, ..recovering(2, proofs) })
    };
    account()
        .given(asked_with_operator_code())
        .when(weak(operator_and_mail(Some(oc(1)), 2, true)))
        .then_refused(AccountRefusal::UnsuitablePassword)
        .when(weak(operator_and_mail(Some(oc(1)), 2, false)))
        .then([event("code.rejected")]);
}
