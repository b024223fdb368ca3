//! The mark of what a database is for.

use std::fmt;

use super::Database;
use super::error::DatabaseError;
use super::sql::Statement;

/// What a database is used for; each mode refuses the other's databases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// `serve --dev`, which asks callers for no credential.
    Development,
    /// Everything else.
    Production,
}

impl Database {
    /// Marks a fresh database with a mode; refuses a database that is marked with the other.
    pub async fn claim_mode(&self, mode: Mode) -> Result<(), DatabaseError> {
        let mark = Statement::new("INSERT INTO realm (only_row, mode) VALUES (1, $1) ON CONFLICT DO NOTHING");
        self.execute(&mark.text(mode.to_string())).await?;
        let marked: Option<(String,)> = self.row(&Statement::new("SELECT mode FROM realm")).await?;
        match marked {
            Some((marked,)) if marked != mode.to_string() => Err(DatabaseError::OtherMode { marked }),
            _ => Ok(()),
        }
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Development => "development",
            Self::Production => "production",
        })
    }
}
