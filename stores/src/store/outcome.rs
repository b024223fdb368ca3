//! The outcome of an append, as far as is known.

use std::fmt;

use cqrs_es::persist::PersistenceError;

use crate::error::StoreError;
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

impl AppendError {
    /// What the database said, where it surely committed nothing.
    pub fn into_store_error(self) -> Result<StoreError, Self> {
        match self {
            Self::NotCommitted(cause) => match cause.downcast() {
                Ok(cause) => Ok(StoreError::Database(*cause)),
                Err(cause) => Err(Self::NotCommitted(cause)),
            },
            error => Err(error),
        }
    }
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

#[cfg(test)]
mod tests {
    use std::io::{Error, ErrorKind};

    use super::*;

    fn unknown_error(error: sqlx::Error) -> AppendError {
        outcome(PersistenceError::UnknownError(Box::new(error)))
    }

    #[test]
    fn only_a_taken_place_is_a_lost_race() {
        assert!(matches!(outcome(PersistenceError::OptimisticLockError), AppendError::Conflict));
    }

    #[test]
    fn without_a_connection_nothing_was_committed() {
        for error in [sqlx::Error::PoolTimedOut, sqlx::Error::PoolClosed] {
            assert!(matches!(unknown_error(error), AppendError::NotCommitted(_)));
        }
    }

    #[test]
    fn a_connection_that_broke_may_have_committed() {
        let broken = || sqlx::Error::Io(Error::from(ErrorKind::ConnectionReset));
        let outcomes = [
            unknown_error(broken()),
            outcome(PersistenceError::ConnectionError(Box::new(broken()))),
            unknown_error(sqlx::Error::WorkerCrashed),
            outcome(PersistenceError::UnknownError("something else".into())),
        ];
        for outcome in outcomes {
            assert!(matches!(outcome, AppendError::Unknown(_)), "{outcome:?}");
        }
    }

    #[test]
    fn what_a_database_says_of_a_statement_is_told_from_what_it_says_of_a_commit() {
        for refused in ["22021", "23514", "42P01", "19", "275", "1811", "3091"] {
            assert!(refuses_the_statement(refused), "{refused}");
        }
        for doubtful in ["57P01", "40001", "40P01", "08006", "53100", "5", "517", "10", "13", "778"] {
            assert!(!refuses_the_statement(doubtful), "{doubtful}");
        }
    }
}
