//! A client of the API: an app that signs people in, known by a key.
//!
//! ```text
//!                        rotate: a new key, the old one for a while
//!                        ┌──────┐
//! None ──register──► Registered ◄┘ ──revoke──► Revoked
//! ```

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::decider::{Decider, Event};
use crate::policy;
use crate::secret::{Personal, Verifier};
use crate::time::{Span, Timestamp};
use crate::word::Reason;

/// A client in one of its stages of life.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Client {
    /// Nothing was recorded yet.
    #[default]
    None,
    /// Known by its key.
    Registered {
        /// What it is called.
        name: Reason,
        /// What it may do.
        role: Role,
        /// Its keys, the newest last.
        keys: Vec<ClientKey>,
    },
    /// Known no more.
    Revoked,
}

/// A key of a client.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClientKey {
    /// Which of the client's keys it is, counted from 1.
    pub number: u32,
    /// Its keyed hash.
    pub verifier: Verifier,
    /// When it stops being accepted; never, if nothing is said.
    pub expires_at: Option<Timestamp>,
}

/// What a client may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Sign people in.
    Client,
    /// Read what happened; personal values stay sealed.
    Auditor,
    /// Read what happened, personal values too.
    Operator,
}

/// What an auditor read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuditRead {
    /// A page of events.
    Events,
    /// One event.
    Event,
    /// What an account amounted to at some time.
    AccountState,
    /// A sign-in, step by step.
    SignInReplay,
    /// Counts.
    Summary,
    /// Events as they come.
    Tail,
    /// Events into a file.
    Export,
}

/// A fact about a client. The stored name stands beside each variant and can never change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", deny_unknown_fields)]
pub enum ClientEvent {
    /// A client was given a key.
    #[serde(rename = "client.registered")]
    Registered {
        /// What it is called.
        name: Reason,
        /// What it may do.
        role: Role,
        /// The keyed hash of its key.
        key: Verifier,
        /// When the key stops being accepted.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        expires_at: Option<Timestamp>,
    },
    /// The client was given a new key; the one before is accepted for a while.
    #[serde(rename = "client.key_rotated")]
    KeyRotated {
        /// The keyed hash of the new key.
        key: Verifier,
        /// When the new key stops being accepted.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        expires_at: Option<Timestamp>,
        /// When older keys stop being accepted.
        older_until: Timestamp,
    },
    /// The client's keys stopped being accepted, for good.
    #[serde(rename = "client.revoked")]
    Revoked {},
    /// An auditor read something.
    #[serde(rename = "audit.read")]
    AuditRead {
        /// What.
        read: AuditRead,
        /// What was asked for; it can hold what is about a person.
        asked: Personal<String>,
        /// Whether personal values were opened.
        opened: bool,
    },
}

/// What can be asked of a client.
#[derive(Debug, Clone)]
pub enum ClientCommand {
    /// Make it known.
    Register {
        /// What it is called.
        name: Reason,
        /// What it may do.
        role: Role,
        /// The keyed hash of its key.
        key: Verifier,
        /// When the key stops being accepted.
        expires_at: Option<Timestamp>,
    },
    /// Give it a new key.
    RotateKey {
        /// The keyed hash of the new key.
        key: Verifier,
        /// When the new key stops being accepted.
        expires_at: Option<Timestamp>,
        /// How long older keys are accepted beside it.
        overlap: Span,
        /// Whether a key may end for it before the overlap is over, since only so many are accepted at once.
        may_end_a_key: bool,
    },
    /// Know it no more.
    Revoke,
    /// Keep that it read something.
    RecordRead {
        /// What.
        read: AuditRead,
        /// What was asked for.
        asked: Personal<String>,
        /// Whether personal values are opened.
        opened: bool,
    },
}

/// Why a command to a client cannot be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClientRefusal {
    /// The client was registered before.
    AlreadyRegistered,
    /// There is no such client.
    Unknown,
    /// Its role does not let it.
    MayNot,
    /// The key would stop being accepted before it is shown.
    ExpiredAlready,
    /// As many keys as can be are accepted, and the oldest would end before the overlap is over.
    WouldEndAKey,
}

impl fmt::Display for ClientRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AlreadyRegistered => "the client is already registered",
            Self::Unknown => "there is no such client",
            Self::MayNot => "the client's role does not let it",
            Self::ExpiredAlready => "the key would have expired before it is shown",
            Self::WouldEndAKey => "the oldest key would end before the overlap is over",
        })
    }
}

impl std::error::Error for ClientRefusal {}

impl Event for ClientEvent {}

impl ClientKey {
    /// Whether it is accepted at a moment.
    pub fn is_accepted(&self, now: Timestamp) -> bool {
        self.expires_at.is_none_or(|end| now < end)
    }
}

