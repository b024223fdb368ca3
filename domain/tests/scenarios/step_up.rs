//! Credentials are changed after a step-up: the password, and the backup code

use countersign_domain::account::{Account, AccountRefusal, SignInState};
use countersign_domain::kit::{Past, event};
use countersign_domain::time::Span;

use crate::support::{
    account, bc, change_password, close, complete_reset, confirm_requested, end_all, end_others, enrolled,
    honours, request_backup_code, request_reset, right_code, si, ss, start, start_checked_against, state_of,
    step_up, suspend, use_backup_code, wrong_password,
};

/// An enrolled account whose session 2 comes from a step-up that was completed just now.
fn stepped_up() -> Past<Account> {
    enrolled().and(Past::of([step_up(2), right_code(2)]))
}

#[test]
fn a_sign_in_says_what_it_is_for_where_that_is_to_step_up() {
    account()
        .given(enrolled())
        .when(step_up(2))
        .then([event("sign_in.started").with("purpose", "step_up"), event("code.requested")]);
}

#[test]
fn nothing_is_changed_without_a_step_up() {
    for command in [change_password(2), request_backup_code(2, bc(3))] {
        account()
            .given(enrolled().and(Past::of([start(2), right_code(2)])))
            .when(command)
            .then_refused(AccountRefusal::StepUpRequired);
    }
}

#[test]
fn a_step_up_that_is_not_completed_is_none() {
    for command in [change_password(2), request_backup_code(2, bc(3))] {
        account()
            .given(enrolled().command(step_up(2)))
            .when(command)
            .then_refused(AccountRefusal::SessionEnded);
    }
}

#[test]
fn a_step_up_is_good_for_ten_minutes() {
    let just = Span::millis(10 * 60_000 - 1);
    account()
        .given(stepped_up().after(just))
        .when(change_password(2))
        .then([event("account.password_changed"), event("account.sessions_revoked")]);
    for command in [change_password(2), request_backup_code(2, bc(3))] {
        account()
            .given(stepped_up().after(Span::minutes(10)))
            .when(command)
            .then_refused(AccountRefusal::StepUpRequired);
    }
}

#[test]
fn a_step_up_is_good_for_its_own_session_alone() {
    account().given(stepped_up()).when(change_password(1)).then_refused(AccountRefusal::StepUpRequired);
}

/// Promise 1.
#[test]
fn another_password_ends_all_other_sessions_and_every_pending_sign_in() {
    account()
        .given(stepped_up().command(start(3)))
        .when(change_password(2))
        .then([
            event("account.password_changed").with("cause", "changed"),
            event("sign_in.denied").with("sign_in", si(3)).with("cause", "password_changed"),
            event("account.sessions_revoked")
                .with("generation", 1)
                .with("except", ss(2))
                .with("cause", "password_changed"),
        ])
        .then_state(honours(1), Some(false))
        .then_state(honours(2), Some(true))
        .then_state(state_of(3), Some(SignInState::Denied))
        .when(start_checked_against(1, 4))
        .then_refused(AccountRefusal::StaleCheck);
}

#[test]
fn another_password_forgets_the_failures_of_the_old_one() {
    account()
        .given(stepped_up())
        .given(Past::nothing().times(5, |_| Past::of([wrong_password()])))
        .when(start(3))
        .then_refused_matching(|refusal| matches!(refusal, AccountRefusal::Throttled { .. }))
        .when(change_password(2))
        .when(start_checked_against(2, 4))
        .then([event("sign_in.started"), event("code.requested")]);
}

/// Promise 2.
#[test]
fn another_password_ends_a_reset_that_is_open() {
    account()
        .given(stepped_up().command(request_reset(3)).command(change_password(2)))
        .when(complete_reset(3, bc(1)))
        .then_refused(AccountRefusal::NoReset);
}

#[test]
fn a_session_that_another_password_ended_changes_nothing() {
    account()
        .given(stepped_up().and(Past::of([step_up(3), right_code(3), change_password(3)])))
        .when(change_password(2))
        .then_refused(AccountRefusal::SessionEnded)
        .when(request_backup_code(2, bc(4)))
        .then_refused(AccountRefusal::SessionEnded);
}

/// Promise 1.
#[test]
fn a_session_that_ended_confirms_no_backup_code() {
    let asked = Past::of([request_backup_code(2, bc(4)), step_up(3), right_code(3)]);
    account()
        .given(stepped_up().and(asked).command(end_others(3)))
        .when(confirm_requested(2, bc(4), true))
        .then_refused(AccountRefusal::SessionEnded);
}

