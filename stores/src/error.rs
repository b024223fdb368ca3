//! What can go wrong between the domain and its database.

use std::fmt;

use countersign_domain::word::KeyId;

/// Why a database cannot be used.
#[derive(Debug)]
pub enum DatabaseError {
    /// The URL is not one that we understand; says what was expected.
    Url(&'static str),
    /// Nobody answers at the URL, or the file cannot be opened.
    Unreachable(sqlx::Error),
    /// A migration failed, or the database has one that this version does not know.
    Migration(sqlx::migrate::MigrateError),
    /// The database belongs to the other mode.
    OtherMode {
        /// The mode that it was marked with.
        marked: String,
    },
    /// The database failed at a statement.
    Sql(sqlx::Error),
}

/// Why the keyring does not fit the database.
#[derive(Debug)]
pub enum KeyCheckError {
    /// Something stored was made with a key that the keyring does not have.
    Missing(KeyId),
    /// The keyring has another key under this id than the one that stored values were made with.
    Differs(KeyId),
    /// The database failed at a statement.
    Sql(sqlx::Error),
}

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

/// Why events were not appended to a stream, as far as is known.
#[derive(Debug)]
pub enum AppendError {
    /// Somebody else appended first: nothing was committed.
    Conflict,
    /// Whether the events were committed is not known: the stream has to be asked.
    Unknown(Box<dyn std::error::Error + Send + Sync>),
    /// Nothing was committed.
    NotCommitted(Box<dyn std::error::Error + Send + Sync>),
    /// What was handed in can never be stored.
    Refused(Refused),
}

/// What can never be stored, and why. It never says the value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The value's place in the event, as a JSON pointer.
    pub path: String,
    /// Why.
    pub because: RefusedBecause,
}

/// Why a value can never be stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefusedBecause {
    /// It is not sealed and begins like a sealed one.
    LooksSealed,
    /// It is a sealed or an erased value that was handed back.
    NotPlain,
    /// A key begins with `$`.
    ReservedKey,
    /// It is a number with a fraction, or too large to be read alike everywhere.
    Number,
    /// It holds a control character.
    ControlCharacter,
    /// The subject's key was destroyed: nothing personal can be stored any more.
    SubjectErased,
    /// The event has no stored name.
    NoName,
    /// The stream is as long as a stream can be.
    StreamFull,
}

impl fmt::Display for DatabaseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url(expected) => write!(f, "expected {expected}"),
            Self::Unreachable(cause) => write!(f, "cannot reach the database: {cause}"),
            Self::Migration(cause) => write!(f, "cannot migrate the database: {cause}"),
            Self::OtherMode { marked } => write!(f, "the database is marked for {marked}"),
            Self::Sql(cause) => write!(f, "the database failed: {cause}"),
        }
    }
}

impl std::error::Error for DatabaseError {}

impl From<sqlx::Error> for DatabaseError {
    fn from(cause: sqlx::Error) -> Self {
        Self::Sql(cause)
    }
}

impl fmt::Display for KeyCheckError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(key) => write!(f, "the keyring lacks key {key}, which the database was used with"),
            Self::Differs(key) => write!(f, "key {key} is not the one that the database was used with"),
            Self::Sql(cause) => write!(f, "the database failed: {cause}"),
        }
    }
}

impl std::error::Error for KeyCheckError {}

impl From<sqlx::Error> for KeyCheckError {
    fn from(cause: sqlx::Error) -> Self {
        Self::Sql(cause)
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

impl fmt::Display for AppendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Conflict => f.write_str("somebody else appended first"),
            Self::Unknown(cause) => write!(f, "the outcome of an append is not known: {cause}"),
            Self::NotCommitted(cause) => write!(f, "nothing was appended: {cause}"),
            Self::Refused(refused) => write!(f, "the value at {} cannot be stored: {}", refused.path, refused.because),
        }
    }
}

impl std::error::Error for AppendError {}

impl fmt::Display for RefusedBecause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::LooksSealed => "it begins like a sealed value",
            Self::NotPlain => "it is sealed or erased",
            Self::ReservedKey => "a key begins with a dollar sign",
            Self::Number => "it is not a whole number up to 2^53",
            Self::ControlCharacter => "it holds a control character",
            Self::SubjectErased => "its subject was erased",
            Self::NoName => "the event has no name",
            Self::StreamFull => "the stream is full",
        })
    }
}
