//! A forgotten password: another one with the mailed code and a proof that is not mail

use countersign_domain::account::{
    Account, AccountCommand, AccountRefusal, BackupCodeMatch, CodeCheck, CompletePasswordReset, Notice,
    SignInState,
};
use countersign_domain::kit::{Past, Pattern, event};
use countersign_domain::time::Span;
use countersign_domain::word::Authenticator;

use crate::support::{
    account, bc, cancel, ch, close, closed, complete_reset, complete_with_weak_password,
    complete_with_wrong_backup_code, complete_with_wrong_code, completion, enrolled, honours,
    notice_sent_about, registered, reinstate, request_reset, right_code, si, start, start_checked_against,
    start_rehashing, state_of, suspend, suspended, use_backup_code, verified, wrong_codes, wrong_password,
    wrong_passwords,
};

/// An enrolled account for which reset 2 was asked for a minute ago.
fn asked() -> Past<Account> {
    enrolled().command(request_reset(2)).after(Span::minutes(1))
}

/// What a completion records where no other sign-in is pending.
fn completed() -> [Pattern; 5] {
    [
        "code.accepted",
        "backup_code.redeemed",
        "backup_code.issued",
        "account.password_changed",
        "account.sessions_revoked",
    ]
    .map(event)
}

#[test]
fn a_reset_mails_a_code() {
    account().given(enrolled()).when(request_reset(2)).then([event("code.requested")
        .with("purpose", "password_reset")
        .with("sign_in", si(2))
        .with("challenge", ch(2))
        .with("message", "code")
        .with("send", 1)]);
}

/// Promise 3.
#[test]
fn mailed_code_and_backup_code_choose_another_password_in_one_commit() {
    account()
        .given(asked())
        .when(complete_reset(2, bc(1)))
        .then([
            event("code.accepted").with("challenge", ch(2)).with("sign_in", si(2)),
            event("backup_code.redeemed").with("backup_code", bc(1)).with("sign_in", si(2)),
            event("backup_code.issued")
                .with("backup_code", bc(2))
                .with("supersedes", bc(1))
                .with("cause", "redeemed"),
            event("account.password_changed").with("cause", "reset"),
            event("account.sessions_revoked").with("generation", 1).with("cause", "password_changed"),
        ])
        .then_state(honours(1), Some(false))
        .when(start_checked_against(1, 3))
        .then_refused(AccountRefusal::StaleCheck);
}

/// Promise 1.
#[test]
fn a_reset_ends_every_sign_in_that_is_pending() {
    let pending = Past::of([start(3), start(4), use_backup_code(bc(1), 4)]);
    account()
        .given(enrolled().and(pending).command(request_reset(2)))
        .when(complete_reset(2, bc(4)))
        .then([
            event("code.accepted"),
            event("backup_code.redeemed"),
            event("backup_code.issued"),
            event("account.password_changed"),
            event("sign_in.denied").with("sign_in", si(3)).with("cause", "password_changed"),
            event("sign_in.denied").with("sign_in", si(4)).with("cause", "password_changed"),
            event("account.sessions_revoked"),
        ])
        .then_state(state_of(3), Some(SignInState::Denied))
        .when(right_code(3))
        .then_refused(AccountRefusal::WrongState { state: SignInState::Denied });
}

/// Promise 1.
#[test]
fn who_signs_in_after_a_reset_stands_at_the_gate() {
    account()
        .given(asked().command(complete_reset(2, bc(1))))
        .when(start_checked_against(2, 3))
        .when(right_code(3))
        .then([
            event("code.accepted"),
            event("backup_code.issued").with("supersedes", bc(2)).with("cause", "gate"),
        ])
        .then_state(state_of(3), Some(SignInState::SaveRequired));
}

/// Promise 9.
#[test]
fn who_lost_the_reply_of_a_reset_gets_to_the_gate_with_the_code_that_was_used() {
    account()
        .given(asked().command(complete_reset(2, bc(1))))
        .when(start_checked_against(2, 3))
        .when(use_backup_code(bc(1), 3))
        .then([event("backup_code.gate_reopened").with("took_over", si(2)), event("backup_code.issued")]);
}

/// Promise 2.
#[test]
fn a_reset_is_completed_once() {
    account()
        .given(asked().command(complete_reset(2, bc(1))))
        .when(complete_reset(2, bc(2)))
        .then_refused(AccountRefusal::NoReset);
}

/// Promise 2.
#[test]
fn a_newer_reset_takes_the_place_of_an_older_one() {
    account()
        .given(asked().command(request_reset(3)))
        .when(complete_reset(2, bc(1)))
        .then_refused(AccountRefusal::NoReset)
        .when(complete_reset(3, bc(1)))
        .then([
            event("code.accepted").with("challenge", ch(3)),
            event("backup_code.redeemed"),
            event("backup_code.issued"),
            event("account.password_changed"),
            event("account.sessions_revoked"),
        ]);
}

#[test]
fn a_reset_lives_as_long_as_its_code() {
    account()
        .given(enrolled().command(request_reset(2)))
        .after(Span::minutes(10))
        .when(complete_reset(2, bc(1)))
        .then_refused(AccountRefusal::ChallengeExpired);
}

