//! Who lost the mailbox and the backup code both: an operator states another address, which becomes the account's

use countersign_domain::account::{Account, AccountCommand, AccountRefusal, CompleteRecovery};
use countersign_domain::kit::{Past, absent, event};
use countersign_domain::time::{Span, Timestamp};

use crate::support::{
    EMAIL, account, bc, cancel_by_mail, enrolled, issue_operator_code, issue_operator_code_with_address,
    mail_and_backup, oc, operator_and_backup, operator_and_mail, recover, recovering, request_recovery,
    request_recovery_with, si,
};

const NEW: &str = "ada@elsewhere.example";

/// An enrolled account whose operator code 1, with another address, has waited.
fn stated() -> Past<Account> {
    enrolled().command(issue_operator_code_with_address(1, NEW)).after(Span::hours(72))
}

/// The same, and recovery 2 was asked for with the code.
fn asked() -> Past<Account> {
    stated().command(request_recovery_with(oc(1), 2)).after(Span::minutes(1))
}

/// Reads the address that mail goes to.
fn address(account: &Account, _: Timestamp) -> Option<String> {
    account.person()?.holder.email.known().map(|email| email.as_str().to_owned())
}

#[test]
fn an_operator_states_another_address_together_with_the_code() {
    account()
        .given(enrolled())
        .when(issue_operator_code_with_address(1, NEW))
        .then([event("recovery.operator_code_issued").with("operator_code", oc(1))])
        .then_state(address, Some(EMAIL.to_owned()));
    account()
        .given(enrolled())
        .when(issue_operator_code_with_address(1, EMAIL))
        .then_refused(AccountRefusal::SameAddress);
}

#[test]
fn a_recovery_that_is_asked_for_with_the_code_names_it_and_any_other_does_not() {
    account()
        .given(stated())
        .when(request_recovery_with(oc(1), 2))
        .then([event("code.requested").with("operator_code", oc(1)).with("sign_in", si(2))]);
    account()
        .given(stated())
        .when(request_recovery(2))
        .then([event("code.requested").with("operator_code", absent())])
        .when(request_recovery_with(oc(7), 3))
        .then([event("code.requested").with("operator_code", absent())]);
}

#[test]
fn before_72_hours_and_after_7_days_the_code_changes_nothing() {
    let early = enrolled().command(issue_operator_code_with_address(1, NEW)).after(Span::hours(71));
    for past in [early, stated().after(Span::days(7))] {
        account()
            .given(past)
            .when(request_recovery_with(oc(1), 2))
            .then([event("code.requested").with("operator_code", absent())]);
    }
}

#[test]
fn operator_code_and_the_code_that_was_mailed_there_make_the_address_the_accounts() {
    account()
        .given(asked())
        .when(recover(2, operator_and_mail(Some(oc(1)), 2, true)))
        .then([
            event("recovery.operator_code_accepted"),
            event("code.accepted"),
            event("backup_code.issued").with("cause", "recovered"),
            event("account.password_changed"),
            event("account.sessions_revoked"),
            event("account.email_changed"),
            event("recovery.completed"),
        ])
        .then_state(address, Some(NEW.to_owned()));
}

/// Nothing but the operator's word binds that address to the account.
#[test]
fn the_code_that_was_mailed_there_counts_beside_its_own_operator_code_alone() {
    account()
        .given(asked())
        .when(recover(2, mail_and_backup(2, true, Some(bc(1)))))
        .then([event("code.rejected").with("sign_in", si(2))])
        .when(cancel_by_mail(1))
        .when(recover(2, mail_and_backup(2, true, Some(bc(1)))))
        .then([event("code.rejected")]);
    let another = Past::of([issue_operator_code(2)]).after(Span::hours(72));
    account()
        .given(asked().and(another))
        .when(recover(2, operator_and_mail(Some(oc(2)), 2, true)))
        .then_refused(AccountRefusal::ChallengeExpired);
}

#[test]
fn the_mailbox_of_before_and_the_backup_code_stay_what_they_were() {
    account()
        .given(stated().command(request_recovery(2)))
        .when(recover(2, operator_and_mail(Some(oc(1)), 2, true)))
        .then_state(address, Some(EMAIL.to_owned()));
    account()
        .given(stated().command(request_recovery(2)))
        .when(recover(2, mail_and_backup(2, true, Some(bc(1)))))
        .then_state(address, Some(EMAIL.to_owned()));
    account()
        .given(asked())
        .when(recover(2, operator_and_backup(Some(oc(1)), Some(bc(1)))))
        .then_state(address, Some(EMAIL.to_owned()));
}

#[test]
fn an_address_that_is_not_claimed_does_not_become_the_accounts() {
    let proofs = operator_and_mail(Some(oc(1)), 2, true);
    let unclaimed = CompleteRecovery { claimed: false, ..recovering(2, proofs) };
    account()
        .given(asked())
        .when(AccountCommand::CompleteRecovery(unclaimed))
        .then_refused(AccountRefusal::StaleCheck)
        .when(recover(2, proofs))
        .then_state(address, Some(NEW.to_owned()));
}

#[test]
fn who_has_no_operator_code_takes_the_place_of_no_recovery_that_was_asked_for_with_one() {
    account()
        .given(asked())
        .when(request_recovery(3))
        .then_refused(AccountRefusal::RecoveryUnderWay)
        .when(request_recovery_with(oc(1), 4))
        .then([event("code.requested").with("operator_code", oc(1))])
        .after(Span::minutes(10))
        .when(request_recovery(5))
        .then([event("code.requested")]);
    account()
        .given(asked().command(cancel_by_mail(1)))
        .when(request_recovery(3))
        .then([event("code.requested")]);
}

#[test]
fn who_cancels_ends_it_also_where_a_code_was_mailed_already() {
    account()
        .given(asked().command(cancel_by_mail(1)))
        .when(recover(2, operator_and_mail(Some(oc(1)), 2, true)))
        .then([event("recovery.operator_code_rejected")])
        .then_state(address, Some(EMAIL.to_owned()));
}
