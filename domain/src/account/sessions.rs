//! The sessions of an account, all at once: each belongs to a generation, and older ones end together.

use super::causes::RevocationCause;
use super::events::AccountEvent;
use super::refusal::AccountRefusal;
use super::state::{Account, KnownSession, Person};
use crate::id::SessionId;
use crate::policy;

impl Account {
    /// Where only the session that stays is left, there is nothing to end.
    pub(super) fn revoke_sessions(
        &self,
        session: SessionId,
        stays: bool,
    ) -> Result<Vec<AccountEvent>, AccountRefusal> {
        let person = self.asked_in(session)?;
        let except = stays.then_some(session);
        let ends = |known: &KnownSession| !known.ended && Some(known.id) != except;
        if person.sessions.iter().any(ends) {
            Ok(vec![person.end_sessions(except, RevocationCause::Requested)])
        } else {
            Ok(Vec::new())
        }
    }

    /// The person, where the session that asks is still good: one that ended since it was looked at neither does
    /// anything nor comes back.
    pub fn asked_in(&self, session: SessionId) -> Result<&Person, AccountRefusal> {
        match self {
            Self::Active(person) if person.honours(session) => Ok(person),
            Self::Unregistered
            | Self::Unverified(_)
            | Self::Active(_)
            | Self::Suspended(_)
            | Self::Closed(_) => Err(AccountRefusal::SessionEnded),
        }
    }

    pub(super) fn sessions_revoked(&mut self, generation: u64, except: Option<SessionId>) {
        let Some(person) = self.person_mut() else { return };
        let spared = except.and_then(|session| person.granted(session)).map(|(sign_in, _)| sign_in.id);
        person.backup_codes.forget_requested(spared);
        person.generation = generation;
        for known in &mut person.sessions {
            known.ended |= Some(known.id) != except;
        }
    }
}

impl Person {
    /// Ends the sessions of this generation, but for one.
    pub(super) fn end_sessions(&self, except: Option<SessionId>, cause: RevocationCause) -> AccountEvent {
        AccountEvent::SessionsRevoked { generation: self.generation + 1, except, cause }
    }

    /// Whether a session is still good, as far as the account says.
    pub fn honours(&self, session: SessionId) -> bool {
        self.sessions.iter().any(|known| known.id == session && !known.ended)
    }

    /// Takes a session in. When as many as are remembered are there, the oldest that has ended is forgotten, or else the
    /// oldest, which ends with that.
    pub(super) fn session_granted(&mut self, id: SessionId, generation: u64) {
        if self.sessions.len() >= policy::SESSIONS_REMEMBERED.value {
            let ended = self.sessions.iter().position(|known| known.ended);
            self.sessions.remove(ended.unwrap_or(0));
        }
        self.sessions.push(KnownSession { id, ended: generation < self.generation });
    }
}
