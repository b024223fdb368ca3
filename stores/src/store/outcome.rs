//! The outcome of an append, as far as is known.

use std::fmt;

use cqrs_es::persist::PersistenceError;

use crate::refused::Refused;

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

/// The classes of PostgreSQL's errors that refuse a statement for what it says: data, constraints, names.
/// (The violation of a unique constraint never comes here: the adapter takes it for a lost race.)
const POSTGRES_REFUSALS: [&str; 3] = ["22", "23", "42"];
/// SQLite's codes that do: too big, a constraint, a type.
const SQLITE_REFUSALS: [u32; 3] = [18, 19, 20];
/// SQLite puts the code into the lowest byte, and details above.
const SQLITE_CODE: u32 = 0xff;

/// Tells a lost race from a failure, and a failure that surely left nothing from one that may have
/// committed: a connection that breaks at the commit says the same as one that breaks before it.
pub(super) fn outcome(error: PersistenceError) -> AppendError {
    match error {
        PersistenceError::OptimisticLockError => AppendError::Conflict,
        PersistenceError::DeserializationError(cause) => AppendError::NotCommitted(cause),
        PersistenceError::ConnectionError(cause) | PersistenceError::UnknownError(cause) => {
            if cause.downcast_ref().is_some_and(surely_left_nothing) {
                AppendError::NotCommitted(cause)
            } else {
                AppendError::Unknown(cause)
            }
        }
    }
}

fn surely_left_nothing(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::Encode(_) => true,
        sqlx::Error::Database(cause) => cause.code().is_some_and(|code| refuses_the_statement(&code)),
        _ => false,
    }
}

fn refuses_the_statement(code: &str) -> bool {
    // PostgreSQL's codes have five characters, SQLite's at most four digits.
    if code.len() == 5 {
        return POSTGRES_REFUSALS.iter().any(|class| code.starts_with(class));
    }
    code.parse().is_ok_and(|code: u32| SQLITE_REFUSALS.contains(&(code & SQLITE_CODE)))
}

impl fmt::Display for AppendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Conflict => f.write_str("somebody else appended first"),
            Self::Unknown(cause) => write!(f, "the outcome of an append is not known: {cause}"),
            Self::NotCommitted(cause) => write!(f, "nothing was appended: {cause}"),
            Self::Refused(refused) => write!(f, "cannot be stored: {refused}"),
        }
    }
}

impl std::error::Error for AppendError {}
