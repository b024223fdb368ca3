//! Leadership: of all servers on one database, one does a task.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use sqlx::{Postgres, Transaction};

use crate::database::{Database, PostgresDatabase, SqliteDatabase};
use crate::error::StoreError;
use crate::store::EventStore;

/// The right to do a task, until it is dropped.
///
/// It saves work; nothing may rest on it: a server that lost its connection has lost the lead without
/// knowing.
#[derive(Debug)]
pub struct Leadership {
    _held: Lead,
}

#[derive(Debug)]
enum Lead {
    /// A lock that ends with the transaction.
    Postgres {
        _transaction: Transaction<'static, Postgres>,
    },
    Sqlite {
        task: String,
        led: Arc<Mutex<HashSet<String>>>,
    },
}

impl EventStore {
    /// Takes the lead of a task, unless somebody has it: another server, or on SQLite another task of this
    /// process.
    pub async fn lead(&self, task: &str) -> Result<Option<Leadership>, StoreError> {
        let lead = match &self.database {
            Database::Sqlite(sqlite) => lead_in_process(sqlite, task),
            Database::Postgres(postgres) => lead_in_postgres(postgres, task).await?,
        };
        Ok(lead.map(|held| Leadership { _held: held }))
    }
}

async fn lead_in_postgres(postgres: &PostgresDatabase, task: &str) -> Result<Option<Lead>, sqlx::Error> {
    let mut transaction = postgres.pool.begin().await?;
    let taken = sqlx::query_scalar("SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0))")
        .bind(format!("countersign/lead/{task}"))
        .fetch_one(&mut *transaction)
        .await?;
    Ok(if taken { Some(Lead::Postgres { _transaction: transaction }) } else { None })
}

fn lead_in_process(sqlite: &SqliteDatabase, task: &str) -> Option<Lead> {
    let mut led = sqlite.led.lock().unwrap_or_else(PoisonError::into_inner);
    led.insert(task.to_owned()).then(|| Lead::Sqlite { task: task.to_owned(), led: Arc::clone(&sqlite.led) })
}

impl Drop for Lead {
    fn drop(&mut self) {
        if let Self::Sqlite { task, led } = self {
            led.lock().unwrap_or_else(PoisonError::into_inner).remove(task);
        }
    }
}
