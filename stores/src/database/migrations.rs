//! Migrations: numbered, embedded, never edited, the same numbers for both databases.

use std::collections::HashMap;

use sqlx::migrate::{MigrateError, Migrator};

use super::Database;
use super::error::DatabaseError;
use super::sql::Statement;

static SQLITE: Migrator = sqlx::migrate!("migrations/sqlite");
static POSTGRES: Migrator = sqlx::migrate!("migrations/postgres");

impl Database {
    /// Runs the migrations that were not run yet.
    pub async fn migrate(&self) -> Result<(), DatabaseError> {
        self.run_migrations().await.map_err(DatabaseError::Migration)
    }

    /// Whether every migration that this version knows was run, as this version knows it.
    pub async fn is_migrated(&self) -> Result<bool, DatabaseError> {
        if !self.keeps_migrations().await? {
            return Ok(false);
        }
        let applied = Statement::new("SELECT version, checksum FROM _sqlx_migrations WHERE success");
        let applied: HashMap<i64, Vec<u8>> = self.rows(&applied).await?.into_iter().collect();
        let is_applied = |version, checksum: &[u8]| applied.get(&version).is_some_and(|sum| sum == checksum);
        Ok(self.known_migrations().iter().all(|known| is_applied(known.version, &known.checksum)))
    }

    async fn run_migrations(&self) -> Result<(), MigrateError> {
        match self {
            Self::Sqlite(sqlite) => {
                let _turn = sqlite.take_turn().await?;
                SQLITE.run(&sqlite.writer).await
            }
            Self::Postgres(postgres) => POSTGRES.run(&postgres.pool).await,
        }
    }

    fn known_migrations(&self) -> &'static Migrator {
        match self {
            Self::Sqlite(_) => &SQLITE,
            Self::Postgres(_) => &POSTGRES,
        }
    }

    /// Whether the table is there that says which migrations were run.
    async fn keeps_migrations(&self) -> Result<bool, sqlx::Error> {
        let table = match self {
            Self::Sqlite(_) => "SELECT 1 FROM sqlite_master WHERE name = '_sqlx_migrations'",
            Self::Postgres(_) => "SELECT 1 WHERE to_regclass('_sqlx_migrations') IS NOT NULL",
        };
        Ok(self.row::<(i32,)>(&Statement::new(table)).await?.is_some())
    }
}
