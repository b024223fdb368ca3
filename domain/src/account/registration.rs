//! Becoming an account: registered without power, then verified by proving control of the address.

use super::commands::{CodeCheck, Register};
use super::events::AccountEvent;
use super::failures::FailureCounts;
use super::refusal::AccountRefusal;
use super::state::{Account, BackupCodes, Holder, Person, Registration, Unverified};
use crate::email::Email;
use crate::policy;
use crate::secret::{Personal, Verifier};
use crate::time::Timestamp;
use crate::word::{AddressKey, Channel, CodePurpose};

impl Account {
    pub(super) fn register(
        &self,
        now: Timestamp,
        register: Register,
    ) -> Result<Vec<AccountEvent>, AccountRefusal> {
        if *self != Self::Unregistered {
            return Err(AccountRefusal::AlreadyRegistered);
        }
        let expires_at = now + policy::CODE_LIFETIME.value;
        let registered = AccountEvent::Registered {
            registration: register.registration,
            email: Personal::plain(register.email),
            email_key: register.email_key,
            password: register.password,
            locale: register.locale,
            expires_at,
        };
        let requested = AccountEvent::CodeRequested {
            challenge: register.challenge.id,
            purpose: CodePurpose::Registration,
            sign_in: None,
            channel: Channel::Email,
            code_id: register.challenge.code_id,
            key: register.challenge.key,
            send: 1,
            message: register.message,
            expires_at,
            operator_code: None,
        };
        Ok(vec![registered, requested])
    }

    pub(super) fn check_registration_code(
        &self,
        now: Timestamp,
        check: CodeCheck,
    ) -> Result<Vec<AccountEvent>, AccountRefusal> {
        let registration = self.open_registration(now)?;
        let challenge = registration.challenge.as_ref().ok_or(AccountRefusal::NoChallenge)?;
        challenge.may_be_answered(now, check)?;
        if challenge.is_answered_by(check) {
            return Ok(Vec::new());
        }
        Ok(vec![AccountEvent::CodeRejected { challenge: challenge.id, sign_in: None }])
    }

    pub(super) fn verify_email(&self) -> Result<Vec<AccountEvent>, AccountRefusal> {
        match self {
            Self::Unregistered => Err(AccountRefusal::NotVerified),
            Self::Unverified(unverified) => {
                let registration = &unverified.registration;
                let accepted = |challenge| AccountEvent::CodeAccepted { challenge, sign_in: None };
                let code = registration.challenge.as_ref().map(|challenge| accepted(challenge.id));
                let verified = AccountEvent::EmailVerified { registration: registration.id };
                Ok(code.into_iter().chain([verified]).collect())
            }
            Self::Active(_) | Self::Suspended(_) | Self::Closed(_) => Ok(Vec::new()),
        }
    }

    fn open_registration(&self, now: Timestamp) -> Result<&Registration, AccountRefusal> {
        match self {
            Self::Unregistered => Err(AccountRefusal::NotVerified),
            Self::Unverified(unverified) if now >= unverified.registration.expires_at => {
                Err(AccountRefusal::RegistrationExpired)
            }
            Self::Unverified(unverified) => Ok(&unverified.registration),
            Self::Active(_) | Self::Suspended(_) | Self::Closed(_) => Err(AccountRefusal::AlreadyVerified),
        }
    }

    pub(super) fn registered(&mut self, registration: Registration, holder: Holder, password: Verifier) {
        *self =
            Self::Unverified(Box::new(Unverified { registration, holder, password, unsettled: Vec::new() }));
    }

    /// From now on mail goes to this address.
    pub(super) fn email_changed(&mut self, email: Personal<Email>, email_key: AddressKey) {
        if let Some(person) = self.person_mut() {
            person.holder.email = email;
            person.holder.email_key = email_key;
        }
    }

    pub(super) fn email_verified(&mut self) {
        if let Self::Unverified(unverified) = std::mem::take(self) {
            let Unverified { registration, holder, password, unsettled } = *unverified;
            *self = Self::Active(Box::new(Person {
                holder,
                registration: registration.id,
                password,
                password_version: 1,
                enrolled: false,
                backup_codes: BackupCodes::default(),
                failures: FailureCounts::default(),
                devices: Vec::new(),
                sign_ins: Vec::new(),
                sessions: Vec::new(),
                generation: 0,
                unsettled,
                notices: Vec::new(),
                reset: None,
                recovery: None,
                operator_code: None,
                codes_mailed: Vec::new(),
            }));
        }
    }
}
