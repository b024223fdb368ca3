//! Turning moves into commands as the service would, and some that it never would.

use countersign_domain::account::{
    Account, AccountCommand, AccountEvent, AccountRefusal, AnswerEmailCode, BackupCodeMatch, Canceller,
    CodeCheck, CompletePasswordReset, CompleteRecovery, DeliveryFailure, Notice, PasswordCheck,
    RecoveryProofs, SecondProof, Stage, StartSignIn,
};
use countersign_domain::id::{BackupCodeId, ChallengeId, DeviceId, OperatorCodeId, SessionId, SignInId};
use countersign_domain::kit::{Breach, Timeline};
use countersign_domain::secret::Verifier;
use countersign_domain::time::{Span, Timestamp};
use countersign_domain::word::{CodePurpose, Factor, Locale, SignInPurpose};

use super::invariants::{Step, Trace};
use super::moves::{Change, Code, Move, Operation, Password, Proofs};
use crate::support::{
    DEARER_HASH, EMAIL, KEYED_HASH, OTHER_HASH, PASSWORD_HASH, backup_code, bc, cancel_as_operator, ch,
    challenge, close, completion, confirm, dv, issue_operator_code, issue_operator_code_with_address,
    not_sent, notice_sent, oc, recovering, register, register_a_claimed_address, registration_code,
    reinstate, request_recovery, request_recovery_with, request_reset, right_code, sent, session, si, ss,
    start, suspend, verify_email,
};

/// The address that operators state.
const OTHER_EMAIL: &str = "ada@elsewhere.example";

/// A walk under way: the live account, and what has been used up so far.
pub(super) struct Walk {
    timeline: Timeline<Account>,
    trace: Trace,
    /// The newest sign-in, challenge or backup code has this number; all count together.
    newest: u32,
    sign_ins: Vec<SignInId>,
    resets: Vec<SignInId>,
    recoveries: Vec<SignInId>,
    operator_codes: Vec<OperatorCodeId>,
    sessions: Vec<SessionId>,
    codes: Vec<BackupCodeId>,
    devices: Vec<DeviceId>,
    challenges: Vec<ChallengeId>,
    waits_until: Option<Timestamp>,
}

impl Walk {
    /// A walk that begins before anything happened.
    pub(super) fn of_a_new_account() -> Self {
        let mut timeline = Timeline::default();
        for secret in [EMAIL, PASSWORD_HASH, DEARER_HASH, OTHER_HASH, KEYED_HASH] {
            timeline.keep_secret(secret);
        }
        Self {
            timeline,
            trace: Vec::new(),
            newest: 1_000,
            sign_ins: Vec::new(),
            resets: Vec::new(),
            recoveries: Vec::new(),
            operator_codes: Vec::new(),
            sessions: Vec::new(),
            codes: Vec::new(),
            devices: Vec::new(),
            challenges: Vec::new(),
            waits_until: None,
        }
    }

    /// A walk that begins with a confirmed backup code.
    pub(super) fn of_an_enrolled_account() -> Self {
        let mut walk = Self::of_a_new_account();
        for command in [register(), verify_email(), start(1), right_code(1), confirm(bc(1), 1)] {
            walk.decide(command).expect("every law holds");
        }
        walk.timeline.pass(Span::hours(1));
        walk
    }

    /// Gives these commands, one right after the other, and hands back what came of them.
    pub(super) fn told(mut self, commands: impl IntoIterator<Item = AccountCommand>) -> Trace {
        commands.into_iter().try_for_each(|command| self.decide(command)).expect("every law holds");
        self.trace
    }

    /// The same, with a wait between two lists.
    pub(super) fn told_with_a_wait(
        mut self,
        first: impl IntoIterator<Item = AccountCommand>,
        wait: Span,
        then: impl IntoIterator<Item = AccountCommand>,
    ) -> Trace {
        first.into_iter().try_for_each(|command| self.decide(command)).expect("every law holds");
        self.timeline.pass(wait);
        self.told(then)
    }

    /// Makes every move and hands back what came of them.
    pub(super) fn take_all(mut self, moves: &[Move]) -> Result<Trace, Breach> {
        moves.iter().try_for_each(|one| self.take(*one))?;
        self.timeline.check().map(|()| self.trace)
    }

    fn take(&mut self, one: Move) -> Result<(), Breach> {
        match one {
            Move::Wait(span) => {
                self.timeline.pass(span);
                Ok(())
            }
            Move::WaitOut => {
                let until = self.waits_until.take().filter(|until| *until > self.timeline.now());
                until.map_or(Ok(()), |until| self.timeline.go_to(until))
            }
            other => {
                let command = self.command(other);
                self.decide(command)
            }
        }
    }

    fn decide(&mut self, command: AccountCommand) -> Result<(), Breach> {
        let at = self.timeline.now();
        let decision = self.timeline.decide(command.clone())?;
        if let Err(AccountRefusal::Throttled { until }) = decision {
            self.waits_until = Some(until);
        }
        let outcome = decision.map(|events| events.into_iter().map(|recorded| recorded.event).collect());
        outcome.iter().flatten().for_each(|event| self.note(event));
        self.trace.push(Step { at, command, outcome });
        Ok(())
    }

