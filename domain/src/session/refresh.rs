//! Refreshing: a refresh token is good once, and who comes with one that was used ends the session.

use super::{Live, Session, SessionEnd, SessionEvent, SessionRefusal};
use crate::id::ClientId;
use crate::policy;
use crate::secret::Verifier;
use crate::time::Timestamp;

/// Exchange a refresh token for a new one.
#[derive(Debug, Clone)]
pub struct Refresh {
    /// The client that presents it.
    pub client: Option<ClientId>,
    /// What came of comparing it.
    pub presented: Presented,
    /// The keyed hash of the token that takes its place.
    pub child: Verifier,
}

/// Which of the session's refresh tokens was presented. That it is one of them is known: nobody else can make one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presented {
    /// The one that is good.
    Current,
    /// The one that was exchanged last.
    Replaced,
    /// One that was exchanged before that.
    Older,
}

impl Session {
    /// Who exchanges a token again a moment later did not get the reply: they get the same token, and nothing happens.
    /// That is so only while the new token is unused, since then it is the one that was exchanged last.
    pub(super) fn refresh(
        &self,
        now: Timestamp,
        refresh: Refresh,
    ) -> Result<Vec<SessionEvent>, SessionRefusal> {
        if *self == Self::None {
            return Err(SessionRefusal::Unknown);
        }
        let live = self.live(now).ok_or(SessionRefusal::Ended)?;
        if live.granted.client != refresh.client {
            return Err(SessionRefusal::AnotherClients);
        }
        match refresh.presented {
            Presented::Current => Ok(vec![live.exchange(refresh.child)]),
            Presented::Replaced if live.answers_again(now) => Ok(Vec::new()),
            Presented::Replaced => Ok(live.reused(live.last_refreshed_at())),
            Presented::Older => Ok(live.reused(None)),
        }
    }
}

impl Live {
    fn exchange(&self, refresh_token: Verifier) -> SessionEvent {
        SessionEvent::Refreshed { account: self.granted.account, refresh_token }
    }

    /// Whether the token that was exchanged last gets its reply again.
    fn answers_again(&self, now: Timestamp) -> bool {
        let span = policy::REFRESH_ANSWERED_AGAIN.value;
        self.last_refreshed_at().is_some_and(|exchanged| now < exchanged + span)
    }

    fn reused(&self, replaced_at: Option<Timestamp>) -> Vec<SessionEvent> {
        let account = self.granted.account;
        vec![
            SessionEvent::RefreshTokenReused { account, replaced_at },
            SessionEvent::Revoked { account, cause: SessionEnd::RefreshTokenReused, by: None },
        ]
    }
}
