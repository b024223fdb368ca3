//! A lost backup code, a lost mailbox: the account is recovered with two proofs of three kinds, and bound anew.

use super::attempt::{Challenge, Gate, SignIn, Stage};
use super::backup_code::{issue, redeem};
use super::causes::{CodeMessage, IssueCause, PasswordChange, RecoveryProof};
use super::commands::{BackupCodeMatch, CodeCheck, NewBackupCode, NewChallenge};
use super::events::AccountEvent;
use super::refusal::AccountRefusal;
use super::reset::reject_code_of;
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
    /// Whether the address that was stated is claimed for the account by now. Without that it cannot become its own.
    pub claimed: bool,
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
    /// Asks for a code. Who shows an operator code that is valid is mailed it at the address that was stated with that, if
    /// one was, and nobody without it takes the recovery's place.
    pub(super) fn request_recovery(
        &self,
        now: Timestamp,
        recovery: SignInId,
        challenge: NewChallenge,
        shown: Option<OperatorCodeId>,
    ) -> Result<Vec<AccountEvent>, AccountRefusal> {
        let person = self.active()?;
        let valid = person.operator_code.as_ref().filter(|held| held.is_valid(now)).map(|held| held.id);
        let operator_code = shown.filter(|shown| valid == Some(*shown));
        let open = person.recovery.as_ref().filter(|open| open.challenge.is_live(now));
        let vouched_for = open.and_then(|open| open.operator_code).filter(|code| valid == Some(*code));
        if vouched_for.is_some() && operator_code.is_none() {
            return Err(AccountRefusal::RecoveryUnderWay);
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
            operator_code,
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
        let moved = person.gets_address(recovery, &proofs);
        if moved.is_some() && !complete.claimed {
            return Err(AccountRefusal::StaleCheck);
        }
        let completed = AccountEvent::RecoveryCompleted {
            sign_in: recovery.id,
            client: complete.client,
            proofs,
            expires_at: now + policy::GATE_LIFETIME.value,
        };
        let changed = person.choose_password(now, PasswordChange::Recovery, password, None);
        Ok(proven.into_iter().chain(changed).chain(moved).chain([completed]).collect())
    }

    /// The open recovery with this id.
    pub fn recovery(&self, id: SignInId) -> Option<&Recovery> {
        self.person()?.recovery.as_ref().filter(|recovery| recovery.id == id)
    }

    /// A recovery was asked for; it takes the place of one that was open.
    pub(super) fn recovery_asked(
        &mut self,
        id: SignInId,
        challenge: Challenge,
        operator_code: Option<OperatorCodeId>,
    ) {
        if let Some(person) = self.person_mut() {
            let held = person.operator_code.as_ref().filter(|held| Some(held.id) == operator_code);
            let stated = held.and_then(|held| held.stated.clone());
            person.recovery = Some(Recovery { id, challenge, operator_code, stated });
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
        person.succeeded(Authenticator::EmailCode);
        person.recovery = None;
        person.operator_code = None;
        let codes = &mut person.backup_codes;
        codes.confirmed = None;
        codes.confirmed_at = None;
        let redeemed = codes.redeemed.take_if(|redeemed| redeemed.held_by == id);
        codes.redeemed = redeemed;
        let Some(shown) = &codes.unconfirmed else { return };
        let (code, code_aal) = (shown.id, shown.aal);
        let gate = Gate { code, amr: methods(proofs), aal: Aal::Aal1, code_aal, reissues: 0 };
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
                judge_mailed_code(now, recovery, check, None)?.and(second)
            }
            RecoveryProofs::Operator { code, second: SecondProof::MailedCode(check) } => {
                let replaced = || Ok(Judged::Right(vec![self.replace_lost(recovery, complete)], Vec::new()));
                let second = || judge_mailed_code(now, recovery, check, code)?.and(replaced);
                self.judge_operator_code(now, recovery, code).and(second)
            }
            RecoveryProofs::Operator { code, second: SecondProof::BackupCode(found) } => {
                self.may_attempt(Authenticator::BackupCode, None, now)?;
                let second = || Ok(self.judge_backup_code(now, recovery, complete, found));
                self.judge_operator_code(now, recovery, code).and(second)
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
    ) -> Judged {
        let rejected =
            |cause| Judged::Wrong(vec![AccountEvent::OperatorCodeRejected { sign_in: recovery.id, cause }]);
        let held = self.operator_code.as_ref().filter(|held| Some(held.id) == code);
        let Some(held) = held else { return rejected(None) };
        if let Some(cause) = held.untimely(now) {
            return rejected(Some(cause));
        }
        let accepted = AccountEvent::OperatorCodeAccepted { operator_code: held.id, sign_in: recovery.id };
        Judged::Right(vec![accepted], vec![RecoveryProof::OperatorCode])
    }

    /// The account's new address, where the operator code and the code that was mailed to the stated one are right.
    fn gets_address(&self, recovery: &Recovery, proofs: &[RecoveryProof]) -> Option<AccountEvent> {
        let mailed = proofs.contains(&RecoveryProof::EmailCode);
        recovery.stated.clone().filter(|_| mailed).map(|stated| AccountEvent::EmailChanged {
            email: stated.email,
            email_key: stated.email_key,
            previous: self.holder.email.clone(),
        })
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

/// A code that went to a stated address says nothing of the account but beside the operator code that it was stated with.
fn judge_mailed_code(
    now: Timestamp,
    recovery: &Recovery,
    check: CodeCheck,
    beside: Option<OperatorCodeId>,
) -> Result<Judged, AccountRefusal> {
    let challenge = &recovery.challenge;
    challenge.may_be_answered(now, check)?;
    let counts = recovery.stated.is_none() || recovery.operator_code == beside;
    if !(counts && challenge.is_answered_by(check)) {
        return Ok(Judged::Wrong(reject_code_of(recovery.id, challenge.id)));
    }
    let accepted = AccountEvent::CodeAccepted { challenge: challenge.id, sign_in: Some(recovery.id) };
    Ok(Judged::Right(vec![accepted], vec![RecoveryProof::EmailCode]))
}

/// How a person authenticated who proved this. The password that was chosen beside it proves nothing yet, and that an
/// operator vouched for them is no way of authenticating: `recovery.completed` says it.
fn methods(proofs: &[RecoveryProof]) -> Vec<Amr> {
    let proven = |proof: RecoveryProof| proofs.contains(&proof);
    let mailed = proven(RecoveryProof::EmailCode).then_some(Amr::Email);
    let typed = proven(RecoveryProof::BackupCode).then_some(Amr::Otp);
    [typed, mailed].into_iter().flatten().collect()
}
