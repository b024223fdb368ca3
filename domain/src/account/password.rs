//! The password is another one from now on: what else ends with the old one.

use super::causes::{DenialCause, PasswordChange, RevocationCause};
use super::events::AccountEvent;
use super::refusal::AccountRefusal;
use super::state::{Account, Person};
use crate::id::SessionId;
use crate::secret::Verifier;
use crate::time::Timestamp;
use crate::word::Authenticator;

impl Account {
    pub(super) fn change_password(
        &self,
        now: Timestamp,
        session: SessionId,
        password: Verifier,
    ) -> Result<Vec<AccountEvent>, AccountRefusal> {
        let (person, _, _) = self.stepped_up(now, session)?;
        Ok(person.choose_password(now, PasswordChange::Changed, password, Some(session)))
    }

    /// Takes another hash in. A password that was chosen anew is bound anew: failures of the old one mean nothing, and
    /// nobody resets it, or recovers the account, with what was asked for before.
    pub(super) fn password_changed(&mut self, cause: PasswordChange, password: Verifier) {
        let Some(person) = self.person_mut() else { return };
        person.password = password;
        person.password_version += 1;
        match cause {
            PasswordChange::Rehashed => {}
            PasswordChange::Changed | PasswordChange::Reset | PasswordChange::Recovery => {
                person.succeeded(Authenticator::Password);
                person.backup_codes.forget_requested(None);
                person.reset = None;
                person.recovery = None;
            }
        }
    }
}

impl Person {
    /// Another password, and the end of what was begun or granted with the old one, but for one session.
    pub(super) fn choose_password(
        &self,
        now: Timestamp,
        cause: PasswordChange,
        password: Verifier,
        except: Option<SessionId>,
    ) -> Vec<AccountEvent> {
        let changed = AccountEvent::PasswordChanged { cause, password };
        let (denial, revocation) = (DenialCause::PasswordChanged, RevocationCause::PasswordChanged);
        std::iter::once(changed).chain(self.end_everything(now, denial, revocation, except)).collect()
    }
}
