//! A lost backup code, a lost mailbox: the account is recovered with two proofs of three kinds, and bound anew.

use super::attempt::{Challenge, Gate, SignIn, Stage};
use super::backup_code::{issue, redeem};
use super::causes::{CodeMessage, IssueCause, PasswordChange, RecoveryProof};
use super::commands::{BackupCodeMatch, CodeCheck, NewBackupCode, NewChallenge};
use super::events::AccountEvent;
use super::refusal::AccountRefusal;
use super::state::{Account, Person, Recovery};
use crate::id::{ClientId, OperatorCodeId, SignInId};
use crate::policy;
use crate::secret::Verifier;
use crate::time::Timestamp;
use crate::word::{Aal, Amr, Authenticator, Channel, CodePurpose};

/// Recover an account with two proofs.
#[derive(Debug, Clone)]
pub struct CompleteRecovery {
    /// The recovery.
    pub recovery: SignInId,
    /// The client that the sign-in will belong to.
    pub client: Option<ClientId>,
    /// What came of looking at the proofs.
    pub proofs: RecoveryProofs,
    /// What the new backup code is made of.
    pub replacement: NewBackupCode,
    /// The hash of the new password; none where it is too easy to guess for who knows the address.
    pub password: Option<Verifier>,
}

/// What came of looking at two proofs of different kinds, in the order in which they count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecoveryProofs {
    /// The mailed code, and behind it the backup code.
    Mailed {
        /// What came of comparing the mailed code.
        check: CodeCheck,
        /// What came of comparing the backup code.
        found: BackupCodeMatch,
    },
    /// An operator code, and behind it another proof.
    Operator {
        /// The operator code that fits, if one does.
        code: Option<OperatorCodeId>,
        /// The other one.
        second: SecondProof,
    },
}

/// The proof behind an operator code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecondProof {
    /// The code that was mailed.
    MailedCode(CodeCheck),
    /// A backup code.
    BackupCode(BackupCodeMatch),
}

/// What two proofs come to: what is recorded of them, or of the one that is wrong.
enum Judged {
    Right(Vec<AccountEvent>, Vec<RecoveryProof>),
    Wrong(Vec<AccountEvent>),
}

impl Account {
    /// Asks for a code. Where mailed codes are disabled for everybody who is no known device, only who has an operator
    /// code can get on without one.
    pub(super) fn request_recovery(
        &self,
        now: Timestamp,
        recovery: SignInId,
        challenge: NewChallenge,
    ) -> Result<Vec<AccountEvent>, AccountRefusal> {
        let person = self.active()?;
        let mailed = person.may_attempt(Authenticator::EmailCode, None, now);
        if let (Err(refusal @ AccountRefusal::AuthenticatorDisabled { .. }), None) =
            (mailed, person.pending_operator_code(now))
        {
            return Err(refusal);
        }
        Ok(vec![AccountEvent::CodeRequested {
            challenge: challenge.id,
            purpose: CodePurpose::Recovery,
            sign_in: Some(recovery),
            channel: Channel::Email,
            code_id: challenge.code_id,
            key: challenge.key,
            send: 1,
            message: CodeMessage::Code,
            expires_at: now + policy::CODE_LIFETIME.value,
        }])
    }

    /// Both proofs are right, or it is a failure of the first that is not. All that was there before is void: what comes
    /// next is the gate.
    pub(super) fn complete_recovery(
        &self,
        now: Timestamp,
        complete: CompleteRecovery,
    ) -> Result<Vec<AccountEvent>, AccountRefusal> {
        let person = self.active()?;
        let recovery = person.recovery.as_ref().filter(|open| open.id == complete.recovery);
        let recovery = recovery.ok_or(AccountRefusal::NoRecovery)?;
        recovery.challenge.must_be_open(now)?;
        let (proven, proofs) = match person.judge(now, recovery, &complete)? {
            Judged::Right(proven, proofs) => (proven, proofs),
            Judged::Wrong(rejected) => return Ok(rejected),
        };
        let password = complete.password.ok_or(AccountRefusal::UnsuitablePassword)?;
        let completed = AccountEvent::RecoveryCompleted {
            sign_in: recovery.id,
            client: complete.client,
            proofs,
            expires_at: now + policy::GATE_LIFETIME.value,
        };
        let changed = person.choose_password(now, PasswordChange::Recovery, password, None);
        Ok(proven.into_iter().chain(changed).chain([completed]).collect())
    }

