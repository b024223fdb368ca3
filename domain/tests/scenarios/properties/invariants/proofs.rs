//! What a session has to be proven with, and that an end is an end.

use std::collections::{BTreeMap, BTreeSet};

use countersign_domain::account::{AccountCommand, AccountEvent, BackupCodeMatch};
use countersign_domain::id::{BackupCodeId, ChallengeId, SignInId};
use countersign_domain::policy;
use countersign_domain::time::Timestamp;

use super::{Step, Trace, ensure, facts, is_of_a_session};

/// What is proven so far.
#[derive(Default)]
struct Proven {
    open: bool,
    password_version: u64,
    passwords: BTreeSet<SignInId>,
    challenges: BTreeMap<ChallengeId, SignInId>,
    factors: BTreeSet<SignInId>,
    shown: BTreeMap<BackupCodeId, SignInId>,
    redeemed: BTreeMap<BackupCodeId, Timestamp>,
    confirmed: Option<BackupCodeId>,
}

/// A session needs an open account, the right password, one more factor, and a confirmed backup code.
pub(super) fn every_session_was_proven(trace: &Trace) -> Result<(), String> {
    let mut proven = Proven::default();
    for (step, event) in facts(trace) {
        if let AccountEvent::SignedIn { sign_in, .. } = event {
            let missing = proven.missing(*sign_in);
            ensure(missing.is_empty(), || format!("{sign_in} was granted without {missing:?}"))?;
        }
        proven.take(step, event);
    }
    Ok(())
}

impl Proven {
    fn missing(&self, sign_in: SignInId) -> Vec<&'static str> {
        let needed = [
            ("an open account", self.open),
            ("the password", self.passwords.contains(&sign_in)),
            ("a factor", self.factors.contains(&sign_in)),
            ("a confirmed code", self.confirmed.is_some()),
        ];
        needed.into_iter().filter(|(_, there)| !there).map(|(name, _)| name).collect()
    }

    /// Counts only what the command that led to the event had proven.
    fn take(&mut self, step: &Step, event: &AccountEvent) {
        match (event, &step.command) {
            (AccountEvent::EmailVerified { .. }, _) => (self.open, self.password_version) = (true, 1),
            (AccountEvent::Reinstated {}, _) => self.open = true,
            (AccountEvent::Suspended { .. } | AccountEvent::Closed { .. }, _) => self.open = false,
            (AccountEvent::PasswordChanged { .. }, _) => self.password_version += 1,
            (AccountEvent::SignInStarted { sign_in, .. }, AccountCommand::StartSignIn(start)) => {
                let right = start.check.fits && start.check.version == self.password_version;
                self.passwords.extend(Some(*sign_in).filter(|_| right && self.open));
            }
            (AccountEvent::CodeRequested { challenge, sign_in: Some(sign_in), .. }, _) => {
                self.challenges.insert(*challenge, *sign_in);
            }
            (AccountEvent::CodeAccepted { challenge, sign_in: Some(sign_in) }, command) => {
                self.accept(*challenge, *sign_in, command);
            }
            (AccountEvent::BackupCodeIssued { backup_code, sign_in, .. }, _) => {
                self.shown.insert(*backup_code, *sign_in);
            }
            (AccountEvent::BackupCodeRedeemed { backup_code, sign_in }, command) => {
                self.redeem(*backup_code, *sign_in, step.at, command);
            }
            (AccountEvent::GateReopened { backup_code, sign_in, .. }, command) => {
                self.reopen(*backup_code, *sign_in, step.at, command);
            }
            (
                AccountEvent::SaveConfirmed { backup_code, sign_in },
                AccountCommand::ConfirmSave { saved, .. } | AccountCommand::ConfirmBackupCode { saved, .. },
            ) => {
                let seen = self.shown.get(backup_code) == Some(sign_in) && *saved;
                self.confirmed = Some(*backup_code).filter(|_| seen);
            }
            (AccountEvent::RecoveryCompleted { sign_in, .. }, AccountCommand::CompleteRecovery(complete)) => {
                self.confirmed = None;
                let chosen = complete.recovery == *sign_in && complete.password.is_some();
                self.passwords.extend(Some(*sign_in).filter(|_| chosen && self.open));
                // That two proofs were right is looked at by itself.
                self.factors.extend(Some(*sign_in).filter(|_| chosen));
            }
            _ => {}
        }
    }

    fn accept(&mut self, challenge: ChallengeId, sign_in: SignInId, command: &AccountCommand) {
        let AccountCommand::AnswerEmailCode(answer) = command else { return };
        let compared = answer.check.fits && answer.check.challenge == Some(challenge);
        let its_own = self.challenges.get(&challenge) == Some(&sign_in) && answer.sign_in == sign_in;
        self.factors.extend(Some(sign_in).filter(|_| compared && its_own));
    }

    fn redeem(&mut self, code: BackupCodeId, sign_in: SignInId, at: Timestamp, command: &AccountCommand) {
        let live = self.shown.contains_key(&code) && !self.redeemed.contains_key(&code);
        self.factors.extend(Some(sign_in).filter(|_| live && typed(command, code, sign_in)));
        self.redeemed.insert(code, at);
        self.confirmed = self.confirmed.filter(|confirmed| *confirmed != code);
    }

    fn reopen(&mut self, code: BackupCodeId, sign_in: SignInId, at: Timestamp, command: &AccountCommand) {
        let in_time =
            self.redeemed.get(&code).is_some_and(|redeemed| at < *redeemed + policy::GATE_REOPENS_FOR.value);
        self.factors.extend(Some(sign_in).filter(|_| in_time && typed(command, code, sign_in)));
    }
}

