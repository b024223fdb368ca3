//! Operator codes: a recovery that an operator prepares waits for three days, and can be cancelled

use countersign_domain::account::{Account, AccountRefusal};
use countersign_domain::kit::{Past, absent, event};
use countersign_domain::time::{Span, Timestamp};

use crate::support::{
    account, bc, cancel_as_operator, cancel_by_mail, cancel_in_session, close, closed, complete_reset,
    enrolled, issue_operator_code, oc, operator_and_mail, recover, registered, reinstate, request_recovery,
    request_reset, si, ss, suspend, suspended, with_operator_code,
};

/// Reads whether an operator code waits to be used.
fn pending(account: &Account, now: Timestamp) -> Option<bool> {
    account.person().map(|person| person.pending_operator_code(now).is_some())
}

/// An enrolled account whose operator code 1 has waited, and recovery 2.
fn asked() -> Past<Account> {
    with_operator_code().command(request_recovery(2))
}

#[test]
fn an_operator_code_is_valid_after_72_hours_for_7_days() {
    account().given(enrolled()).when(issue_operator_code(1)).then([event("recovery.operator_code_issued")
        .with("operator_code", oc(1))
        .with("valid_from", "2026-01-08T09:02:20.000Z")
        .with("expires_at", "2026-01-15T09:02:20.000Z")]);
}

#[test]
fn before_its_time_a_right_operator_code_is_rejected_that_is_recorded_and_nothing_is_lost() {
    let early = enrolled().command(issue_operator_code(1)).after(Span::millis(72 * 3_600_000 - 1));
    account()
        .given(early.command(request_recovery(2)))
        .when(recover(2, operator_and_mail(Some(oc(1)), 2, true)))
        .then([event("recovery.operator_code_rejected").with("sign_in", si(2)).with("cause", "too_early")])
        .after(Span::millis(1))
        .when(recover(2, operator_and_mail(Some(oc(1)), 2, true)))
        .then([
            event("recovery.operator_code_accepted"),
            event("code.accepted"),
            event("backup_code.issued"),
            event("account.password_changed"),
            event("account.sessions_revoked"),
            event("recovery.completed"),
        ]);
}

#[test]
fn behind_its_time_an_operator_code_is_rejected_and_does_not_wait_any_more() {
    account()
        .given(with_operator_code().after(Span::days(7)))
        .given(Past::of([request_recovery(2)]))
        .when(recover(2, operator_and_mail(Some(oc(1)), 2, true)))
        .then([event("recovery.operator_code_rejected").with("cause", "expired")])
        .then_state(pending, Some(false))
        .when(cancel_as_operator())
        .then_refused(AccountRefusal::NoOperatorCode);
}

#[test]
fn a_newer_operator_code_takes_the_place_of_an_older_one_and_waits_anew() {
    account()
        .given(with_operator_code())
        .when(issue_operator_code(2))
        .then([event("recovery.operator_code_issued").with("operator_code", oc(2)).with("supersedes", oc(1))])
        .when(request_recovery(2))
        .when(recover(2, operator_and_mail(Some(oc(1)), 2, true)))
        .then([event("recovery.operator_code_rejected").with("cause", absent())])
        .when(recover(2, operator_and_mail(Some(oc(2)), 2, true)))
        .then([event("recovery.operator_code_rejected").with("cause", "too_early")]);
}

#[test]
fn whoever_reads_the_notice_has_a_session_or_is_an_operator_can_cancel() {
    let cases = [
        ("mail", cancel_by_mail(1), event("recovery.cancelled").with("by", "mail")),
        (
            "session",
            cancel_in_session(1),
            event("recovery.cancelled").with("by", "session").with("session", ss(1)),
        ),
        ("operator", cancel_as_operator(), event("recovery.cancelled").with("by", "operator")),
    ];
    for (name, cancel, cancelled) in cases {
        account()
            .case(name)
            .given(asked())
            .when(cancel.clone())
            .then([cancelled.with("operator_code", oc(1))])
            .then_state(pending, Some(false))
            .when(recover(2, operator_and_mail(Some(oc(1)), 2, true)))
            .then([event("recovery.operator_code_rejected")])
            .when(cancel)
            .then_refused(AccountRefusal::NoOperatorCode);
    }
}

#[test]
fn the_notice_about_an_operator_code_cancels_no_other() {
    account()
        .given(with_operator_code().command(issue_operator_code(2)))
        .when(cancel_by_mail(1))
        .then_refused(AccountRefusal::NoOperatorCode)
        .when(cancel_by_mail(2))
        .then([event("recovery.cancelled").with("operator_code", oc(2))]);
}

#[test]
fn a_suspension_ends_what_an_operator_prepared_also_when_it_is_over() {
    account()
        .given(asked().command(suspend()))
        .when(recover(2, operator_and_mail(Some(oc(1)), 2, true)))
        .then_refused(AccountRefusal::Suspended)
        .when(reinstate())
        .when(recover(2, operator_and_mail(Some(oc(1)), 2, true)))
        .then_refused(AccountRefusal::NoRecovery)
        .when(request_recovery(3))
        .when(recover(3, operator_and_mail(Some(oc(1)), 3, true)))
        .then([event("recovery.operator_code_rejected")]);
    account()
        .given(asked().command(close()))
        .when(recover(2, operator_and_mail(Some(oc(1)), 2, true)))
        .then_refused(AccountRefusal::Closed);
}

#[test]
fn that_a_shut_account_is_not_recovered_is_recorded_as_cancelled_by_an_operator() {
    let cancelled = || event("recovery.cancelled").with("operator_code", oc(1)).with("by", "operator");
    account().given(with_operator_code()).when(suspend()).then([
        cancelled(),
        event("account.suspended"),
        event("account.sessions_revoked"),
    ]);
    account().given(with_operator_code()).when(close()).then([
        cancelled(),
        event("account.sessions_revoked"),
        event("account.closed"),
    ]);
    account()
        .given(with_operator_code().after(Span::days(7)))
        .when(suspend())
        .then([event("account.suspended"), event("account.sessions_revoked")]);
}

#[test]
fn only_an_active_account_is_prepared_for_a_recovery() {
    let cases = [
        ("unverified", registered(), AccountRefusal::NotVerified),
        ("suspended", suspended(), AccountRefusal::Suspended),
        ("closed", closed(), AccountRefusal::Closed),
    ];
    for (name, past, refusal) in cases {
        account()
            .case(name)
            .given(past)
            .when(issue_operator_code(1))
            .then_refused(refusal.clone())
            .when(cancel_as_operator())
            .then_refused(refusal);
    }
}

#[test]
fn a_password_reset_leaves_an_operator_code_alone() {
    account()
        .given(with_operator_code().command(request_reset(3)))
        .when(complete_reset(3, bc(1)))
        .then_state(pending, Some(true));
}
