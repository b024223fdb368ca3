//! What an account has to be recovered with.

use std::collections::{BTreeMap, BTreeSet};

use countersign_domain::account::{
    AccountCommand, AccountEvent, BackupCodeMatch, CodeCheck, CompleteRecovery, RecoveryProofs, SecondProof,
};
use countersign_domain::id::{BackupCodeId, ChallengeId, OperatorCodeId, SignInId};
use countersign_domain::policy;
use countersign_domain::time::Timestamp;

use super::{Step, Trace, ensure};

/// What can prove something at a moment.
#[derive(Default)]
struct Usable {
    mailed: BTreeMap<SignInId, ChallengeId>,
    backup_codes: BTreeSet<BackupCodeId>,
    operator_code: Option<(OperatorCodeId, Timestamp)>,
    completed: BTreeSet<SignInId>,
}

/// Whoever recovers an account proved two things that were good at that moment; the operator code had waited.
pub(super) fn every_recovery_was_proven(trace: &Trace) -> Result<(), String> {
    let mut usable = Usable::default();
    for step in trace {
        for event in step.events() {
            if let AccountEvent::RecoveryCompleted { sign_in, .. } = event {
                ensure(usable.recovers(step, *sign_in), || format!("without two proofs: {event:?}"))?;
            }
        }
        step.events().iter().for_each(|event| usable.take(step.at, event));
    }
    Ok(())
}

impl Usable {
    fn recovers(&self, step: &Step, sign_in: SignInId) -> bool {
        let AccountCommand::CompleteRecovery(complete) = &step.command else { return false };
        complete.recovery == sign_in && !self.completed.contains(&sign_in) && self.prove(step.at, complete)
    }

    fn prove(&self, now: Timestamp, complete: &CompleteRecovery) -> bool {
        let mailed =
            |check: CodeCheck| check.fits && check.challenge == self.mailed.get(&complete.recovery).copied();
        let saved = |found: BackupCodeMatch| matches!(found, BackupCodeMatch::Code(code) if self.backup_codes.contains(&code));
        let operator = |code: Option<OperatorCodeId>| {
            self.operator_code.is_some_and(|(held, from)| {
                let until = from + policy::OPERATOR_CODE_LIFETIME.value;
                Some(held) == code && from <= now && now < until
            })
        };
        match complete.proofs {
            RecoveryProofs::Mailed { check, found } => mailed(check) && saved(found),
            RecoveryProofs::Operator { code, second: SecondProof::MailedCode(check) } => {
                operator(code) && mailed(check)
            }
            RecoveryProofs::Operator { code, second: SecondProof::BackupCode(found) } => {
                operator(code) && saved(found)
            }
        }
    }

    fn take(&mut self, at: Timestamp, event: &AccountEvent) {
        match event {
            AccountEvent::CodeRequested { challenge, sign_in: Some(sign_in), .. } => {
                self.mailed.insert(*sign_in, *challenge);
            }
            AccountEvent::BackupCodeIssued { backup_code, .. } => {
                self.backup_codes.insert(*backup_code);
            }
            AccountEvent::BackupCodeRedeemed { backup_code, .. } => {
                self.backup_codes.remove(backup_code);
            }
            AccountEvent::OperatorCodeIssued { operator_code, .. } => {
                self.operator_code = Some((*operator_code, at + policy::OPERATOR_CODE_WAIT.value));
            }
            AccountEvent::RecoveryCancelled { .. }
            | AccountEvent::Suspended { .. }
            | AccountEvent::OperatorCodeAccepted { .. } => self.operator_code = None,
            AccountEvent::RecoveryCompleted { sign_in, .. } => {
                self.operator_code = None;
                self.completed.insert(*sign_in);
            }
            _ => {}
        }
    }
}
