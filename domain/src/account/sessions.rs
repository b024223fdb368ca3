//! The sessions of an account, all at once: each belongs to a generation, and older ones end together.

use super::causes::RevocationCause;
use super::events::AccountEvent;
use super::refusal::AccountRefusal;
use super::state::{Account, Person};
use crate::id::SessionId;

impl Account {
    /// Where nobody can be signed in, no session is left to be ended.
    pub(super) fn revoke_sessions(
        &self,
        except: Option<SessionId>,
    ) -> Result<Vec<AccountEvent>, AccountRefusal> {
        match self {
            Self::Unregistered | Self::Unverified(_) => Err(AccountRefusal::NotVerified),
            Self::Suspended(_) | Self::Closed(_) => Ok(Vec::new()),
            Self::Active(person) => Ok(vec![person.end_sessions(except, RevocationCause::Requested)]),
        }
    }

    pub(super) fn sessions_revoked(&mut self, generation: u64, except: Option<SessionId>) {
        if let Some(person) = self.person_mut() {
            let spared = except.and_then(|session| person.granted(session)).map(|(sign_in, _)| sign_in.id);
            person.backup_codes.forget_requested(spared);
            person.generation = generation;
            person.spared_session = except;
        }
    }
}

impl Person {
    /// Ends the sessions of this generation, but for one.
    pub(super) fn end_sessions(&self, except: Option<SessionId>, cause: RevocationCause) -> AccountEvent {
        AccountEvent::SessionsRevoked { generation: self.generation + 1, except, cause }
    }

    /// Whether a session of this generation is still good, as far as the account says.
    pub fn honours(&self, session: SessionId, generation: u64) -> bool {
        generation >= self.generation || self.spared_session == Some(session)
    }
}
