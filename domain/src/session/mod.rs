//! A session: what a completed sign-in grants, until it is revoked or its time is over.
//!
//! ```text
//!                                            ┌─refresh (a new token for the one that is good)─┐
//!                                            ▼                                                │
//! None ──start (follows sign_in.signed_in)──► Live ──────────────────────────────────────────►┘
//!                                              │ revoke, or a refresh token that was used before
//!                                              └──► Revoked
//! ```

mod live;
mod refresh;

pub use live::{Live, Replaced, idle_limit, lifetime};
pub use refresh::{Presented, Refresh};

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::decider::{Decider, Event};
use crate::id::{AccountId, ClientId, SessionId, SignInId};
use crate::secret::{Personal, Verifier};
use crate::time::Timestamp;
use crate::word::{Aal, Amr};

/// A session in one of its stages of life.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Session {
    /// Nothing was recorded yet.
    #[default]
    None,
    /// Granted, and not revoked.
    Live(Box<Live>),
    /// Ended before its time.
    Revoked {
        /// Whose it was.
        account: AccountId,
    },
}

/// What a session is granted with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Started {
    /// Whose session it is.
    pub account: AccountId,
    /// The sign-in that granted it.
    pub sign_in: SignInId,
    /// The client that it belongs to; none in development.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<ClientId>,
    /// The keyed hash of its first refresh token.
    pub refresh_token: Verifier,
    /// How the person authenticated.
    pub amr: Vec<Amr>,
    /// How sure that makes us.
    pub aal: Aal,
    /// The generation of the account's sessions that it belongs to.
    pub generation: u64,
    /// When it ends at the latest.
    pub expires_at: Timestamp,
    /// When the sign-in was completed; not stated by the first version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub granted_at: Option<Timestamp>,
    /// What the person calls the device that it was granted on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_label: Option<Personal<String>>,
}

/// A fact about a session. The stored name stands beside each variant and can never change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", deny_unknown_fields)]
pub enum SessionEvent {
    /// The session that a sign-in granted began.
    #[serde(rename = "session.started")]
    Started(Started),
    /// The session's refresh token was exchanged for a new one.
    #[serde(rename = "session.refreshed")]
    Refreshed {
        /// Whose session it is.
        account: AccountId,
        /// The keyed hash of the new refresh token.
        refresh_token: Verifier,
    },
    /// A refresh token of the session was presented that had been exchanged before: whoever presented it, somebody else
    /// has one, too.
    #[serde(rename = "session.refresh_token_reused")]
    RefreshTokenReused {
        /// Whose session it was.
        account: AccountId,
        /// When the token was exchanged, if it was the one before the last.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        replaced_at: Option<Timestamp>,
    },
    /// The session ended before its time.
    #[serde(rename = "session.revoked")]
    Revoked {
        /// Whose it was.
        account: AccountId,
        /// Why.
        cause: SessionEnd,
        /// The session that it was ended from, where the person ended it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<SessionId>,
    },
}

/// Why a session ended before its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SessionEnd {
    /// Its account was closed.
    AccountClosed,
    /// The person ended it.
    Requested,
    /// A refresh token was used twice.
    RefreshTokenReused,
}

/// What can be asked of a session.
#[derive(Debug, Clone)]
pub enum SessionCommand {
    /// Begin, as a sign-in granted it.
    Start(Started),
    /// Exchange a refresh token for a new one.
    Refresh(Refresh),
    /// End it.
    Revoke {
        /// Why.
        cause: SessionEnd,
        /// The session that it is ended from, where the person ends it.
        by: Option<SessionId>,
    },
}

/// Why a command to a session cannot be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SessionRefusal {
    /// There is no such session.
    Unknown,
    /// The session is over.
    Ended,
    /// The session belongs to another client.
    AnotherClients,
}

impl fmt::Display for SessionRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => f.write_str("there is no such session"),
            Self::Ended => f.write_str("the session is over"),
            Self::AnotherClients => f.write_str("the session belongs to another client"),
        }
    }
}

impl std::error::Error for SessionRefusal {}

impl Event for SessionEvent {}

impl Session {
    fn start(&self, started: Started) -> Vec<SessionEvent> {
        match self {
            Self::None => vec![SessionEvent::Started(started)],
            Self::Live(_) | Self::Revoked { .. } => Vec::new(),
        }
    }

    fn revoke(&self, cause: SessionEnd, by: Option<SessionId>) -> Result<Vec<SessionEvent>, SessionRefusal> {
        match self {
            Self::None => Err(SessionRefusal::Unknown),
            Self::Live(live) => Ok(vec![SessionEvent::Revoked { account: live.granted.account, cause, by }]),
            Self::Revoked { .. } => Ok(Vec::new()),
        }
    }

    /// The session, if it is good at a moment, as far as its own stream says.
    pub fn live(&self, now: Timestamp) -> Option<&Live> {
        match self {
            Self::Live(live) if now < live.ends_at() => Some(live),
            Self::None | Self::Live(_) | Self::Revoked { .. } => None,
        }
    }

    /// Whose session it is, or was.
    pub fn account(&self) -> Option<AccountId> {
        match self {
            Self::None => None,
            Self::Live(live) => Some(live.granted.account),
            Self::Revoked { account } => Some(*account),
        }
    }
}

impl Decider for Session {
    const TYPE: &'static str = "Session";
    const STATE_VERSION: u32 = 2;
    type Command = SessionCommand;
    type Event = SessionEvent;
    type Refusal = SessionRefusal;

    fn decide(&self, now: Timestamp, command: SessionCommand) -> Result<Vec<SessionEvent>, SessionRefusal> {
        match command {
            SessionCommand::Start(started) => Ok(self.start(started)),
            SessionCommand::Refresh(refresh) => self.refresh(now, refresh),
            SessionCommand::Revoke { cause, by } => self.revoke(cause, by),
        }
    }

    fn evolve(&mut self, at: Timestamp, event: &SessionEvent) {
        match (event, &mut *self) {
            (SessionEvent::Started(started), Self::None) => {
                *self = Self::Live(Box::new(Live::begun(started.clone(), at)));
            }
            (SessionEvent::Refreshed { refresh_token, .. }, Self::Live(live)) => {
                live.refreshed(at, refresh_token.clone());
            }
            (SessionEvent::Revoked { account, .. }, _) => *self = Self::Revoked { account: *account },
            (
                SessionEvent::Started(_)
                | SessionEvent::Refreshed { .. }
                | SessionEvent::RefreshTokenReused { .. },
                _,
            ) => {}
        }
    }
}
