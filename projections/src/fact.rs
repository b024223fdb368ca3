//! A fact: an event at its place in the one order, as the read side sees it.

use std::fmt;

use countersign_domain::account::{Account, AccountEvent};
use countersign_domain::decider::{Decider, Recorded};
use countersign_domain::session::{Session, SessionEvent};
use countersign_domain::time::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// An event at its place in the ledger, in the newest shape of its name, with everything sealed.
#[derive(Debug, Clone, PartialEq)]
pub struct Fact {
    /// Its place in the ledger, from 0.
    pub index: u64,
    /// The aggregate's name.
    pub aggregate_type: String,
    /// The stream.
    pub stream: String,
    /// Its place in the stream, from 1.
    pub sequence: u64,
    /// Its stored name.
    pub event_type: String,
    /// What happened, with `type` and `at`.
    pub payload: Value,
    /// Who asked for it, from where.
    pub metadata: Value,
}

/// A fact that a projection cannot read: it stops there, and is never stepped over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Poison {
    /// The fact's place in the ledger.
    pub index: u64,
    /// What is wrong with it.
    pub why: String,
}

impl Fact {
    /// When it happened.
    pub fn at(&self) -> Result<Timestamp, Poison> {
        let at = self.payload.get("at").ok_or_else(|| self.poison("it has no time"))?;
        Timestamp::deserialize(at).map_err(|cause| self.poison(cause))
    }

    /// What happened to an account; nothing where it is another aggregate's event.
    pub fn of_account(&self) -> Result<Option<Recorded<AccountEvent>>, Poison> {
        self.of::<Account>()
    }

    /// What happened to a session; nothing where it is another aggregate's event.
    pub fn of_session(&self) -> Result<Option<Recorded<SessionEvent>>, Poison> {
        self.of::<Session>()
    }

    /// A text of the payload.
    pub fn stated(&self, field: &str) -> Option<&str> {
        self.payload.get(field).and_then(Value::as_str)
    }

    /// A text of the metadata.
    pub fn beside(&self, field: &str) -> Option<&str> {
        self.metadata.get(field).and_then(Value::as_str)
    }

    /// The account that the event is about: the one that it names, or the one whose stream it is in.
    pub fn account(&self) -> Option<&str> {
        let own = (self.aggregate_type == Account::TYPE).then_some(self.stream.as_str());
        own.or_else(|| self.stated("account"))
    }

    /// The session that the event is about.
    pub fn session(&self) -> Option<&str> {
        let own = (self.aggregate_type == Session::TYPE).then_some(self.stream.as_str());
        own.or_else(|| self.stated("session"))
    }

    /// The API client that asked for it.
    pub fn client(&self) -> Option<&str> {
        self.beside("client").or_else(|| self.stated("client"))
    }

    /// Says that it cannot be read.
    pub fn poison(&self, why: impl fmt::Display) -> Poison {
        Poison { index: self.index, why: format!("{} {}: {why}", self.stream, self.event_type) }
    }

    fn of<D: Decider>(&self) -> Result<Option<Recorded<D::Event>>, Poison>
    where
        D::Event: DeserializeOwned,
    {
        if self.aggregate_type != D::TYPE {
            return Ok(None);
        }
        Recorded::deserialize(&self.payload).map(Some).map_err(|cause| self.poison(cause))
    }
}

impl fmt::Display for Poison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the event at index {} cannot be read: {}", self.index, self.why)
    }
}

impl std::error::Error for Poison {}
