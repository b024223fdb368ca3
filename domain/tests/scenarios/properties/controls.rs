//! Negative controls: each invariant finds what it is for in a history that was made bad by hand.
#![expect(clippy::indexing_slicing, reason = "a step that is not there should end the test")]

use std::collections::BTreeSet;

use countersign_domain::account::{
    AccountCommand, AccountEvent, BackupCodeMatch, CancelledBy, DenialCause, IssueCause, PasswordRejection,
};
use countersign_domain::time::Span;
use countersign_domain::word::Authenticator;

use super::invariants::{INVARIANTS, Step, Trace};
use super::walk::Walk;
use crate::support::{
    bc, ch, confirm, confirm_keeping, dv, issue_operator_code, issue_operator_code_with_address,
    mail_and_backup, oc, operator_and_mail, recover, register, reissue, request_recovery,
    request_recovery_with, right_code, si, ss, start, suspend, use_backup_code, verify_email,
};

/// A history as it should be: sign-in 1 by mailed code on device 1, sign-in 2 by backup code.
fn good() -> Trace {
    let first = [register(), verify_email(), start(1), right_code(1), confirm_keeping(dv(1), bc(1), 1)];
    let second = [start(2), use_backup_code(bc(1), 2), confirm(bc(2), 2)];
    Walk::of_a_new_account().told(first.into_iter().chain(second))
}

/// Where the steps of [`good`] are.
const FIRST_START: usize = 2;
const FIRST_CODE: usize = 3;
const FIRST_CONFIRMATION: usize = 4;
const SECOND_START: usize = 5;
const REDEMPTION: usize = 6;
const SECOND_CONFIRMATION: usize = 7;

/// Drops an event by its name.
fn without(mut trace: Trace, step: usize, name: &str) -> Trace {
    let kept = |event: &AccountEvent| countersign_domain::decider::stored_name(event) != name;
    if let Ok(events) = &mut trace[step].outcome {
        let before = events.len();
        events.retain(kept);
        assert_ne!(events.len(), before, "there is no {name} to drop");
    }
    trace
}

/// Adds events behind the last, as if a command that has nothing to do with them had led to them.
fn with(mut trace: Trace, events: Vec<AccountEvent>) -> Trace {
    let at = trace.last().expect("something happened").at;
    trace.push(Step { at, command: suspend(), outcome: Ok(events) });
    trace
}

/// Repeats a step.
fn again(mut trace: Trace, step: usize) -> Trace {
    trace.push(trace[step].clone());
    trace
}

/// Changes the command of a step.
fn asking(mut trace: Trace, step: usize, change: fn(&mut AccountCommand)) -> Trace {
    change(&mut trace[step].command);
    trace
}

/// Lets the steps from one on happen later.
fn later(mut trace: Trace, from: usize, span: Span) -> Trace {
    trace.iter_mut().skip(from).for_each(|step| step.at = step.at + span);
    trace
}

fn password_rejected(device: Option<u32>) -> AccountEvent {
    AccountEvent::PasswordRejected { cause: PasswordRejection::Wrong, device: device.map(dv) }
}

fn throttled(failures: u32) -> AccountEvent {
    AccountEvent::AuthenticatorThrottled {
        authenticator: Authenticator::Password,
        device: None,
        failures,
        until: good()[0].at + Span::hours(1),
    }
}

fn disabled() -> AccountEvent {
    AccountEvent::AuthenticatorDisabled { authenticator: Authenticator::Password, device: None, failures: 60 }
}

/// A further session for the one that stands in [`good`].
fn granted(sign_in: u32) -> AccountEvent {
    let grant = good()[SECOND_CONFIRMATION].events().last().cloned();
    let Some(AccountEvent::SignedIn { refresh_token, amr, aal, generation, session_expires_at, .. }) = grant
    else {
        panic!("the last event is the grant");
    };
    let (sign_in, session) = (si(sign_in), ss(sign_in));
    AccountEvent::SignedIn {
        sign_in,
        session,
        refresh_token,
        amr,
        aal,
        generation,
        client: None,
        session_expires_at,
        device: None,
    }
}

fn issued(cause: IssueCause) -> AccountEvent {
    let issued = good()[REDEMPTION].events().last().cloned();
    let Some(AccountEvent::BackupCodeIssued { backup_code, verifier, key, supersedes, aal, sign_in, .. }) =
        issued
    else {
        panic!("the last event is the replacement");
    };
    AccountEvent::BackupCodeIssued { backup_code, verifier, key, cause, supersedes, aal, sign_in }
}

/// Every bad history, under the number of the invariant that has to find it.
fn bad_histories() -> Vec<(usize, &'static str, Trace)> {
    [unproven(), ended(), codes(), failures(), late(), recoveries(), recoveries_with_other_codes()].concat()
}