    fn note(&mut self, event: &AccountEvent) {
        match event {
            AccountEvent::SignInStarted { sign_in, .. } | AccountEvent::RecoveryCompleted { sign_in, .. } => {
                self.sign_ins.push(*sign_in);
            }
            AccountEvent::BackupCodeIssued { backup_code, .. } => self.codes.push(*backup_code),
            AccountEvent::SignedIn { session, device, .. } => {
                self.sessions.push(*session);
                self.devices.extend(device.iter().map(|device| device.id));
            }
            AccountEvent::OperatorCodeIssued { operator_code, .. } => {
                self.operator_codes.push(*operator_code);
            }
            AccountEvent::CodeRequested { challenge, purpose, sign_in, .. } => {
                self.challenges.push(*challenge);
                self.resets.extend(sign_in.filter(|_| *purpose == CodePurpose::PasswordReset));
                self.recoveries.extend(sign_in.filter(|_| *purpose == CodePurpose::Recovery));
            }
            AccountEvent::AuthenticatorThrottled { until, .. } => self.waits_until = Some(*until),
            _ => {}
        }
    }

    /// The command of a move that isn't about time.
    fn command(&mut self, one: Move) -> AccountCommand {
        self.newest += 1;
        match one {
            Move::Register { claimed: false } => register(),
            Move::Register { claimed: true } => register_a_claimed_address(),
            Move::CheckCode { fits } => registration_code(ch(0), fits),
            Move::Verify | Move::Wait(_) | Move::WaitOut => verify_email(),
            Move::Start { password, device } => self.start(password, device),
            Move::Request { sign_in } => AccountCommand::RequestChallenge {
                sign_in: self.sign_in(sign_in),
                factor: Factor::EmailCode,
                challenge: challenge(self.newest),
            },
            Move::AnswerCode { sign_in, code, keep } => self.answer_code(sign_in, code, keep),
            Move::AnswerBackup { sign_in, code } => AccountCommand::AnswerBackupCode {
                sign_in: self.sign_in(sign_in),
                found: self.found(code),
                replacement: backup_code(bc(self.newest)),
            },
            Move::Reissue { sign_in } => AccountCommand::ReissueBackupCode {
                sign_in: self.sign_in(sign_in),
                replacement: backup_code(bc(self.newest)),
            },
            Move::Confirm { sign_in, code, saved, keep } => self.confirm(sign_in, code, saved, keep),
            Move::Cancel { sign_in } => AccountCommand::CancelSignIn { sign_in: self.sign_in(sign_in) },
            Move::Operate(Operation::Suspend) => suspend(),
            Move::Operate(Operation::Reinstate) => reinstate(),
            Move::Operate(Operation::Close) => close(),
            Move::Settle { sent } => self.settle(sent),
            Move::Reset => request_reset(self.newest),
            Move::CompleteReset { reset, code, backup } => self.complete_reset(reset, code, backup),
            Move::StepUp => self.step_up(),
            Move::Change(change) => self.change(change),
            Move::IssueOperatorCode { stated: false } => issue_operator_code(self.newest),
            Move::IssueOperatorCode { stated: true } => {
                issue_operator_code_with_address(self.newest, OTHER_EMAIL)
            }
            Move::CancelRecovery { by_mail: true } => AccountCommand::CancelRecovery {
                by: Canceller::Mail(newest(&self.operator_codes, 0).unwrap_or(oc(0))),
            },
            Move::CancelRecovery { by_mail: false } => cancel_as_operator(),
            Move::Recovery { shown: false } => request_recovery(self.newest),
            Move::Recovery { shown: true } => {
                request_recovery_with(newest(&self.operator_codes, 0).unwrap_or(oc(0)), self.newest)
            }
            Move::Recover { recovery, proofs } => self.recover(recovery, proofs),
            Move::Notice => notice_sent(Notice::BackupCodeRedeemed, newest(&self.codes, 1).unwrap_or(bc(0))),
        }
    }

    fn start(&self, password: Password, device: u32) -> AccountCommand {
        let version = self.timeline.state().person().map_or(1, |person| person.password_version);
        let rehashed = (password == Password::Rehashed).then(|| Verifier::plain(DEARER_HASH));
        let version = if password == Password::Stale { version.wrapping_sub(1) } else { version };
        AccountCommand::StartSignIn(StartSignIn {
            sign_in: si(self.newest),
            client: None,
            device: device.checked_sub(1).map(|back| newest(&self.devices, back).unwrap_or(dv(0))),
            device_label: None,
            locale: Locale::default(),
            purpose: SignInPurpose::SignIn,
            check: PasswordCheck { version, fits: password != Password::Wrong, rehashed },
            challenge: challenge(self.newest),
        })
    }