impl Client {
    fn register(
        &self,
        name: Reason,
        role: Role,
        key: Verifier,
        expires_at: Option<Timestamp>,
    ) -> Result<Vec<ClientEvent>, ClientRefusal> {
        match self {
            Self::None => Ok(vec![ClientEvent::Registered { name, role, key, expires_at }]),
            Self::Registered { .. } | Self::Revoked => Err(ClientRefusal::AlreadyRegistered),
        }
    }

    fn rotate_key(
        &self,
        now: Timestamp,
        key: Verifier,
        expires_at: Option<Timestamp>,
        overlap: Span,
        may_end_a_key: bool,
    ) -> Result<Vec<ClientEvent>, ClientRefusal> {
        let Some((_, accepted)) = self.accepted(now) else { return Err(ClientRefusal::Unknown) };
        // Without an overlap all of them are meant to end.
        let ends_a_key = overlap > Span::default() && accepted.count() >= policy::CLIENT_KEYS.value;
        if ends_a_key && !may_end_a_key {
            return Err(ClientRefusal::WouldEndAKey);
        }
        Ok(vec![ClientEvent::KeyRotated { key, expires_at, older_until: now + overlap }])
    }

    /// What the client may do, and its keys that are accepted at a moment.
    pub fn accepted(&self, now: Timestamp) -> Option<(Role, impl Iterator<Item = &ClientKey>)> {
        let Self::Registered { role, keys, .. } = self else { return None };
        Some((*role, keys.iter().filter(move |key| key.is_accepted(now))))
    }

    fn key_rotated(
        &mut self,
        at: Timestamp,
        key: Verifier,
        expires_at: Option<Timestamp>,
        older_until: Timestamp,
    ) {
        let Self::Registered { keys, .. } = self else { return };
        let number = keys.last().map_or(1, |newest| newest.number + 1);
        keys.retain(|older| older.is_accepted(at));
        let too_many = keys.len().saturating_sub(policy::CLIENT_KEYS.value - 1);
        keys.drain(..too_many);
        for older in keys.iter_mut() {
            older.expires_at = Some(older.expires_at.map_or(older_until, |end| end.min(older_until)));
        }
        keys.push(ClientKey { number, verifier: key, expires_at });
    }

    fn revoke(&self) -> Result<Vec<ClientEvent>, ClientRefusal> {
        match self {
            Self::None => Err(ClientRefusal::Unknown),
            Self::Registered { .. } => Ok(vec![ClientEvent::Revoked {}]),
            Self::Revoked => Ok(Vec::new()),
        }
    }

    /// Only who may read is recorded as having read.
    fn record_read(
        &self,
        read: AuditRead,
        asked: Personal<String>,
        opened: bool,
    ) -> Result<Vec<ClientEvent>, ClientRefusal> {
        match self {
            Self::Registered { role: Role::Operator, .. } => Ok(()),
            Self::Registered { role: Role::Auditor, .. } if !opened => Ok(()),
            Self::Registered { .. } => Err(ClientRefusal::MayNot),
            Self::None | Self::Revoked => Err(ClientRefusal::Unknown),
        }?;
        Ok(vec![ClientEvent::AuditRead { read, asked, opened }])
    }
}

impl Decider for Client {
    const TYPE: &'static str = "Client";
    const STATE_VERSION: u32 = 3;
    type Command = ClientCommand;
    type Event = ClientEvent;
    type Refusal = ClientRefusal;

    fn decide(&self, now: Timestamp, command: ClientCommand) -> Result<Vec<ClientEvent>, ClientRefusal> {
        match command {
            ClientCommand::Register { expires_at: Some(end), .. }
            | ClientCommand::RotateKey { expires_at: Some(end), .. }
                if end <= now =>
            {
                Err(ClientRefusal::ExpiredAlready)
            }
            ClientCommand::Register { name, role, key, expires_at } => {
                self.register(name, role, key, expires_at)
            }
            ClientCommand::RotateKey { key, expires_at, overlap, may_end_a_key } => {
                self.rotate_key(now, key, expires_at, overlap, may_end_a_key)
            }
            ClientCommand::Revoke => self.revoke(),
            ClientCommand::RecordRead { read, asked, opened } => self.record_read(read, asked, opened),
        }
    }

    fn evolve(&mut self, at: Timestamp, event: &ClientEvent) {
        match event.clone() {
            ClientEvent::Registered { name, role, key, expires_at } => {
                let keys = vec![ClientKey { number: 1, verifier: key, expires_at }];
                *self = Self::Registered { name, role, keys };
            }
            ClientEvent::KeyRotated { key, expires_at, older_until } => {
                self.key_rotated(at, key, expires_at, older_until);
            }
            ClientEvent::Revoked {} => *self = Self::Revoked,
            ClientEvent::AuditRead { .. } => {}
        }
    }
}
