//! A client of the API: an app that signs people in, known by a key.
//!
//! ```text
//! None ──register──► Registered ──revoke──► Revoked
//! ```

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::decider::{Decider, Event};
use crate::secret::{Personal, Verifier};
use crate::time::Timestamp;
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
        /// The keyed hash of its key.
        key: Verifier,
    },
    /// Known no more.
    Revoked,
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
    },
    /// The client's key stopped being accepted, for good.
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
}

impl fmt::Display for ClientRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AlreadyRegistered => "the client is already registered",
            Self::Unknown => "there is no such client",
            Self::MayNot => "the client's role does not let it",
        })
    }
}

impl std::error::Error for ClientRefusal {}

impl Event for ClientEvent {}

impl Client {
    fn register(&self, name: Reason, role: Role, key: Verifier) -> Result<Vec<ClientEvent>, ClientRefusal> {
        match self {
            Self::None => Ok(vec![ClientEvent::Registered { name, role, key }]),
            Self::Registered { .. } | Self::Revoked => Err(ClientRefusal::AlreadyRegistered),
        }
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
    const STATE_VERSION: u32 = 1;
    type Command = ClientCommand;
    type Event = ClientEvent;
    type Refusal = ClientRefusal;

    fn decide(&self, _now: Timestamp, command: ClientCommand) -> Result<Vec<ClientEvent>, ClientRefusal> {
        match command {
            ClientCommand::Register { name, role, key } => self.register(name, role, key),
            ClientCommand::Revoke => self.revoke(),
            ClientCommand::RecordRead { read, asked, opened } => self.record_read(read, asked, opened),
        }
    }

    fn evolve(&mut self, _at: Timestamp, event: &ClientEvent) {
        match event.clone() {
            ClientEvent::Registered { name, role, key } => *self = Self::Registered { name, role, key },
            ClientEvent::Revoked {} => *self = Self::Revoked,
            ClientEvent::AuditRead { .. } => {}
        }
    }
}