    /// The open recovery with this id.
    pub fn recovery(&self, id: SignInId) -> Option<&Recovery> {
        self.person()?.recovery.as_ref().filter(|recovery| recovery.id == id)
    }

    /// A recovery was asked for; it takes the place of one that was open.
    pub(super) fn recovery_asked(&mut self, id: SignInId, challenge: Challenge) {
        if let Some(person) = self.person_mut() {
            person.recovery = Some(Recovery { id, challenge });
        }
    }

    /// A wrong answer of whatever kind is one of the five.
    pub(super) fn recovery_guessed(&mut self, id: SignInId) {
        let recovery = self.person_mut().and_then(|person| person.recovery.as_mut());
        if let Some(recovery) = recovery.filter(|recovery| recovery.id == id) {
            recovery.challenge.guesses = recovery.challenge.guesses.saturating_add(1);
        }
    }

    /// The recovery stands at the gate as a sign-in; no code of before is good any more, and the backup code is bound
    /// anew. What was redeemed here stays known, for who loses the reply.
    pub(super) fn recovery_completed(
        &mut self,
        at: Timestamp,
        id: SignInId,
        client: Option<ClientId>,
        proofs: &[RecoveryProof],
        expires_at: Timestamp,
    ) {
        let Some(person) = self.person_mut() else { return };
        person.succeeded(Authenticator::BackupCode);
        person.recovery = None;
        person.operator_code = None;
        let codes = &mut person.backup_codes;
        codes.confirmed = None;
        codes.confirmed_at = None;
        let redeemed = codes.redeemed.take_if(|redeemed| redeemed.held_by == id);
        let proven = redeemed.as_ref().map_or(Aal::Aal1, |redeemed| redeemed.code.aal);
        codes.redeemed = redeemed;
        let Some(shown) = &codes.unconfirmed else { return };
        let (code, code_aal) = (shown.id, shown.aal);
        let gate = Gate { code, amr: methods(proofs, proven), aal: proven, code_aal, reissues: 0 };
        let locale = person.holder.locale.clone();
        let sign_in = SignIn::started(id, client, None, None, locale, at, expires_at);
        person.make_room(at);
        person.sign_ins.push(SignIn { stage: Stage::SaveRequired(gate), ..sign_in });
    }
}

impl Person {
    fn judge(
        &self,
        now: Timestamp,
        recovery: &Recovery,
        complete: &CompleteRecovery,
    ) -> Result<Judged, AccountRefusal> {
        match complete.proofs {
            RecoveryProofs::Mailed { check, found } => {
                self.may_attempt(Authenticator::BackupCode, None, now)?;
                let second = || Ok(self.judge_backup_code(now, recovery, complete, found));
                self.judge_mailed_code(now, recovery, check)?.and(second)
            }
            RecoveryProofs::Operator { code, second: SecondProof::MailedCode(check) } => {
                self.may_attempt(Authenticator::EmailCode, None, now)?;
                let replaced = || Ok(Judged::Right(vec![self.replace_lost(recovery, complete)], Vec::new()));
                let second = || self.judge_mailed_code(now, recovery, check)?.and(replaced);
                self.judge_operator_code(now, recovery, code)?.and(second)
            }
            RecoveryProofs::Operator { code, second: SecondProof::BackupCode(found) } => {
                self.may_attempt(Authenticator::BackupCode, None, now)?;
                let second = || Ok(self.judge_backup_code(now, recovery, complete, found));
                self.judge_operator_code(now, recovery, code)?.and(second)
            }
        }
    }