/// Whether the command says that this code was typed in this sign-in.
fn typed(command: &AccountCommand, code: BackupCodeId, into: SignInId) -> bool {
    let AccountCommand::AnswerBackupCode { sign_in, found, .. } = command else { return false };
    *sign_in == into && *found == BackupCodeMatch::Code(code)
}

/// A sign-in that was granted, given up or denied takes part in nothing more.
pub(super) fn what_ended_stays_ended(trace: &Trace) -> Result<(), String> {
    let mut ended = BTreeSet::new();
    for (step, event) in facts(trace) {
        if let Some(sign_in) = takes_part(event).filter(|_| !is_of_a_session(&step.command)) {
            ensure(!ended.contains(&sign_in), || format!("{sign_in} had ended before {event:?}"))?;
        }
        match event {
            AccountEvent::SignedIn { sign_in, .. }
            | AccountEvent::SignInCancelled { sign_in }
            | AccountEvent::SignInDenied { sign_in, .. } => drop(ended.insert(*sign_in)),
            AccountEvent::GateReopened { took_over, .. } => drop(ended.insert(*took_over)),
            _ => {}
        }
    }
    Ok(())
}

fn takes_part(event: &AccountEvent) -> Option<SignInId> {
    match event {
        AccountEvent::SignInStarted { sign_in, .. }
        | AccountEvent::SignedIn { sign_in, .. }
        | AccountEvent::SignInCancelled { sign_in }
        | AccountEvent::SignInDenied { sign_in, .. }
        | AccountEvent::BackupCodeIssued { sign_in, .. }
        | AccountEvent::BackupCodeRedeemed { sign_in, .. }
        | AccountEvent::BackupCodeRejected { sign_in }
        | AccountEvent::SaveConfirmed { sign_in, .. }
        | AccountEvent::OperatorCodeAccepted { sign_in, .. }
        | AccountEvent::OperatorCodeRejected { sign_in, .. }
        | AccountEvent::RecoveryCompleted { sign_in, .. }
        | AccountEvent::GateReopened { sign_in, .. } => Some(*sign_in),
        AccountEvent::CodeRequested { sign_in, .. }
        | AccountEvent::CodeAccepted { sign_in, .. }
        | AccountEvent::CodeRejected { sign_in, .. } => *sign_in,
        _ => None,
    }
}
