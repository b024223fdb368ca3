//! A recovery: two proofs of mailed code, backup code and operator code bind the account anew

use countersign_domain::account::{Account, AccountRefusal, Notice, RecoveryProofs, SignInState};
use countersign_domain::id::BackupCodeId;
use countersign_domain::kit::{Past, event};
use countersign_domain::time::{Span, Timestamp};
use serde_json::json;

use crate::support::{
    account, asked_with_operator_code, bc, cancel, ch, closed, complete_reset, confirm, enrolled,
    issue_operator_code, mail_and_backup, notice_sent_about, oc, operator_and_backup, operator_and_mail,
    recover, recovered_without_a_backup_code, registered, reissue, request_recovery, request_reset,
    right_code, si, ss, start, start_checked_against, state_of, suspended, use_backup_code, verified,
    with_operator_code,
};

/// An enrolled account for which recovery 2 was asked for a minute ago.
fn asked() -> Past<Account> {
    enrolled().command(request_recovery(2)).after(Span::minutes(1))
}

/// Every two proofs that are enough, where all are right.
fn each_two() -> [(&'static str, RecoveryProofs); 3] {
    [
        ("mailed code and backup code", mail_and_backup(2, true, Some(bc(1)))),
        ("operator code and mailed code", operator_and_mail(Some(oc(1)), 2, true)),
        ("operator code and backup code", operator_and_backup(Some(oc(1)), Some(bc(1)))),
    ]
}

/// Reads which backup codes could be redeemed.
fn comparable(account: &Account, _: Timestamp) -> Option<Vec<BackupCodeId>> {
    account.person().map(|person| person.backup_codes.comparable().map(|code| code.id).collect())
}

#[test]
fn a_recovery_mails_a_code() {
    account().given(enrolled()).when(request_recovery(2)).then([event("code.requested")
        .with("purpose", "recovery")
        .with("sign_in", si(2))
        .with("challenge", ch(2))
        .with("message", "code")
        .with("send", 1)]);
}

/// Promise 3.
#[test]
fn mailed_code_and_backup_code_recover_without_an_operator() {
    account()
        .given(asked())
        .when(recover(2, mail_and_backup(2, true, Some(bc(1)))))
        .then([
            event("code.accepted").with("challenge", ch(2)).with("sign_in", si(2)),
            event("backup_code.redeemed").with("backup_code", bc(1)).with("sign_in", si(2)),
            event("backup_code.issued")
                .with("supersedes", bc(1))
                .with("cause", "redeemed")
                .with("aal", "aal2"),
            event("account.password_changed").with("cause", "recovery"),
            event("account.sessions_revoked").with("generation", 1),
            event("recovery.completed")
                .with("sign_in", si(2))
                .with("proofs", json!(["email_code", "backup_code"])),
        ])
        .then_state(state_of(2), Some(SignInState::SaveRequired))
        .when(confirm(bc(2), 2))
        .then([
            event("backup_code.save_confirmed"),
            event("sign_in.signed_in")
                .with("amr", json!(["otp", "email"]))
                .with("aal", "aal1")
                .with("generation", 1),
        ]);
}

#[test]
fn who_lost_the_backup_code_recovers_with_operator_code_and_mailed_code() {
    account()
        .given(asked_with_operator_code())
        .when(recover(2, operator_and_mail(Some(oc(1)), 2, true)))
        .then([
            event("recovery.operator_code_accepted").with("operator_code", oc(1)).with("sign_in", si(2)),
            event("code.accepted").with("challenge", ch(2)),
            event("backup_code.issued")
                .with("supersedes", bc(1))
                .with("cause", "recovered")
                .with("aal", "aal1"),
            event("account.password_changed").with("cause", "recovery"),
            event("account.sessions_revoked"),
            event("recovery.completed").with("proofs", json!(["operator_code", "email_code"])),
        ])
        .when(confirm(bc(2), 2))
        .then([
            event("backup_code.save_confirmed"),
            event("sign_in.signed_in").with("amr", json!(["email"])).with("aal", "aal1"),
        ]);
}

#[test]
fn who_lost_the_mailbox_recovers_with_operator_code_and_backup_code() {
    account()
        .given(asked_with_operator_code())
        .when(recover(2, operator_and_backup(Some(oc(1)), Some(bc(1)))))
        .then([
            event("recovery.operator_code_accepted"),
            event("backup_code.redeemed").with("backup_code", bc(1)),
            event("backup_code.issued").with("cause", "redeemed"),
            event("account.password_changed"),
            event("account.sessions_revoked"),
            event("recovery.completed").with("proofs", json!(["operator_code", "backup_code"])),
        ])
        .when(confirm(bc(2), 2))
        .then([
            event("backup_code.save_confirmed"),
            event("sign_in.signed_in").with("amr", json!(["otp"])).with("aal", "aal1"),
        ]);
}

/// Promise 1.
#[test]
fn a_recovery_grants_no_session_before_its_backup_code_is_saved() {
    for (name, proofs) in each_two() {
        account()
            .case(name)
            .given(asked_with_operator_code())
            .when(recover(2, proofs))
            .then_state(state_of(2), Some(SignInState::SaveRequired))
            .when(right_code(2))
            .then_refused(AccountRefusal::WrongState { state: SignInState::SaveRequired })
            .when(confirm(bc(1), 2))
            .then_refused(AccountRefusal::BackupCodeSuperseded);
    }
}

/// Promise 1.
#[test]
fn a_recovery_ends_every_session_and_every_sign_in_that_is_pending_but_its_own() {
    let pending = Past::of([start(3), start(4), use_backup_code(bc(1), 4)]);
    let past = enrolled().and(pending).command(request_recovery(2));
    account()
        .given(past)
        .when(recover(2, mail_and_backup(2, true, Some(bc(4)))))
        .then([
            event("code.accepted"),
            event("backup_code.redeemed"),
            event("backup_code.issued"),
            event("account.password_changed"),
            event("sign_in.denied").with("sign_in", si(3)).with("cause", "password_changed"),
            event("sign_in.denied").with("sign_in", si(4)),
            event("account.sessions_revoked"),
            event("recovery.completed"),
        ])
        .then_state(|account: &Account, _| account.person().map(|person| person.honours(ss(1))), Some(false))
        .then_state(state_of(2), Some(SignInState::SaveRequired))
        .when(start_checked_against(1, 5))
        .then_refused(AccountRefusal::StaleCheck);
}

#[test]
fn what_was_lost_is_void_from_the_recovery_on() {
    let lost = || asked_with_operator_code().command(recover(2, operator_and_mail(Some(oc(1)), 2, true)));
    account()
        .given(lost())
        .when(start_checked_against(2, 5))
        .then_state(comparable, Some(vec![bc(2)]))
        .when(use_backup_code(bc(1), 5))
        .then([event("backup_code.rejected")]);
}

#[test]
fn a_recovery_voids_the_operator_code_also_where_it_was_not_used() {
    account()
        .given(asked_with_operator_code().command(recover(2, mail_and_backup(2, true, Some(bc(1))))))
        .when(request_recovery(3))
        .when(recover(3, operator_and_mail(Some(oc(1)), 3, true)))
        .then([event("recovery.operator_code_rejected").with("sign_in", si(3))]);
}

/// Promise 9.
#[test]
fn who_lost_the_reply_of_a_recovery_gets_to_the_gate_again() {
    let reopened = [event("backup_code.gate_reopened").with("took_over", si(2)), event("backup_code.issued")];
    let recovered = |proofs| asked_with_operator_code().command(recover(2, proofs));
    account()
        .given(recovered(operator_and_backup(Some(oc(1)), Some(bc(1)))))
        .when(start_checked_against(2, 3))
        .when(use_backup_code(bc(1), 3))
        .then(reopened)
        .then_state(state_of(2), Some(SignInState::Cancelled));
    account()
        .given(recovered(operator_and_mail(Some(oc(1)), 2, true)))
        .when(start_checked_against(2, 3))
        .when(right_code(3))
        .then([event("code.accepted"), event("backup_code.issued").with("cause", "gate")]);
}

#[test]
fn at_the_gate_a_recovery_is_a_sign_in() {
    let recovered = || asked().command(recover(2, mail_and_backup(2, true, Some(bc(1)))));
    account()
        .given(recovered())
        .when(reissue(2, bc(7)))
        .then([event("backup_code.issued").with("sign_in", si(2))]);
    account().given(recovered()).when(cancel(2)).then([event("sign_in.cancelled")]);
    account()
        .given(recovered().after(Span::minutes(30)))
        .when(confirm(bc(2), 2))
        .then_refused(AccountRefusal::SignInExpired);
}

/// Promise 2.
#[test]
fn a_recovery_is_completed_once() {
    for (name, proofs) in each_two() {
        account()
            .case(name)
            .given(asked_with_operator_code().command(recover(2, proofs)))
            .when(recover(2, proofs))
            .then_refused(AccountRefusal::NoRecovery);
    }
}

/// Promise 2.
#[test]
fn a_newer_recovery_takes_the_place_of_an_older_one_and_a_reset_of_neither() {
    account()
        .given(asked().command(request_recovery(3)).command(request_reset(4)))
        .when(recover(2, mail_and_backup(2, true, Some(bc(1)))))
        .then_refused(AccountRefusal::NoRecovery)
        .when(recover(4, mail_and_backup(4, true, Some(bc(1)))))
        .then_refused(AccountRefusal::NoRecovery)
        .when(recover(3, mail_and_backup(4, true, Some(bc(1)))))
        .then_refused(AccountRefusal::StaleCheck)
        .when(recover(3, mail_and_backup(3, false, Some(bc(1)))))
        .then([event("code.rejected").with("challenge", ch(3))]);
}

#[test]
fn a_chosen_password_ends_what_was_asked_for_before() {
    account()
        .given(asked().command(request_reset(3)).command(complete_reset(3, bc(1))))
        .when(recover(2, mail_and_backup(2, true, Some(bc(3)))))
        .then_refused(AccountRefusal::NoRecovery);
    account()
        .given(asked().command(request_reset(3)))
        .when(recover(2, mail_and_backup(2, true, Some(bc(1)))))
        .when(complete_reset(3, bc(2)))
        .then_refused(AccountRefusal::NoReset);
}

#[test]
fn a_recovery_lives_as_long_as_its_code_whatever_is_proven() {
    for (name, proofs) in each_two() {
        account()
            .case(name)
            .given(with_operator_code().command(request_recovery(2)).after(Span::minutes(10)))
            .when(recover(2, proofs))
            .then_refused(AccountRefusal::ChallengeExpired);
    }
}

/// Promise 8.
#[test]
fn only_an_active_account_is_recovered() {
    let cases = [
        ("unverified", registered(), AccountRefusal::NotVerified),
        ("suspended", suspended(), AccountRefusal::Suspended),
        ("closed", closed(), AccountRefusal::Closed),
    ];
    for (name, past, refusal) in cases {
        account()
            .case(name)
            .given(past)
            .when(request_recovery(2))
            .then_refused(refusal.clone())
            .when(recover(2, mail_and_backup(2, true, Some(bc(1)))))
            .then_refused(refusal);
    }
}

#[test]
fn who_never_saved_a_backup_code_recovers_with_an_operator_code() {
    account()
        .given(verified().command(issue_operator_code(1)).after(Span::hours(72)).command(request_recovery(2)))
        .when(recover(2, operator_and_mail(Some(oc(1)), 2, true)))
        .then(recovered_without_a_backup_code());
}

#[test]
fn that_an_account_was_recovered_is_told_once() {
    let told = || notice_sent_about(Notice::AccountRecovered, 14);
    account()
        .given(asked().command(recover(2, mail_and_backup(2, true, Some(bc(1))))))
        .when(told())
        .then([event("notice.sent").with("notice", "account_recovered").with("about", 14)])
        .when(told())
        .then_nothing();
}