fn unproven() -> Vec<(usize, &'static str, Trace)> {
    let wrong_password = |command: &mut AccountCommand| {
        if let AccountCommand::StartSignIn(start) = command {
            start.check.fits = false;
        }
    };
    let wrong_code = |command: &mut AccountCommand| {
        if let AccountCommand::AnswerEmailCode(answer) = command {
            answer.check.fits = false;
        }
    };
    let no_code = |command: &mut AccountCommand| {
        if let AccountCommand::AnswerBackupCode { found, .. } = command {
            *found = BackupCodeMatch::None;
        }
    };
    let unsaved = |command: &mut AccountCommand| {
        if let AccountCommand::ConfirmSave { saved, .. } = command {
            *saved = false;
        }
    };
    vec![
        (0, "no password", without(good(), FIRST_START, "sign_in.started")),
        (0, "a wrong password", asking(good(), SECOND_START, wrong_password)),
        (0, "no factor", without(good(), FIRST_CODE, "code.accepted")),
        (0, "a wrong code", asking(good(), FIRST_CODE, wrong_code)),
        (0, "no backup code", without(good(), REDEMPTION, "backup_code.redeemed")),
        (0, "a wrong backup code", asking(good(), REDEMPTION, no_code)),
        (0, "no confirmation", without(good(), FIRST_CONFIRMATION, "backup_code.save_confirmed")),
        (0, "a confirmation without saving", asking(good(), SECOND_CONFIRMATION, unsaved)),
        (0, "no open account", without(good(), 1, "account.email_verified")),
    ]
}

fn ended() -> Vec<(usize, &'static str, Trace)> {
    let denied = AccountEvent::SignInDenied { sign_in: si(2), cause: DenialCause::AccountSuspended };
    vec![
        (1, "a session after the session", with(good(), vec![granted(2)])),
        (1, "a denial of what was granted", with(good(), vec![denied])),
    ]
}

fn codes() -> Vec<(usize, &'static str, Trace)> {
    let reopened = AccountEvent::GateReopened { backup_code: bc(1), sign_in: si(3), took_over: si(9) };
    let rejected = AccountEvent::CodeRejected { challenge: ch(9), sign_in: None };
    let reissues = vec![issued(IssueCause::Reissued); 6];
    vec![
        (2, "a mailed code twice", again(good(), FIRST_CODE)),
        (2, "a backup code twice", again(good(), REDEMPTION)),
        (3, "two sessions for one redemption", with(good(), vec![reopened, granted(3)])),
        (4, "a code that is not replaced", without(good(), REDEMPTION, "backup_code.issued")),
        (5, "six guesses", with(good(), vec![rejected; 6])),
        (5, "six replacements", with(good(), reissues)),
    ]
}

fn failures() -> Vec<(usize, &'static str, Trace)> {
    let wrong = || password_rejected(None);
    let hundred_and_one = (0..101).fold(good(), |trace, _| with(trace, vec![wrong(), throttled(101)]));
    let eleven =
        (0..11).fold(good(), |trace, _| with(trace, vec![password_rejected(Some(1)), throttled(11)]));
    vec![
        (6, "a hundred and one failures", hundred_and_one),
        (6, "eleven failures on a device", eleven),
        (7, "five failures without a wait", (0..5).fold(good(), |trace, _| with(trace, vec![wrong()]))),
        (7, "a count that is too small", with(with(good(), vec![wrong()]), vec![wrong(), throttled(1)])),
        (8, "an attempt before the wait is over", with(good(), vec![throttled(5), wrong()])),
        (8, "an attempt after the end", with(good(), vec![disabled(), wrong()])),
    ]
}

fn late() -> Vec<(usize, &'static str, Trace)> {
    vec![
        (9, "a code after ten minutes", later(good(), FIRST_CODE, Span::minutes(10))),
        (9, "a backup code after fifteen minutes", later(good(), REDEMPTION, Span::minutes(15))),
        (9, "a confirmation after thirty minutes", later(good(), SECOND_CONFIRMATION, Span::minutes(30))),
    ]
}

/// A recovery as it should be: operator code 1 waits, and recovery 3 is completed with it and the mailed code.
fn recovered() -> Trace {
    let issued =
        [register(), verify_email(), start(1), right_code(1), confirm(bc(1), 1), issue_operator_code(1)];
    let completed = [request_recovery(3), recover(3, operator_and_mail(Some(oc(1)), 3, true))];
    Walk::of_a_new_account().told_with_a_wait(issued, Span::hours(72), completed)
}