#[test]
fn a_backup_code_that_is_asked_for_takes_the_place_of_the_old_one_once_it_is_saved() {
    account()
        .given(stepped_up())
        .when(request_backup_code(2, bc(3)))
        .then([event("backup_code.issued")
            .with("backup_code", bc(3))
            .with("cause", "requested")
            .with("supersedes", bc(1))
            .with("sign_in", si(2))])
        .then_state(state_of(2), Some(SignInState::SignedIn))
        .when(start(4))
        .when(use_backup_code(bc(1), 4))
        .then([event("backup_code.redeemed").with("backup_code", bc(1)), event("backup_code.issued")]);
    account()
        .given(stepped_up().command(request_backup_code(2, bc(3))))
        .when(confirm_requested(2, bc(3), true))
        .then([event("backup_code.save_confirmed").with("backup_code", bc(3)).with("sign_in", si(2))])
        .when(start(4))
        .when(use_backup_code(bc(1), 4))
        .then([event("backup_code.rejected")])
        .when(use_backup_code(bc(3), 4))
        .then([event("backup_code.redeemed").with("backup_code", bc(3)), event("backup_code.issued")]);
}

/// Promise 9.
#[test]
fn confirming_a_backup_code_again_changes_nothing() {
    account()
        .given(stepped_up().and(Past::of([request_backup_code(2, bc(3)), confirm_requested(2, bc(3), true)])))
        .when(confirm_requested(2, bc(3), true))
        .then_nothing();
}

#[test]
fn a_backup_code_that_is_not_saved_is_not_confirmed() {
    account()
        .given(stepped_up().command(request_backup_code(2, bc(3))))
        .when(confirm_requested(2, bc(3), false))
        .then_refused(AccountRefusal::NotSaved);
}

#[test]
fn only_the_newest_code_of_the_session_itself_is_confirmed() {
    account()
        .given(stepped_up().and(Past::of([request_backup_code(2, bc(3)), request_backup_code(2, bc(4))])))
        .when(confirm_requested(2, bc(3), true))
        .then_refused(AccountRefusal::BackupCodeSuperseded)
        .when(confirm_requested(1, bc(4), true))
        .then_refused(AccountRefusal::BackupCodeSuperseded)
        .when(confirm_requested(9, bc(4), true))
        .then_refused(AccountRefusal::SessionEnded);
}

#[test]
fn in_an_account_that_is_shut_nothing_is_changed() {
    for shut in [suspend(), close()] {
        let changes = [change_password(2), request_backup_code(2, bc(3)), confirm_requested(2, bc(3), true)];
        for command in changes.into_iter().chain([end_others(2), end_all(2)]) {
            account()
                .given(stepped_up().command(shut.clone()))
                .when(command)
                .then_refused(AccountRefusal::SessionEnded);
        }
    }
}

#[test]
fn after_one_step_up_six_backup_codes_are_asked_for_and_no_more() {
    let asked = |number: u32| Past::of([request_backup_code(2, bc(10 + number))]);
    let again = Past::of([step_up(3), right_code(3)]);
    account()
        .given(stepped_up().times(6, asked))
        .when(request_backup_code(2, bc(3)))
        .then_refused(AccountRefusal::ReissuesExhausted);
    account()
        .given(stepped_up().times(6, asked).and(again))
        .when(request_backup_code(3, bc(3)))
        .then([event("backup_code.issued")]);
}

#[test]
fn a_backup_code_that_was_asked_for_and_not_saved_ends_with_the_session_that_asked() {
    let thiefs = || stepped_up().command(request_backup_code(2, bc(3)));
    let ends = [
        ("another password", Past::of([step_up(4), right_code(4), change_password(4)]), 2),
        ("a reset", Past::of([request_reset(4), complete_reset(4, bc(1))]), 2),
        ("every session", Past::of([end_all(1)]), 1),
        ("every other session", Past::of([end_others(1)]), 1),
    ];
    for (name, end, version) in ends {
        account()
            .case(name)
            .given(thiefs().and(end))
            .when(start_checked_against(version, 5))
            .when(use_backup_code(bc(3), 5))
            .then([event("backup_code.rejected")]);
    }
    account()
        .given(thiefs())
        .when(end_others(2))
        .when(start(5))
        .when(use_backup_code(bc(3), 5))
        .then([event("backup_code.redeemed"), event("backup_code.issued")]);
}

#[test]
fn another_password_leaves_the_backup_code_that_is_saved_in_force() {
    account()
        .given(stepped_up().and(Past::of([request_backup_code(2, bc(3)), change_password(2)])))
        .when(start_checked_against(2, 5))
        .when(use_backup_code(bc(1), 5))
        .then([event("backup_code.redeemed").with("backup_code", bc(1)), event("backup_code.issued")]);
}