#[test]
fn a_wrong_mailed_code_counts_for_the_reset_alone_and_the_backup_code_is_not_looked_at() {
    account()
        .given(asked())
        .when(complete_with_wrong_code(2, bc(1)))
        .then([event("code.rejected").with("challenge", ch(2)).with("sign_in", si(2))]);
}

#[test]
fn a_wrong_backup_code_counts_for_backup_codes_and_the_mailed_code_stays_good() {
    account()
        .given(asked())
        .when(complete_with_wrong_backup_code(2))
        .then([event("backup_code.rejected").with("sign_in", si(2))])
        .when(complete_reset(2, bc(1)))
        .then(completed());
}

/// Promise 7.
#[test]
fn five_wrong_answers_of_either_kind_end_a_reset() {
    let mixed = Past::of([complete_with_wrong_code(2, bc(1)), complete_with_wrong_backup_code(2)]);
    account()
        .given(asked().and(mixed.clone()).and(mixed).command(complete_with_wrong_code(2, bc(1))))
        .when(complete_reset(2, bc(1)))
        .then_refused(AccountRefusal::ChallengeExhausted);
}

/// Promise 7.
#[test]
fn wrong_backup_codes_of_resets_are_counted_in_a_row() {
    let one = |number: u32| {
        let number = number + 1;
        Past::of([request_reset(number), complete_with_wrong_backup_code(number)]).after(Span::hours(1))
    };
    account()
        .given(enrolled().times(4, one).command(request_reset(9)))
        .when(complete_with_wrong_backup_code(9))
        .then([
            event("backup_code.rejected"),
            event("authenticator.throttled").with("authenticator", "backup_code").with("failures", 5),
        ])
        .when(complete_reset(9, bc(1)))
        .then_refused_matching(|refusal| matches!(refusal, AccountRefusal::Throttled { .. }));
}

#[test]
fn a_reset_goes_on_where_mailed_codes_are_disabled_and_binds_them_anew() {
    account()
        .given(enrolled())
        .given(wrong_codes(100, 60))
        .when(start(3))
        .then([event("sign_in.started")])
        .when(request_reset(2))
        .when(complete_reset(2, bc(1)))
        .when(start_checked_against(2, 4))
        .then([event("sign_in.started"), event("code.requested")]);
}

#[test]
fn a_reset_binds_a_disabled_password_anew() {
    account()
        .given(enrolled())
        .given(wrong_passwords(60))
        .when(wrong_password())
        .then_refused(AccountRefusal::AuthenticatorDisabled { authenticator: Authenticator::Password })
        .when(request_reset(2))
        .when(complete_reset(2, bc(1)))
        .when(start_checked_against(2, 3))
        .then([event("sign_in.started"), event("code.requested")]);
}

#[test]
fn a_weak_password_is_told_only_to_who_proved_both_and_changes_nothing() {
    account()
        .given(asked())
        .when(complete_with_weak_password(2, true, bc(1)))
        .then_refused(AccountRefusal::UnsuitablePassword)
        .when(complete_with_weak_password(2, false, bc(1)))
        .then([event("code.rejected")]);
}

#[test]
fn a_code_of_a_sign_in_completes_no_reset() {
    let check = CodeCheck { challenge: Some(ch(3)), fits: true };
    let completion = completion(2, true, BackupCodeMatch::Code(bc(1)));
    account()
        .given(asked().command(start(3)))
        .when(AccountCommand::CompletePasswordReset(CompletePasswordReset { check, ..completion }))
        .then_refused(AccountRefusal::StaleCheck)
        .when(complete_reset(3, bc(1)))
        .then_refused(AccountRefusal::NoReset);
}

/// Promise 8.
#[test]
fn only_an_active_account_is_reset() {
    let cases = [
        ("unverified", registered(), AccountRefusal::NotVerified),
        ("suspended", suspended(), AccountRefusal::Suspended),
        ("closed", closed(), AccountRefusal::Closed),
    ];
    for (name, past, refusal) in cases {
        account()
            .case(name)
            .given(past)
            .when(request_reset(2))
            .then_refused(refusal.clone())
            .when(complete_reset(2, bc(1)))
            .then_refused(refusal);
    }
}

#[test]
fn a_suspension_ends_a_reset_also_when_it_is_over() {
    account()
        .given(asked())
        .given(Past::of([suspend(), reinstate()]))
        .when(complete_reset(2, bc(1)))
        .then_refused(AccountRefusal::NoReset);
    account()
        .given(asked().command(close()))
        .when(complete_reset(2, bc(1)))
        .then_refused(AccountRefusal::Closed);
}

#[test]
fn a_reset_needs_a_backup_code_that_was_issued() {
    account()
        .given(verified().command(request_reset(2)))
        .when(complete_reset(2, bc(1)))
        .then([event("backup_code.rejected")]);
}

#[test]
fn a_sign_in_beside_it_leaves_a_reset_alone_also_one_that_hashes_anew() {
    account()
        .given(asked())
        .given(Past::of([start_rehashing(3), cancel(3)]))
        .when(complete_reset(2, bc(1)))
        .then(completed());
}

#[test]
fn that_a_password_changed_is_told_once() {
    let told = || notice_sent_about(Notice::PasswordChanged, 9);
    account()
        .given(asked().command(complete_reset(2, bc(1))))
        .when(told())
        .then([event("notice.sent").with("notice", "password_changed").with("about", 9)])
        .when(told())
        .then_nothing();
}
