//! Why a stream cannot be read.

use std::fmt;

use countersign_domain::word::KeyId;

/// Why a stream cannot be read.
#[derive(Debug)]
pub enum StoreError {
    /// The database failed at a statement.
    Database(sqlx::Error),
    /// A stored value is not what was stored.
    Integrity {
        /// The stream.
        stream: String,
        /// The event's place in it.
        sequence: u64,
        /// The value's place in the event, as a JSON pointer.
        path: String,
        /// What is wrong with it.
        damage: Damage,
    },
    /// An event is missing from a stream.
    Gap {
        /// The stream.
        stream: String,
        /// The place that no event is at.
        sequence: u64,
    },
    /// An event that this version of the program cannot read: its name, version or shape is unknown.
    ///
    /// It does not say what was found where something else was expected: it could be a secret.
    Unreadable {
        /// The stream.
        stream: String,
        /// The event's place in it.
        sequence: u64,
        /// The event's stored name.
        event_type: String,
        /// The event's stored version.
        event_version: String,
    },
    /// The keyring does not have the key that a subject's key is wrapped with.
    UnknownKey(KeyId),
    /// A subject's wrapped key is not what was stored.
    BrokenKey {
        /// The subject.
        subject: String,
    },
}

/// What is wrong with a stored value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Damage {
    /// It was changed, or moved from another place.
    Forged,
    /// It was sealed with another subject's key.
    OtherKey,
    /// Its subject has no key.
    NoKey,
    /// It stands there in the clear.
    Unsealed,
}

impl StoreError {
    /// Whether it stays as it is, however often it is tried: what is stored is not what was stored, or is of a shape or under
    /// a key that this program does not know.
    pub fn is_lasting(&self) -> bool {
        !matches!(self, Self::Database(_))
    }

    /// Whether the database cannot be reached right now, rather than that it refused what it was asked.
    pub fn is_away(&self) -> bool {
        let Self::Database(cause) = self else { return false };
        match cause {
            sqlx::Error::PoolTimedOut | sqlx::Error::Io(_) | sqlx::Error::Tls(_) => true,
            // PostgreSQL's class of what operators do: it is shutting down, or starting.
            sqlx::Error::Database(cause) => cause.code().is_some_and(|code| code.starts_with("57")),
            _ => false,
        }
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Database(cause) => write!(f, "the database failed: {cause}"),
            Self::Integrity { stream, sequence, path, damage } => {
                write!(f, "event {sequence} of {stream} {damage} at {path}")
            }
            Self::Gap { stream, sequence } => write!(f, "event {sequence} of {stream} is missing"),
            Self::Unreadable { stream, sequence, event_type, event_version } => {
                write!(f, "cannot read event {sequence} of {stream}, {event_type} version {event_version}")
            }
            Self::UnknownKey(key) => write!(f, "the keyring lacks key {key}"),
            Self::BrokenKey { subject } => write!(f, "the key of {subject} was changed"),
        }
    }
}

impl std::error::Error for StoreError {}

impl From<sqlx::Error> for StoreError {
    fn from(cause: sqlx::Error) -> Self {
        Self::Database(cause)
    }
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Forged => "was changed",
            Self::OtherKey => "was sealed with another key",
            Self::NoKey => "has no key",
            Self::Unsealed => "is not sealed",
        })
    }
}
