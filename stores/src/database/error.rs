//! Why a database cannot be used.

use std::fmt;

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
