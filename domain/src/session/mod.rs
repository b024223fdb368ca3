//! A session: what a completed sign-in grants, until it is revoked or its time is over.
//!
//! ```text
//! None ──start (follows sign_in.signed_in)──► Live ──revoke──► Revoked
//! ```

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::decider::{Decider, Event};
use crate::id::{AccountId, ClientId, SignInId};
use crate::secret::Verifier;
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
    Live(Started),
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
}

/// A fact about a session. The stored name stands beside each variant and can never change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", deny_unknown_fields)]
pub enum SessionEvent {
    /// The session that a sign-in granted began.
    #[serde(rename = "session.started")]
    Started(Started),
    /// The session ended before its time.
    #[serde(rename = "session.revoked")]
    Revoked {
        /// Whose it was.
        account: AccountId,
        /// Why.
        cause: SessionEnd,
    },
}

/// Why a session ended before its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SessionEnd {
    /// Its account was closed.
    AccountClosed,
}

/// What can be asked of a session.
#[derive(Debug, Clone)]
pub enum SessionCommand {
    /// Begin, as a sign-in granted it.
    Start(Started),
    /// End it.
    Revoke {
        /// Why.
        cause: SessionEnd,
    },
}

/// Why a command to a session cannot be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SessionRefusal {
    /// There is no such session.
    Unknown,
}

impl fmt::Display for SessionRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => f.write_str("there is no such session"),
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

    fn revoke(&self, cause: SessionEnd) -> Result<Vec<SessionEvent>, SessionRefusal> {
        match self {
            Self::None => Err(SessionRefusal::Unknown),
            Self::Live(started) => Ok(vec![SessionEvent::Revoked { account: started.account, cause }]),
            Self::Revoked { .. } => Ok(Vec::new()),
        }
    }

    /// What the session was granted with, if it is good at a moment, as far as its own stream says.
    pub fn live(&self, now: Timestamp) -> Option<&Started> {
        match self {
            Self::Live(started) if now < started.expires_at => Some(started),
            Self::None | Self::Live(_) | Self::Revoked { .. } => None,
        }
    }
}

impl Decider for Session {
    const TYPE: &'static str = "Session";
    const STATE_VERSION: u32 = 1;
    type Command = SessionCommand;
    type Event = SessionEvent;
    type Refusal = SessionRefusal;

    fn decide(&self, _now: Timestamp, command: SessionCommand) -> Result<Vec<SessionEvent>, SessionRefusal> {
        match command {
            SessionCommand::Start(started) => Ok(self.start(started)),
            SessionCommand::Revoke { cause } => self.revoke(cause),
        }
    }

    fn evolve(&mut self, _at: Timestamp, event: &SessionEvent) {
        match (event, &self) {
            (SessionEvent::Started(started), Self::None) => *self = Self::Live(started.clone()),
            (SessionEvent::Revoked { account, .. }, _) => *self = Self::Revoked { account: *account },
            (SessionEvent::Started(_), _) => {}
        }
    }
}
