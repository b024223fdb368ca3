//! Random moves: what somebody may try next.

use std::ops::RangeInclusive;

use countersign_domain::time::Span;
use proptest::prelude::*;

/// What somebody may try next. Numbers count back from the newest of what they name, and may name what isn't there.
#[derive(Debug, Clone, Copy)]
pub(super) enum Move {
    /// Ask for an account.
    Register { claimed: bool },
    /// Type the registration's code.
    CheckCode { fits: bool },
    /// Follow the claim.
    Verify,
    /// Try a password.
    Start { password: Password, device: u32 },
    /// Ask for a code.
    Request { sign_in: u32 },
    /// Type a mailed code.
    AnswerCode { sign_in: u32, code: Code, keep: bool },
    /// Type a backup code; none means one that never was.
    AnswerBackup { sign_in: u32, code: Option<u32> },
    /// Ask for another backup code.
    Reissue { sign_in: u32 },
    /// Confirm a backup code; none means the one that was shown in the sign-in.
    Confirm { sign_in: u32, code: Option<u32>, saved: bool, keep: bool },
    /// Give up.
    Cancel { sign_in: u32 },
    /// What operators do.
    Operate(Operation),
    /// Record what came of the oldest message, or of a notice.
    Settle { sent: bool },
    /// Record a notice.
    Notice,
    /// Ask for a password reset.
    Reset,
    /// Complete a password reset; none means a backup code that never was.
    CompleteReset { reset: u32, code: Code, backup: Option<u32> },
    /// Begin a sign-in to step up, with the right password.
    StepUp,
    /// What a session may do after a step-up.
    Change(Change),
    /// Have an operator code made, with another address or without.
    IssueOperatorCode { stated: bool },
    /// Say no to it; none is an operator.
    CancelRecovery { by_mail: bool },
    /// Ask for a recovery, with the newest operator code or without.
    Recovery { shown: bool },
    /// Complete a recovery; none means a code that never was.
    Recover { recovery: u32, proofs: Proofs },
    /// Let time pass.
    Wait(Span),
    /// Wait until the last refusal for a wait is over.
    WaitOut,
}

/// A password that is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Password {
    Right,
    /// Right, and hashed at a higher cost from now on.
    Rehashed,
    Wrong,
    /// Right, but compared with the hash before.
    Stale,
}

/// A code that is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Code {
    Right,
    Wrong,
    /// Right for a challenge of another time.
    Other,
}

/// What operators do.
#[derive(Debug, Clone, Copy)]
pub(super) enum Operation {
    Suspend,
    Reinstate,
    Close,
}

/// What a session does to its credentials.
#[derive(Debug, Clone, Copy)]
pub(super) enum Change {
    Password,
    Request,
    Confirm { saved: bool },
}

/// Two proofs of a recovery.
#[derive(Debug, Clone, Copy)]
pub(super) enum Proofs {
    MailAndBackup(Code, Option<u32>),
    OperatorAndMail(Option<u32>, Code),
    OperatorAndBackup(Option<u32>, Option<u32>),
}

/// From where an attempt comes: 0 is no device, *n* the newest but *n* - 1 that was made known.
const DEVICES: u32 = 7;

/// Moves of all kinds, the sensible ones more often.
pub(super) fn any_moves(most: usize) -> impl Strategy<Value = Vec<Move>> {
    let becoming = prop_oneof![
        any::<bool>().prop_map(|claimed| Move::Register { claimed }),
        any::<bool>().prop_map(|fits| Move::CheckCode { fits }),
        Just(Move::Verify),
    ];
    let recording = prop_oneof![any::<bool>().prop_map(|sent| Move::Settle { sent }), Just(Move::Notice)];
    let one = prop_oneof![
        1 => becoming,
        6 => start(),
        2 => recent().prop_map(|sign_in| Move::Request { sign_in }),
        5 => answer_code(),
        5 => answer_backup(),
        2 => recent().prop_map(|sign_in| Move::Reissue { sign_in }),
        6 => confirm(),
        1 => recent().prop_map(|sign_in| Move::Cancel { sign_in }),
        2 => operate(),
        2 => reset(),
        2 => recovery(),
        1 => change().prop_map(Move::Change),
        2 => recording,
        4 => wait(),
    ];
    let one = one.prop_map(|one| vec![one]);
    let few = prop_oneof![
        10 => one,
        2 => a_run(),
        1 => a_reset(),
        1 => a_recovery(),
        1 => a_recovery_elsewhere(),
        1 => a_change(),
    ];
    prop::collection::vec(few, 1..=most).prop_map(|moves| moves.concat())
}