    fn answer_code(&self, sign_in: u32, code: Code, keep: bool) -> AccountCommand {
        let sign_in = self.sign_in(sign_in);
        let live = self.timeline.state().sign_in(sign_in).and_then(|sign_in| sign_in.challenge());
        let compared_with = match code {
            Code::Other => newest(&self.challenges, 1),
            Code::Right | Code::Wrong => live.map(|challenge| challenge.id),
        };
        AccountCommand::AnswerEmailCode(AnswerEmailCode {
            sign_in,
            challenge: None,
            check: CodeCheck { challenge: compared_with, fits: code != Code::Wrong },
            backup_code: backup_code(bc(self.newest)),
            session: session(self.newest, self.new_device(keep)),
        })
    }

    fn complete_reset(&self, reset: u32, code: Code, backup: Option<u32>) -> AccountCommand {
        let reset = newest(&self.resets, reset).unwrap_or(si(0));
        let live = self.timeline.state().reset(reset).map(|reset| reset.challenge.id);
        let compared_with = if code == Code::Other { newest(&self.challenges, 1) } else { live };
        AccountCommand::CompletePasswordReset(CompletePasswordReset {
            reset,
            check: CodeCheck { challenge: compared_with, fits: code != Code::Wrong },
            ..completion(self.newest, true, self.found(backup))
        })
    }

    fn step_up(&self) -> AccountCommand {
        match self.start(Password::Right, 0) {
            AccountCommand::StartSignIn(start) => {
                AccountCommand::StartSignIn(StartSignIn { purpose: SignInPurpose::StepUp, ..start })
            }
            other => other,
        }
    }

    fn change(&self, change: Change) -> AccountCommand {
        let session = newest(&self.sessions, 0).unwrap_or(ss(0));
        match change {
            Change::Password => {
                AccountCommand::ChangePassword { session, password: Verifier::plain(OTHER_HASH) }
            }
            Change::Request => {
                AccountCommand::RequestBackupCode { session, code: backup_code(bc(self.newest)) }
            }
            Change::Confirm { saved } => {
                let backup_code = newest(&self.codes, 0).unwrap_or(bc(0));
                AccountCommand::ConfirmBackupCode { session, backup_code, saved }
            }
        }
    }

    fn recover(&self, recovery: u32, proofs: Proofs) -> AccountCommand {
        let recovery = newest(&self.recoveries, recovery).unwrap_or(si(0));
        let live = self.timeline.state().recovery(recovery).map(|recovery| recovery.challenge.id);
        let check = |code| {
            let challenge = if code == Code::Other { newest(&self.challenges, 1) } else { live };
            CodeCheck { challenge, fits: code != Code::Wrong }
        };
        let operator = |back: Option<u32>| back.and_then(|back| newest(&self.operator_codes, back));
        let proofs = match proofs {
            Proofs::MailAndBackup(code, backup) => {
                RecoveryProofs::Mailed { check: check(code), found: self.found(backup) }
            }
            Proofs::OperatorAndMail(code, mailed) => RecoveryProofs::Operator {
                code: operator(code),
                second: SecondProof::MailedCode(check(mailed)),
            },
            Proofs::OperatorAndBackup(code, backup) => RecoveryProofs::Operator {
                code: operator(code),
                second: SecondProof::BackupCode(self.found(backup)),
            },
        };
        AccountCommand::CompleteRecovery(CompleteRecovery { recovery, ..recovering(self.newest, proofs) })
    }

    fn confirm(&self, sign_in: u32, code: Option<u32>, saved: bool, keep: bool) -> AccountCommand {
        let sign_in = self.sign_in(sign_in);
        let stage = self.timeline.state().sign_in(sign_in).map(|sign_in| &sign_in.stage);
        let shown = match stage {
            Some(Stage::SaveRequired(gate)) => Some(gate.code),
            _ => newest(&self.codes, 0),
        };
        let code = code.map_or(shown, |back| newest(&self.codes, back));
        AccountCommand::ConfirmSave {
            sign_in,
            backup_code: code.unwrap_or(bc(0)),
            saved,
            session: session(self.newest, self.new_device(keep)),
        }
    }

    fn settle(&self, left: bool) -> AccountCommand {
        let unsettled = self.timeline.state().unsettled().first();
        let (challenge, send) = unsettled.map_or((ch(0), 1), |sending| (sending.challenge, sending.send));
        if left { sent(challenge, send) } else { not_sent(challenge, send, DeliveryFailure::Refused) }
    }

    fn sign_in(&self, back: u32) -> SignInId {
        newest(&self.sign_ins, back).unwrap_or(si(0))
    }

    fn found(&self, back: Option<u32>) -> BackupCodeMatch {
        back.and_then(|back| newest(&self.codes, back)).map_or(BackupCodeMatch::None, BackupCodeMatch::Code)
    }

    fn new_device(&self, keep: bool) -> Option<DeviceId> {
        keep.then(|| dv(self.newest))
    }
}

fn newest<T: Copy>(of: &[T], back: u32) -> Option<T> {
    of.iter().rev().nth(usize::try_from(back).ok()?).copied()
}
