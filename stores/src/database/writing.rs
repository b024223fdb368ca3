//! A transaction that writes, on either database.

use sqlx::{Postgres, Sqlite, Transaction};

use super::WriteTurn;
use super::sql::{Row, Statement};

/// A transaction that writes; dropped without a commit, it wrote nothing.
#[derive(Debug)]
pub(crate) enum Writing {
    Sqlite {
        // In this order: the transaction ends before the turn does.
        transaction: Transaction<'static, Sqlite>,
        _turn: WriteTurn,
    },
    Postgres(Transaction<'static, Postgres>),
}

impl Writing {
    pub(crate) async fn rows<T: Row>(&mut self, statement: &Statement) -> Result<Vec<T>, sqlx::Error> {
        match self {
            Self::Sqlite { transaction, .. } => statement.sqlite_rows(&mut **transaction).await,
            Self::Postgres(transaction) => statement.postgres_rows(&mut **transaction).await,
        }
    }

    pub(crate) async fn execute(&mut self, statement: &Statement) -> Result<u64, sqlx::Error> {
        match self {
            Self::Sqlite { transaction, .. } => statement.sqlite_execute(&mut **transaction).await,
            Self::Postgres(transaction) => statement.postgres_execute(&mut **transaction).await,
        }
    }

    /// Waits until no other transaction holds a name, and holds it to the end.
    ///
    /// On SQLite there is nothing to wait for: one transaction writes at a time.
    pub(crate) async fn hold(&mut self, name: &str) -> Result<(), sqlx::Error> {
        match self {
            Self::Sqlite { .. } => Ok(()),
            Self::Postgres(transaction) => {
                let lock = Statement::new("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))").text(name);
                lock.postgres_execute(&mut **transaction).await.map(drop)
            }
        }
    }

    /// Holds a name to the end of the transaction, unless another one holds it; true if this one does.
    pub(crate) async fn try_hold(&mut self, name: &str) -> Result<bool, sqlx::Error> {
        match self {
            Self::Sqlite { .. } => Ok(true),
            Self::Postgres(_) => {
                let lock = Statement::new("SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0))::int")
                    .text(name);
                let held: Vec<(i32,)> = self.rows(&lock).await?;
                Ok(held == [(1,)])
            }
        }
    }

    /// Lets the commit return before it is on the disk: for what can be made anew, and is lost as a whole or not at
    /// all. On SQLite it is on the disk all the same.
    pub(crate) async fn may_be_lost(&mut self) -> Result<(), sqlx::Error> {
        match self {
            Self::Sqlite { .. } => Ok(()),
            Self::Postgres(_) => {
                let set = Statement::new("SELECT set_config('synchronous_commit', 'off', true)");
                self.execute(&set).await.map(drop)
            }
        }
    }

    /// Says something to the other servers as soon as the transaction commits; on SQLite there are none.
    pub(crate) async fn notify(&mut self, channel: &str, said: &str) -> Result<(), sqlx::Error> {
        match self {
            Self::Sqlite { .. } => Ok(()),
            Self::Postgres(_) => {
                let notify = Statement::new("SELECT pg_notify($1, $2)").text(channel).text(said);
                self.execute(&notify).await.map(drop)
            }
        }
    }

    pub(crate) async fn commit(self) -> Result<(), sqlx::Error> {
        match self {
            Self::Sqlite { transaction, _turn } => transaction.commit().await,
            Self::Postgres(transaction) => transaction.commit().await,
        }
    }
}
