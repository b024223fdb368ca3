//! What operators do to an account: suspend, reinstate, close.

use super::causes::{DenialCause, RevocationCause};
use super::events::AccountEvent;
use super::refusal::AccountRefusal;
use super::state::{Account, Person};
use crate::id::SessionId;
use crate::secret::Personal;
use crate::time::Timestamp;
use crate::word::Reason;

impl Account {
    pub(super) fn suspend(
        &self,
        now: Timestamp,
        reason: Reason,
    ) -> Result<Vec<AccountEvent>, AccountRefusal> {
        match self {
            Self::Unregistered | Self::Unverified(_) => Err(AccountRefusal::NotVerified),
            Self::Closed(_) => Err(AccountRefusal::Closed),
            Self::Suspended(_) => Ok(Vec::new()),
            Self::Active(person) => {
                let ended = person.end_everything(
                    now,
                    DenialCause::AccountSuspended,
                    RevocationCause::Suspended,
                    None,
                );
                let suspended = AccountEvent::Suspended { reason: Personal::plain(reason) };
                Ok(person.forestall(now).into_iter().chain([suspended]).chain(ended).collect())
            }
        }
    }

    pub(super) fn reinstate(&self) -> Result<Vec<AccountEvent>, AccountRefusal> {
        match self {
            Self::Unregistered | Self::Unverified(_) => Err(AccountRefusal::NotVerified),
            Self::Closed(_) => Err(AccountRefusal::Closed),
            Self::Active(_) => Err(AccountRefusal::NotSuspended),
            Self::Suspended(_) => Ok(vec![AccountEvent::Reinstated {}]),
        }
    }

    pub(super) fn close(&self, now: Timestamp, reason: Reason) -> Result<Vec<AccountEvent>, AccountRefusal> {
        match self {
            Self::Unregistered | Self::Unverified(_) => Err(AccountRefusal::NotVerified),
            Self::Closed(_) => Ok(Vec::new()),
            Self::Active(person) | Self::Suspended(person) => {
                let ended =
                    person.end_everything(now, DenialCause::AccountClosed, RevocationCause::Closed, None);
                let closed = AccountEvent::Closed { reason: Personal::plain(reason) };
                Ok(person.forestall(now).into_iter().chain(ended).chain([closed]).collect())
            }
        }
    }

    pub(super) fn suspended(&mut self) {
        self.attempts_ended();
        *self = match std::mem::take(self) {
            Self::Active(person) => Self::Suspended(person),
            other => other,
        };
    }

    pub(super) fn reinstated(&mut self) {
        *self = match std::mem::take(self) {
            Self::Suspended(person) => Self::Active(person),
            other => other,
        };
    }

    pub(super) fn closed(&mut self) {
        self.attempts_ended();
        *self = match std::mem::take(self) {
            Self::Active(person) | Self::Suspended(person) => Self::Closed(person),
            other => other,
        };
    }
}

impl Person {
    /// Ends all pending sign-ins, and all sessions but one.
    pub(super) fn end_everything(
        &self,
        now: Timestamp,
        denial: DenialCause,
        revocation: RevocationCause,
        except: Option<SessionId>,
    ) -> Vec<AccountEvent> {
        let pending = self.sign_ins.iter().filter(|sign_in| sign_in.is_pending(now));
        let denied = pending.map(|sign_in| AccountEvent::SignInDenied { sign_in: sign_in.id, cause: denial });
        denied.chain([self.end_sessions(except, revocation)]).collect()
    }
}