/// What most people do, right up to the gate or through it.
fn a_run() -> impl Strategy<Value = Vec<Move>> {
    let start = right(0);
    let mailed = Just(Move::AnswerCode { sign_in: 0, code: Code::Right, keep: true });
    let saved = (0..3_u32).prop_map(|code| Move::AnswerBackup { sign_in: 0, code: Some(code) });
    let confirm = Move::Confirm { sign_in: 0, code: None, saved: true, keep: true };
    (prop_oneof![mailed, saved], any::<bool>()).prop_map(move |(answer, through)| {
        [start, answer].into_iter().chain(through.then_some(confirm)).collect()
    })
}

/// A password that is forgotten, with a backup code that may be good.
fn a_reset() -> impl Strategy<Value = Vec<Move>> {
    let code = prop_oneof![3 => Just(Code::Right), 1 => Just(Code::Wrong)];
    (code, recent()).prop_map(|(code, backup)| {
        vec![Move::Reset, Move::CompleteReset { reset: 0, code, backup: Some(backup) }]
    })
}

/// A recovery that an operator prepared, and mostly one that is right.
fn a_recovery() -> impl Strategy<Value = Vec<Move>> {
    let waits =
        prop_oneof![4 => Just(Span::hours(72)), 1 => Just(Span::hours(71)), 1 => Just(Span::days(10))];
    let confirm = Move::Confirm { sign_in: 0, code: None, saved: true, keep: false };
    (waits, proofs(), any::<[bool; 3]>()).prop_map(move |(wait, proofs, [through, stated, shown])| {
        let recover = Move::Recover { recovery: 0, proofs };
        let moves = [Move::IssueOperatorCode { stated }, Move::Wait(wait), Move::Recovery { shown }, recover];
        moves.into_iter().chain(through.then_some(confirm)).collect()
    })
}

/// A recovery at an address that an operator stated.
fn a_recovery_elsewhere() -> impl Strategy<Value = Vec<Move>> {
    let proofs = prop_oneof![3 => Just(Proofs::OperatorAndMail(Some(0), Code::Right)), 1 => proofs()];
    proofs.prop_map(|proofs| {
        let prepared = [Move::IssueOperatorCode { stated: true }, Move::Wait(Span::hours(72))];
        let recover = Move::Recover { recovery: 0, proofs };
        prepared.into_iter().chain([Move::Recovery { shown: true }, recover]).collect()
    })
}

/// A step-up, and what it is for.
fn a_change() -> impl Strategy<Value = Vec<Move>> {
    let mailed = Move::AnswerCode { sign_in: 0, code: Code::Right, keep: false };
    prop::collection::vec(change(), 1..=3).prop_map(move |changes| {
        [Move::StepUp, mailed].into_iter().chain(changes.into_iter().map(Move::Change)).collect()
    })
}

/// Attempts of one authenticator that fail, each after the wait that it has to keep; now and then a new device is let in
/// by the other one, which makes an older device forgotten.
pub(super) fn hammering(attempts: RangeInclusive<usize>) -> impl Strategy<Value = Vec<Move>> {
    prop_oneof![
        2 => patiently(failing_backup_codes().boxed(), attempts.clone()),
        1 => patiently(failing_codes().boxed(), attempts),
    ]
}

fn patiently(
    one: BoxedStrategy<Vec<Move>>,
    attempts: RangeInclusive<usize>,
) -> impl Strategy<Value = Vec<Move>> {
    let patient = one.prop_map(|moves| moves.into_iter().chain([Move::WaitOut]).collect::<Vec<_>>());
    prop::collection::vec(patient, attempts).prop_map(|moves| moves.concat())
}

fn failing_backup_codes() -> impl Strategy<Value = Vec<Move>> {
    let wrong =
        (0..DEVICES).prop_map(|device| vec![right(device), Move::AnswerBackup { sign_in: 0, code: None }]);
    let let_in = Move::AnswerCode { sign_in: 0, code: Code::Right, keep: true };
    prop_oneof![
        1 => (0..DEVICES).prop_map(|device| vec![Move::Start { password: Password::Wrong, device }]),
        1 => (0..DEVICES).prop_map(|device| vec![right(device), wrong_code()]),
        18 => wrong,
        2 => Just(vec![right(0), let_in]),
    ]
}

fn failing_codes() -> impl Strategy<Value = Vec<Move>> {
    let let_in = [
        Move::AnswerBackup { sign_in: 0, code: Some(0) },
        Move::Confirm { sign_in: 0, code: None, saved: true, keep: true },
    ];
    prop_oneof![
        12 => (0..DEVICES).prop_map(|device| vec![right(device), wrong_code()]),
        6 => Just(vec![wrong_code()]),
        3 => Just(vec![Move::Request { sign_in: 0 }, wrong_code()]),
        2 => Just([right(0)].into_iter().chain(let_in).collect()),
    ]
}