    /// A code of 115 bits needs no count of its own: the five answers of a recovery bound it, and strangers can close no
    /// door with it.
    fn judge_operator_code(
        &self,
        now: Timestamp,
        recovery: &Recovery,
        code: Option<OperatorCodeId>,
    ) -> Result<Judged, AccountRefusal> {
        let held = self.operator_code.as_ref().filter(|held| Some(held.id) == code);
        let Some(held) = held else {
            return Ok(Judged::Wrong(vec![AccountEvent::OperatorCodeRejected { sign_in: recovery.id }]));
        };
        if !held.is_valid(now) {
            return Err(AccountRefusal::OperatorCodeNotValid);
        }
        let accepted = AccountEvent::OperatorCodeAccepted { operator_code: held.id, sign_in: recovery.id };
        Ok(Judged::Right(vec![accepted], vec![RecoveryProof::OperatorCode]))
    }

    fn judge_mailed_code(
        &self,
        now: Timestamp,
        recovery: &Recovery,
        check: CodeCheck,
    ) -> Result<Judged, AccountRefusal> {
        self.may_attempt(Authenticator::EmailCode, None, now)?;
        let challenge = &recovery.challenge;
        challenge.may_be_answered(now, check)?;
        if !challenge.is_answered_by(check) {
            return Ok(Judged::Wrong(self.reject_code_of(recovery.id, challenge.id, now)));
        }
        let accepted = AccountEvent::CodeAccepted { challenge: challenge.id, sign_in: Some(recovery.id) };
        Ok(Judged::Right(vec![accepted], vec![RecoveryProof::EmailCode]))
    }

    fn judge_backup_code(
        &self,
        now: Timestamp,
        recovery: &Recovery,
        complete: &CompleteRecovery,
        found: BackupCodeMatch,
    ) -> Judged {
        let Some(held) = self.held(found) else {
            return Judged::Wrong(self.reject_backup_code_of(recovery.id, now));
        };
        let redeemed = redeem(recovery.id, held, complete.replacement.clone());
        Judged::Right(redeemed, vec![RecoveryProof::BackupCode])
    }

    /// A backup code in place of the one that is lost; it vouches for no more than a mailed code does.
    fn replace_lost(&self, recovery: &Recovery, complete: &CompleteRecovery) -> AccountEvent {
        let codes = &self.backup_codes;
        let lost = codes.unconfirmed.as_ref().or(codes.confirmed.as_ref()).map(|code| code.id);
        issue(complete.replacement.clone(), IssueCause::Recovered, lost, Aal::Aal1, recovery.id)
    }
}

impl Judged {
    /// Looks at the next proof only behind one that is right.
    fn and(self, next: impl FnOnce() -> Result<Self, AccountRefusal>) -> Result<Self, AccountRefusal> {
        let (mut proven, mut proofs) = match self {
            Self::Right(proven, proofs) => (proven, proofs),
            wrong @ Self::Wrong(_) => return Ok(wrong),
        };
        match next()? {
            Self::Right(more, others) => {
                proven.extend(more);
                proofs.extend(others);
                Ok(Self::Right(proven, proofs))
            }
            wrong @ Self::Wrong(_) => Ok(wrong),
        }
    }
}

/// How a person authenticated who chose the password anew and proved this. That an operator vouched for them is no way of
/// authenticating: `recovery.completed` says it.
fn methods(proofs: &[RecoveryProof], aal: Aal) -> Vec<Amr> {
    let proven = |proof: RecoveryProof| proofs.contains(&proof);
    let mailed = proven(RecoveryProof::EmailCode).then_some(Amr::Email);
    let typed = proven(RecoveryProof::BackupCode).then_some(Amr::Otp);
    let several = (aal == Aal::Aal2).then_some(Amr::Mfa);
    [Some(Amr::Pwd), typed, mailed, several].into_iter().flatten().collect()
}
