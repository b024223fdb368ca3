//! What durability rests on and the service cannot see to itself: how the database is set, and who can reach its file.

mod postgres;
mod sqlite;

use super::{Database, DatabaseError};

/// Something that durability rests on, as it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What was looked at: mostly the name of a setting.
    pub name: &'static str,
    /// How it was found.
    pub value: String,
    /// What may come of it, where it is not as it should be.
    pub complaint: Option<&'static str>,
}

impl Finding {
    fn new(name: &'static str, value: impl Into<String>, complaint: Option<&'static str>) -> Self {
        Self { name, value: value.into(), complaint }
    }
}

impl Database {
    /// Looks at everything that durability rests on.
    pub async fn durability(&self) -> Result<Vec<Finding>, DatabaseError> {
        match self {
            Self::Sqlite(sqlite) => sqlite::findings(sqlite).await,
            Self::Postgres(postgres) => postgres::findings(postgres).await,
        }
    }
}
