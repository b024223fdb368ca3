//! The database: a SQLite file or a PostgreSQL server, chosen by URL.

mod batches;
pub mod durability;
mod error;
mod listening;
mod migrations;
mod postgres;
mod realm;
pub(crate) mod sql;
mod sqlite;
mod turn;
mod writing;

use std::time::Duration;

pub(crate) use self::batches::{batches, row_places};
pub use self::error::DatabaseError;
pub(crate) use self::listening::Listening;
use self::sql::{Row, Statement};

pub use self::postgres::PostgresDatabase;
pub use self::realm::Mode;
pub use self::sqlite::SqliteDatabase;
pub(crate) use self::turn::WriteTurn;
pub(crate) use self::writing::Writing;

/// How many connections to a server there are, and how long they are waited for. (A file has one that writes and four
/// that read.)
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The most connections of one process.
    pub connections: u32,
    /// The longest that a statement waits for a connection, the making of one included. A statement that has begun
    /// is never cut off.
    pub wait: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { connections: 20, wait: Duration::from_secs(5) }
    }
}

/// What a URL should look like.
const EXPECTED_URL: &str = "a database URL like sqlite://path or postgres://user@host/name";

/// A database that holds one realm. Cloning it is cheap, and gives the same connections.
#[derive(Debug, Clone)]
pub enum Database {
    /// A file, for one machine.
    Sqlite(SqliteDatabase),
    /// A server, for any number of machines.
    Postgres(PostgresDatabase),
}

impl Database {
    /// Connects to `sqlite://path` (everything behind the slashes is the path; the file is made if it
    /// isn't there) or `postgres://user:password@host:port/name`.
    pub async fn connect(url: &str) -> Result<Self, DatabaseError> {
        Self::connect_within(url, Limits::default()).await
    }

    /// The same, with other limits.
    pub async fn connect_within(url: &str, limits: Limits) -> Result<Self, DatabaseError> {
        if let Some(path) = url.strip_prefix("sqlite://") {
            return SqliteDatabase::open(path).await.map(Self::Sqlite);
        }
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return PostgresDatabase::connect(url, limits).await.map(Self::Postgres);
        }
        Err(DatabaseError::Url(EXPECTED_URL))
    }

    /// Closes all connections, when what they are doing is done.
    pub async fn close(self) {
        match self {
            Self::Sqlite(sqlite) => sqlite.close().await,
            Self::Postgres(postgres) => postgres.pool.close().await,
        }
    }

    /// Reads rows.
    pub(crate) async fn rows<T: Row>(&self, statement: &Statement) -> Result<Vec<T>, sqlx::Error> {
        match self {
            Self::Sqlite(sqlite) => statement.sqlite_rows(&sqlite.readers).await,
            Self::Postgres(postgres) => statement.postgres_rows(&postgres.pool).await,
        }
    }

    /// Reads the first row, if there is one.
    pub(crate) async fn row<T: Row>(&self, statement: &Statement) -> Result<Option<T>, sqlx::Error> {
        Ok(self.rows(statement).await?.into_iter().next())
    }

    /// Runs a statement that writes, in a transaction of its own; tells how many rows it wrote.
    pub(crate) async fn execute(&self, statement: &Statement) -> Result<u64, sqlx::Error> {
        match self {
            Self::Sqlite(sqlite) => {
                let _turn = sqlite.take_turn().await?;
                statement.sqlite_execute(&sqlite.writer).await
            }
            Self::Postgres(postgres) => statement.postgres_execute(&postgres.pool).await,
        }
    }

    /// What makes a text compare by its bytes, whatever the database's language.
    pub(crate) fn byte_order(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "COLLATE BINARY",
            Self::Postgres(_) => "COLLATE \"C\"",
        }
    }

    /// Begins a transaction that writes.
    pub(crate) async fn begin(&self) -> Result<Writing, sqlx::Error> {
        match self {
            // In a task of its own: who is dropped while the one connection that writes begins would leave it
            // in a transaction that nobody ends.
            Self::Sqlite(sqlite) => {
                let begun = tokio::spawn(begin_sqlite(sqlite.clone())).await;
                begun.unwrap_or(Err(sqlx::Error::WorkerCrashed))
            }
            Self::Postgres(postgres) => Ok(Writing::Postgres(postgres.pool.begin().await?)),
        }
    }
}

async fn begin_sqlite(sqlite: SqliteDatabase) -> Result<Writing, sqlx::Error> {
    let turn = sqlite.take_turn().await?;
    let transaction = sqlite.writer.begin_with("BEGIN IMMEDIATE").await?;
    Ok(Writing::Sqlite { transaction, _turn: turn })
}
