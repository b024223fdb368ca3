//! A sign-in's way: from the right password to the session, or to its end before.

use super::attempt::{Grant, SignIn, SignInState, Stage};
use super::causes::{NewDevice, PasswordChange, PasswordRejection};
use super::commands::{NewSession, StartSignIn};
use super::events::AccountEvent;
use super::refusal::AccountRefusal;
use super::state::{Account, Device, Person};
use crate::id::{DeviceId, SignInId};
use crate::policy;
use crate::session;
use crate::time::Timestamp;
use crate::word::{Aal, Amr, Authenticator};

/// What vouches for a session: how the person authenticated, and how sure that makes us.
pub(super) struct Assurance {
    pub(super) amr: Vec<Amr>,
    pub(super) aal: Aal,
}

impl Account {
    pub(super) fn start_sign_in(
        &self,
        now: Timestamp,
        start: StartSignIn,
    ) -> Result<Vec<AccountEvent>, AccountRefusal> {
        let (person, suspended) = match self {
            Self::Unregistered | Self::Unverified(_) => return Err(AccountRefusal::NotVerified),
            Self::Closed(_) => return Err(AccountRefusal::Closed),
            Self::Active(person) => (person, false),
            Self::Suspended(person) => (person, true),
        };
        let device = person.known_device(start.device);
        person.may_attempt(Authenticator::Password, device, now)?;
        if start.check.version != person.password_version {
            return Err(AccountRefusal::StaleCheck);
        }
        if !start.check.fits {
            return Ok(person.reject_password(device, now));
        }
        if suspended {
            return Ok(vec![AccountEvent::PasswordRejected { cause: PasswordRejection::Suspended, device }]);
        }
        Ok(person.accept_password(now, start, device))
    }

    pub(super) fn cancel_sign_in(
        &self,
        now: Timestamp,
        id: SignInId,
    ) -> Result<Vec<AccountEvent>, AccountRefusal> {
        let sign_in = self.sign_in(id).ok_or(AccountRefusal::UnknownSignIn)?;
        match sign_in.state(now) {
            SignInState::FactorRequired | SignInState::SaveRequired => {
                Ok(vec![AccountEvent::SignInCancelled { sign_in: id }])
            }
            SignInState::Cancelled | SignInState::Denied | SignInState::Expired => Ok(Vec::new()),
            state @ SignInState::SignedIn => Err(AccountRefusal::WrongState { state }),
        }
    }

    /// Refuses a password before it is looked at, where it could not be accepted whatever it is.
    pub fn may_try_password(&self, device: Option<DeviceId>, now: Timestamp) -> Result<(), AccountRefusal> {
        match self {
            Self::Unregistered | Self::Unverified(_) => Err(AccountRefusal::NotVerified),
            Self::Closed(_) => Err(AccountRefusal::Closed),
            Self::Active(person) | Self::Suspended(person) => {
                person.may_attempt(Authenticator::Password, person.known_device(device), now)
            }
        }
    }

    /// The person and the sign-in, if it awaits a second proof.
    pub(super) fn awaiting_factor(
        &self,
        now: Timestamp,
        id: SignInId,
    ) -> Result<(&Person, &SignIn), AccountRefusal> {
        let sign_in = self.sign_in(id).ok_or(AccountRefusal::UnknownSignIn)?;
        let person = self.person().ok_or(AccountRefusal::UnknownSignIn)?;
        match sign_in.state(now) {
            SignInState::FactorRequired => Ok((person, sign_in)),
            SignInState::Expired => Err(AccountRefusal::SignInExpired),
            state => Err(AccountRefusal::WrongState { state }),
        }
    }

    pub(super) fn sign_in_started(&mut self, sign_in: SignIn) {
        if let Some(person) = self.person_mut() {
            person.succeeded(Authenticator::Password);
            person.make_room(sign_in.created_at);
            person.sign_ins.push(sign_in);
        }
    }

    /// Ends a sign-in that waits for the person; one that ended before stays as it is.
    pub(super) fn sign_in_ended(&mut self, sign_in: SignInId, end: Stage) {
        if let Some(SignIn {
            stage: stage @ (Stage::FactorRequired { .. } | Stage::SaveRequired(_)), ..
        }) = self.sign_in_mut(sign_in)
        {
            *stage = end;
        }
    }

    pub(super) fn signed_in(&mut self, id: SignInId, grant: Grant, device: Option<NewDevice>) {
        let Some(person) = self.person_mut() else { return };
        person.enrolled = true;
        person.session_granted(grant.session, grant.generation);
        if let Some(NewDevice { id, token }) = device {
            person.devices.push(Device { id, token });
            keep_newest(&mut person.devices, policy::KNOWN_DEVICES.value);
            person.forget_unknown_devices();
        }
        self.sign_in_ended(id, Stage::SignedIn(grant));
    }
}

impl Person {
    /// Forgets a sign-in when as many as are remembered are there: the oldest that has ended, or else the
    /// oldest.
    pub(super) fn make_room(&mut self, now: Timestamp) {
        if self.sign_ins.len() >= policy::SIGN_INS_REMEMBERED.value {
            let ended = self.sign_ins.iter().position(|sign_in| !sign_in.is_pending(now));
            self.sign_ins.remove(ended.unwrap_or(0));
        }
    }

    fn reject_password(&self, device: Option<DeviceId>, now: Timestamp) -> Vec<AccountEvent> {
        let rejected = AccountEvent::PasswordRejected { cause: PasswordRejection::Wrong, device };
        std::iter::once(rejected).chain(self.consequences(Authenticator::Password, device, now)).collect()
    }

    /// Starts a sign-in, and has a code sent unless mailed codes are disabled.
    fn accept_password(
        &self,
        now: Timestamp,
        start: StartSignIn,
        device: Option<DeviceId>,
    ) -> Vec<AccountEvent> {
        let started = AccountEvent::SignInStarted {
            sign_in: start.sign_in,
            client: start.client,
            device,
            device_label: start.device_label,
            locale: start.locale,
            expires_at: now + policy::SIGN_IN_LIFETIME.value,
            purpose: start.purpose,
        };
        let cause = PasswordChange::Rehashed;
        let rehashed = start.check.rehashed.map(|password| AccountEvent::PasswordChanged { cause, password });
        let mailed = self.may_attempt(Authenticator::EmailCode, device, now);
        let never = matches!(mailed, Err(AccountRefusal::AuthenticatorDisabled { .. }));
        let requested = (!never).then(|| self.request_code(now, start.sign_in, start.challenge));
        std::iter::once(started).chain(rehashed).chain(requested).collect()
    }

    /// The session that a sign-in grants once all is proven and a code is saved.
    pub(super) fn grant(
        &self,
        now: Timestamp,
        sign_in: &SignIn,
        assurance: Assurance,
        session: NewSession,
    ) -> AccountEvent {
        AccountEvent::SignedIn {
            sign_in: sign_in.id,
            session: session.id,
            refresh_token: session.refresh_token,
            amr: assurance.amr,
            aal: assurance.aal,
            generation: self.generation,
            client: sign_in.client,
            session_expires_at: now + session::lifetime(assurance.aal),
            device: if sign_in.device.is_some() { None } else { session.device },
        }
    }
}

/// Drops the oldest until no more than so many are left.
pub(super) fn keep_newest<T>(items: &mut Vec<T>, most: usize) {
    let surplus = items.len().saturating_sub(most);
    items.drain(..surplus);
}