fn recoveries() -> Vec<(usize, &'static str, Trace)> {
    let history = recovered;
    let last = history().len() - 1;
    assert_eq!(history()[last].names().last().map(String::as_str), Some("recovery.completed"));
    let wrong_code =
        |command: &mut AccountCommand| *command = recover(3, operator_and_mail(Some(oc(1)), 3, false));
    let wrong_operator =
        |command: &mut AccountCommand| *command = recover(3, operator_and_mail(None, 3, true));
    let cancelled =
        AccountEvent::RecoveryCancelled { operator_code: oc(1), by: CancelledBy::Mail, session: None };
    let mut after_no = history();
    let completion = after_no.pop().expect("it was completed");
    let mut after_no = with(after_no, vec![cancelled]);
    after_no.push(completion);
    let early = history().into_iter().enumerate();
    let early = early.map(|(place, step)| Step {
        at: if place > 5 { history()[5].at + Span::hours(71) } else { step.at },
        ..step
    });
    vec![
        (10, "a wrong mailed code", asking(history(), last, wrong_code)),
        (10, "a wrong operator code", asking(history(), last, wrong_operator)),
        (10, "an operator code that was cancelled", after_no),
        (10, "an operator code before its time", early.collect()),
        (10, "an operator code behind its time", later(history(), last - 1, Span::days(7))),
        (10, "no operator code at all", without(history(), 5, "recovery.operator_code_issued")),
        (10, "a recovery twice", again(history(), last)),
        (10, "a recovery that has expired", later(history(), last, Span::minutes(10))),
        (10, "a recovery whose place another took", behind_another(history())),
    ]
}

/// The completion of recovery 3 where recovery 4 was asked for before it.
fn behind_another(mut trace: Trace) -> Trace {
    let completion = trace.pop().expect("it was completed");
    let mut asked = Walk::of_an_enrolled_account().told([request_recovery(4)]);
    trace.extend(asked.pop().map(|step| Step { at: completion.at, ..step }));
    trace.push(completion);
    trace
}

/// A recovery 3 with the mailed code and backup code 2, which took the place of backup code 1.
fn recovered_with_a_backup_code() -> Trace {
    let before = [register(), verify_email(), start(1), right_code(1), reissue(1, bc(2)), confirm(bc(2), 1)];
    let recovered = [request_recovery(3), recover(3, mail_and_backup(3, true, Some(bc(2))))];
    Walk::of_a_new_account().told(before.into_iter().chain(recovered))
}

/// A recovery 4 with the backup code of recovery 3, which voided backup code 1.
fn recovered_twice() -> Trace {
    let issued =
        [register(), verify_email(), start(1), right_code(1), confirm(bc(1), 1), issue_operator_code(1)];
    let first = [request_recovery(3), recover(3, operator_and_mail(Some(oc(1)), 3, true))];
    let second = [request_recovery(4), recover(4, mail_and_backup(4, true, Some(bc(3))))];
    Walk::of_a_new_account().told_with_a_wait(issued, Span::hours(72), first.into_iter().chain(second))
}

/// A recovery 3 with operator code 1 and the code that was mailed to the address that was stated with it.
fn recovered_elsewhere() -> Trace {
    let stated = issue_operator_code_with_address(1, "ada@elsewhere.example");
    let issued = [register(), verify_email(), start(1), right_code(1), confirm(bc(1), 1), stated];
    let completed = [request_recovery_with(oc(1), 3), recover(3, operator_and_mail(Some(oc(1)), 3, true))];
    Walk::of_a_new_account().told_with_a_wait(issued, Span::hours(72), completed)
}

fn recoveries_with_other_codes() -> Vec<(usize, &'static str, Trace)> {
    let last = |trace: &Trace| trace.len() - 1;
    let with_the_first = |command: &mut AccountCommand| {
        *command = recover(3, mail_and_backup(3, true, Some(bc(1))));
    };
    let with_the_void = |command: &mut AccountCommand| {
        *command = recover(4, mail_and_backup(4, true, Some(bc(1))));
    };
    let (superseded, voided, elsewhere) =
        (recovered_with_a_backup_code(), recovered_twice(), recovered_elsewhere());
    let places = [last(&superseded), last(&voided), last(&elsewhere)];
    vec![
        (10, "a backup code whose place another took", asking(superseded, places[0], with_the_first)),
        (10, "a backup code that a recovery voided", asking(voided, places[1], with_the_void)),
        (10, "mail to a stated address and a backup code", asking(elsewhere, places[2], with_the_first)),
    ]
}

#[test]
fn a_good_history_keeps_every_invariant() {
    for (name, invariant) in INVARIANTS {
        assert_eq!(invariant(&good()), Ok(()), "{name}");
        for recovered in
            [recovered(), recovered_with_a_backup_code(), recovered_twice(), recovered_elsewhere()]
        {
            assert_eq!(invariant(&recovered), Ok(()), "{name}");
        }
    }
}

#[test]
fn every_bad_history_is_found() {
    for (number, bad, trace) in bad_histories() {
        let (name, invariant) = INVARIANTS[number];
        assert!(invariant(&trace).is_err(), "{bad} passes for {name}");
    }
}

#[test]
fn every_invariant_has_a_bad_history() {
    let controlled: BTreeSet<usize> = bad_histories().into_iter().map(|(number, _, _)| number).collect();
    assert_eq!(controlled, (0..INVARIANTS.len()).collect());
}
