//! What an account has to be recovered with.

use std::collections::{BTreeMap, BTreeSet};

use countersign_domain::account::{
    AccountCommand, AccountEvent, BackupCodeMatch, CodeCheck, CompleteRecovery, IssueCause, PasswordChange,
    RecoveryProofs, SecondProof,
};
use countersign_domain::id::{BackupCodeId, ChallengeId, OperatorCodeId, SessionId, SignInId};
use countersign_domain::policy;
use countersign_domain::time::Timestamp;
use countersign_domain::word::CodePurpose;

use super::{Step, Trace, ensure};

/// What can prove something at a moment.
#[derive(Default)]
struct Usable {
    open: Option<Open>,
    confirmed: Option<BackupCodeId>,
    unconfirmed: Option<Shown>,
    operator_code: Option<(OperatorCodeId, Timestamp, bool)>,
    sessions: BTreeMap<SessionId, SignInId>,
    completed: BTreeSet<SignInId>,
}

/// The newest recovery that was asked for.
struct Open {
    id: SignInId,
    challenge: ChallengeId,
    until: Timestamp,
    wrong: u32,
    /// The operator code that it was asked for with, where an address was stated with that.
    elsewhere: Option<OperatorCodeId>,
}

/// A backup code that nobody said to have saved.
struct Shown {
    code: BackupCodeId,
    /// Where a session asked for it, the sign-in of that.
    requested_in: Option<SignInId>,
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
        let Some(open) = self.open.as_ref().filter(|open| open.id == complete.recovery) else { return false };
        let alive = now < open.until && open.wrong < policy::GUESSES_PER_CHALLENGE.value;
        let mailed = |check: CodeCheck, beside: Option<OperatorCodeId>| {
            let counts = open.elsewhere.is_none() || open.elsewhere == beside;
            counts && check.fits && check.challenge == Some(open.challenge)
        };
        let saved =
            |found: BackupCodeMatch| matches!(found, BackupCodeMatch::Code(code) if self.redeemable(code));
        let operator = |code: Option<OperatorCodeId>| {
            self.operator_code.is_some_and(|(held, from, _)| {
                let until = from + policy::OPERATOR_CODE_LIFETIME.value;
                Some(held) == code && from <= now && now < until
            })
        };
        alive
            && match complete.proofs {
                RecoveryProofs::Mailed { check, found } => mailed(check, None) && saved(found),
                RecoveryProofs::Operator { code, second: SecondProof::MailedCode(check) } => {
                    operator(code) && mailed(check, code)
                }
                RecoveryProofs::Operator { code, second: SecondProof::BackupCode(found) } => {
                    operator(code) && saved(found)
                }
            }
    }

    fn redeemable(&self, code: BackupCodeId) -> bool {
        self.confirmed == Some(code) || self.unconfirmed.as_ref().is_some_and(|shown| shown.code == code)
    }

    fn take(&mut self, at: Timestamp, event: &AccountEvent) {
        match event {
            AccountEvent::CodeRequested {
                purpose: CodePurpose::Recovery,
                challenge,
                sign_in: Some(id),
                expires_at,
                operator_code,
                ..
            } => {
                let stated =
                    self.operator_code.filter(|(held, _, stated)| *stated && Some(*held) == *operator_code);
                let elsewhere = stated.map(|(held, ..)| held);
                let (id, challenge, until) = (*id, *challenge, *expires_at);
                self.open = Some(Open { id, challenge, until, wrong: 0, elsewhere });
            }
            AccountEvent::CodeRejected { sign_in: Some(id), .. }
            | AccountEvent::BackupCodeRejected { sign_in: id }
            | AccountEvent::OperatorCodeRejected { sign_in: id, .. } => {
                self.open.iter_mut().filter(|open| open.id == *id).for_each(|open| open.wrong += 1);
            }
            AccountEvent::OperatorCodeIssued { operator_code, email, .. } => {
                let from = at + policy::OPERATOR_CODE_WAIT.value;
                self.operator_code = Some((*operator_code, from, email.is_some()));
            }
            AccountEvent::RecoveryCancelled { .. } | AccountEvent::OperatorCodeAccepted { .. } => {
                self.operator_code = None;
            }
            AccountEvent::Suspended { .. } | AccountEvent::Closed { .. } => {
                (self.operator_code, self.open) = (None, None);
            }
            AccountEvent::RecoveryCompleted { sign_in, .. } => {
                (self.operator_code, self.open, self.confirmed) = (None, None, None);
                self.completed.insert(*sign_in);
            }
            AccountEvent::SignedIn { sign_in, session, .. } => {
                self.sessions.insert(*session, *sign_in);
            }
            event => self.take_of_backup_codes(event),
        }
    }

    /// An unconfirmed code lives until its successor is shown, a confirmed one until that is confirmed.
    fn take_of_backup_codes(&mut self, event: &AccountEvent) {
        match event {
            AccountEvent::BackupCodeIssued { backup_code, sign_in, cause, .. } => {
                let requested_in = (*cause == IssueCause::Requested).then_some(*sign_in);
                self.unconfirmed = Some(Shown { code: *backup_code, requested_in });
            }
            AccountEvent::BackupCodeRedeemed { backup_code, .. } => {
                self.confirmed.take_if(|code| code == backup_code);
                self.unconfirmed.take_if(|shown| shown.code == *backup_code);
            }
            AccountEvent::SaveConfirmed { backup_code, .. } => {
                self.confirmed = Some(*backup_code);
                self.unconfirmed.take_if(|shown| shown.code == *backup_code);
            }
            AccountEvent::PasswordChanged { cause, .. } if *cause != PasswordChange::Rehashed => {
                self.open = None;
                self.unconfirmed.take_if(|shown| shown.requested_in.is_some());
            }
            AccountEvent::SessionsRevoked { except, .. } => {
                let spared = except.and_then(|session| self.sessions.get(&session)).copied();
                self.unconfirmed
                    .take_if(|shown| shown.requested_in.is_some() && shown.requested_in != spared);
            }
            _ => {}
        }
    }
}