fn right(device: u32) -> Move {
    Move::Start { password: Password::Right, device }
}

fn wrong_code() -> Move {
    Move::AnswerCode { sign_in: 0, code: Code::Wrong, keep: false }
}

/// Mostly the newest, sometimes an older one, rarely one that isn't there.
fn recent() -> impl Strategy<Value = u32> {
    prop_oneof![6 => Just(0_u32), 3 => Just(1), 2 => 2..5_u32, 1 => 5..70_u32]
}

fn start() -> impl Strategy<Value = Move> {
    let password = prop_oneof![
        8 => Just(Password::Right),
        1 => Just(Password::Rehashed),
        2 => Just(Password::Wrong),
        1 => Just(Password::Stale),
    ];
    (password, 0..DEVICES).prop_map(|(password, device)| Move::Start { password, device })
}

fn answer_code() -> impl Strategy<Value = Move> {
    let code = prop_oneof![3 => Just(Code::Right), 2 => Just(Code::Wrong), 1 => Just(Code::Other)];
    (recent(), code, any::<bool>()).prop_map(|(sign_in, code, keep)| Move::AnswerCode { sign_in, code, keep })
}

fn answer_backup() -> impl Strategy<Value = Move> {
    let code = prop_oneof![6 => recent().prop_map(Some), 1 => Just(None)];
    (recent(), code).prop_map(|(sign_in, code)| Move::AnswerBackup { sign_in, code })
}

fn confirm() -> impl Strategy<Value = Move> {
    let code = prop_oneof![5 => Just(None), 1 => recent().prop_map(Some)];
    let saved = prop::bool::weighted(0.85);
    (recent(), code, saved, any::<bool>()).prop_map(|(sign_in, code, saved, keep)| Move::Confirm {
        sign_in,
        code,
        saved,
        keep,
    })
}

fn operate() -> impl Strategy<Value = Move> {
    let operation = prop_oneof![
        4 => Just(Operation::Suspend),
        6 => Just(Operation::Reinstate),
        1 => Just(Operation::Close),
    ];
    operation.prop_map(Move::Operate)
}

fn reset() -> impl Strategy<Value = Move> {
    let code = prop_oneof![3 => Just(Code::Right), 2 => Just(Code::Wrong), 1 => Just(Code::Other)];
    let backup = prop_oneof![4 => recent().prop_map(Some), 1 => Just(None)];
    let complete = (recent(), code, backup).prop_map(|(reset, code, backup)| Move::CompleteReset {
        reset,
        code,
        backup,
    });
    prop_oneof![1 => Just(Move::Reset), 2 => complete]
}

fn recovery() -> impl Strategy<Value = Move> {
    let recover = (recent(), proofs()).prop_map(|(recovery, proofs)| Move::Recover { recovery, proofs });
    prop_oneof![
        2 => any::<bool>().prop_map(|shown| Move::Recovery { shown }),
        1 => any::<bool>().prop_map(|stated| Move::IssueOperatorCode { stated }),
        1 => any::<bool>().prop_map(|by_mail| Move::CancelRecovery { by_mail }),
        4 => recover,
    ]
}

fn proofs() -> impl Strategy<Value = Proofs> {
    let code = || prop_oneof![4 => Just(Code::Right), 1 => Just(Code::Wrong), 1 => Just(Code::Other)];
    let saved = || prop_oneof![5 => recent().prop_map(Some), 1 => Just(None)];
    prop_oneof![
        (code(), saved()).prop_map(|(code, backup)| Proofs::MailAndBackup(code, backup)),
        (saved(), code()).prop_map(|(operator, code)| Proofs::OperatorAndMail(operator, code)),
        (saved(), saved()).prop_map(|(operator, backup)| Proofs::OperatorAndBackup(operator, backup)),
    ]
}

fn change() -> impl Strategy<Value = Change> {
    let confirm = prop::bool::weighted(0.85).prop_map(|saved| Change::Confirm { saved });
    prop_oneof![1 => Just(Change::Password), 2 => Just(Change::Request), 2 => confirm]
}

fn wait() -> impl Strategy<Value = Move> {
    let span = prop_oneof![
        2 => (0..2_000_u64).prop_map(Span::millis),
        3 => Just(Span::seconds(31)),
        2 => Just(Span::minutes(6)),
        2 => Just(Span::minutes(11)),
        1 => Just(Span::minutes(16)),
        1 => Just(Span::hours(1)),
        1 => Just(Span::hours(25)),
    ];
    prop_oneof![4 => span.prop_map(Move::Wait), 1 => Just(Move::WaitOut)]
}
