//! A forgotten password: another one is chosen with the mailed code *and* a proof that is not mail.

use super::attempt::Challenge;
use super::backup_code::redeem;
use super::causes::{CodeMessage, PasswordChange};
use super::commands::{BackupCodeMatch, CompletePasswordReset, NewChallenge};
use super::events::AccountEvent;
use super::refusal::AccountRefusal;
use super::state::{Account, HeldCode, Person, Reset};
use crate::id::{ChallengeId, SignInId};
use crate::policy;
use crate::time::Timestamp;
use crate::word::{Authenticator, Channel, CodePurpose};

impl Account {
    /// Asks for a code. Whether mailed codes are disabled for sign-ins does not matter: nothing is opened with this one
    /// alone.
    pub(super) fn request_password_reset(
        &self,
        now: Timestamp,
        reset: SignInId,
        challenge: NewChallenge,
    ) -> Result<Vec<AccountEvent>, AccountRefusal> {
        self.active()?;
        Ok(vec![AccountEvent::CodeRequested {
            challenge: challenge.id,
            purpose: CodePurpose::PasswordReset,
            sign_in: Some(reset),
            channel: Channel::Email,
            code_id: challenge.code_id,
            key: challenge.key,
            send: 1,
            message: CodeMessage::Code,
            expires_at: now + policy::CODE_LIFETIME.value,
            operator_code: None,
        }])
    }

    /// Both proofs are right, or it is a failure of the one that is not; the backup code is looked at only behind the
    /// right mailed code, so that who cannot read the mail learns nothing of it and uses up none of its attempts.
    pub(super) fn complete_password_reset(
        &self,
        now: Timestamp,
        complete: CompletePasswordReset,
    ) -> Result<Vec<AccountEvent>, AccountRefusal> {
        let person = self.active()?;
        let reset = person.reset.as_ref().filter(|reset| reset.id == complete.reset);
        let reset = reset.ok_or(AccountRefusal::NoReset)?;
        person.may_attempt(Authenticator::BackupCode, None, now)?;
        reset.challenge.may_be_answered(now, complete.check)?;
        if !reset.challenge.is_answered_by(complete.check) {
            return Ok(reject_code_of(reset.id, reset.challenge.id));
        }
        let Some(held) = person.held(complete.found) else {
            return Ok(person.reject_backup_code_of(reset.id, now));
        };
        let password = complete.password.ok_or(AccountRefusal::UnsuitablePassword)?;
        let accepted = AccountEvent::CodeAccepted { challenge: reset.challenge.id, sign_in: Some(reset.id) };
        let redeemed = redeem(reset.id, held, complete.replacement);
        let changed = person.choose_password(now, PasswordChange::Reset, password, None);
        Ok(std::iter::once(accepted).chain(redeemed).chain(changed).collect())
    }

    /// The person, if the account can be signed in to.
    pub(super) fn active(&self) -> Result<&Person, AccountRefusal> {
        match self {
            Self::Unregistered | Self::Unverified(_) => Err(AccountRefusal::NotVerified),
            Self::Suspended(_) => Err(AccountRefusal::Suspended),
            Self::Closed(_) => Err(AccountRefusal::Closed),
            Self::Active(person) => Ok(person),
        }
    }

    /// The open reset with this id.
    pub fn reset(&self, id: SignInId) -> Option<&Reset> {
        self.person()?.reset.as_ref().filter(|reset| reset.id == id)
    }

    pub(super) fn reset_mut(&mut self, id: SignInId) -> Option<&mut Reset> {
        self.person_mut()?.reset.as_mut().filter(|reset| reset.id == id)
    }

    /// A reset was asked for; it takes the place of one that was open.
    pub(super) fn reset_asked(&mut self, id: SignInId, challenge: Challenge) {
        if let Some(person) = self.person_mut() {
            person.reset = Some(Reset { id, challenge });
        }
    }

    /// What was asked for without a session ends, and what an operator prepared.
    pub(super) fn attempts_ended(&mut self) {
        if let Some(person) = self.person_mut() {
            person.reset = None;
            person.recovery = None;
            person.operator_code = None;
        }
    }
}

impl Person {
    /// The backup code that was found, if it can be redeemed.
    pub(super) fn held(&self, found: BackupCodeMatch) -> Option<&HeldCode> {
        match found {
            BackupCodeMatch::None => None,
            BackupCodeMatch::Code(code) => self.backup_codes.usable(code),
        }
    }

    /// A wrong backup code of a reset or a recovery.
    pub(super) fn reject_backup_code_of(&self, attempt: SignInId, now: Timestamp) -> Vec<AccountEvent> {
        let rejected = AccountEvent::BackupCodeRejected { sign_in: attempt };
        std::iter::once(rejected).chain(self.consequences(Authenticator::BackupCode, None, now)).collect()
    }
}

/// A wrong mailed code of a reset or a recovery. Anybody who knows the address can cause one, so that it counts for the
/// attempt alone: five end it, and behind the digits stands a proof that cannot be guessed.
pub(super) fn reject_code_of(attempt: SignInId, challenge: ChallengeId) -> Vec<AccountEvent> {
    vec![AccountEvent::CodeRejected { challenge, sign_in: Some(attempt) }]
}
