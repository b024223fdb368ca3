//! Leadership: of all servers on one database, one does a task.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use sqlx::{Postgres, Transaction};

use crate::database::{Database, PostgresDatabase, SqliteDatabase};
use crate::error::StoreError;
use crate::store::EventStore;

/// The right to do a task, until it is released; dropped, it is given back a moment later.
///
/// It saves work; nothing may rest on it: a server that lost its connection has lost the lead without
/// knowing.
#[derive(Debug)]
pub struct Leadership(Lead);

#[derive(Debug)]
enum Lead {
    /// A lock that ends with the transaction.
    Postgres(Transaction<'static, Postgres>),
    Sqlite(LedHere),
}

/// An entry among the tasks that somebody in this process has the lead of.
#[derive(Debug)]
struct LedHere {
    task: String,
    led: Arc<Mutex<HashSet<String>>>,
}

impl Leadership {
    /// Gives the lead back: the next who asks gets it.
    pub async fn release(self) -> Result<(), StoreError> {
        match self.0 {
            Lead::Postgres(transaction) => Ok(transaction.rollback().await?),
            Lead::Sqlite(_led) => Ok(()),
        }
    }
}

impl EventStore {
    /// Takes the lead of a task, unless somebody has it: another server, or on SQLite another task of this
    /// process.
    pub async fn lead(&self, task: &str) -> Result<Option<Leadership>, StoreError> {
        let lead = match &self.database {
            Database::Sqlite(sqlite) => lead_in_process(sqlite, task),
            Database::Postgres(postgres) => lead_in_postgres(postgres, task).await?,
        };
        Ok(lead.map(Leadership))
    }
}

async fn lead_in_postgres(postgres: &PostgresDatabase, task: &str) -> Result<Option<Lead>, sqlx::Error> {
    let mut transaction = postgres.pool.begin().await?;
    let taken = sqlx::query_scalar("SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0))")
        .bind(format!("countersign/lead/{task}"))
        .fetch_one(&mut *transaction)
        .await?;
    Ok(if taken { Some(Lead::Postgres(transaction)) } else { None })
}

fn lead_in_process(sqlite: &SqliteDatabase, task: &str) -> Option<Lead> {
    let mut led = sqlite.led.lock().unwrap_or_else(PoisonError::into_inner);
    let here = || LedHere { task: task.to_owned(), led: Arc::clone(&sqlite.led) };
    led.insert(task.to_owned()).then(|| Lead::Sqlite(here()))
}

impl Drop for LedHere {
    fn drop(&mut self) {
        self.led.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.task);
    }
}
