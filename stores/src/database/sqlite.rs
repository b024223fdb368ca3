//! A SQLite file: one connection that writes, several that read.

use std::collections::HashSet;
use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use sqlx::SqlitePool;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

use super::error::DatabaseError;
use super::turn::{Turns, WriteTurn};

/// Connections that read.
const READERS: u32 = 4;
/// The longest that a statement waits for a connection.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);
/// The longest that SQLite waits for another program that has the file.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// The pages of the log at which a commit of the writing connection copies them into the file.
const CHECKPOINT_PAGES: &str = "1000";

/// What a path should look like.
const EXPECTED_PATH: &str = "a path behind sqlite://, without a question mark or options";

/// A SQLite file and the connections to it.
#[derive(Debug, Clone)]
pub struct SqliteDatabase {
    pub(super) readers: SqlitePool,
    pub(crate) writer: SqlitePool,
    turns: Turns,
    /// Tasks that somebody in this process has the lead of.
    pub(crate) led: Arc<Mutex<HashSet<String>>>,
}

impl SqliteDatabase {
    pub(super) async fn open(path: &str) -> Result<Self, DatabaseError> {
        if path.is_empty() || path.contains('?') || path.starts_with(':') {
            return Err(DatabaseError::Url(EXPECTED_PATH));
        }
        let path = Path::new(path);
        let unreachable = |cause| DatabaseError::Unreachable(sqlx::Error::Io(cause));
        make_private(path).map_err(unreachable)?;
        let turns = Turns::beside(path).map_err(unreachable)?;
        let writer = pool(1).connect_with(writing(path)).await.map_err(DatabaseError::Unreachable)?;
        let readers = pool(READERS).connect_lazy_with(reading(path));
        Ok(Self { readers, writer, turns, led: Arc::default() })
    }

    /// Waits for the right to write.
    pub(crate) async fn take_turn(&self) -> Result<WriteTurn, sqlx::Error> {
        self.turns.take().await
    }

    /// The writing connection goes last: who closes a file last copies its log.
    pub(super) async fn close(self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}

/// Makes the file if it isn't there, readable to its owner alone; SQLite's log is made alike.
fn make_private(path: &Path) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Err(cause) if cause.kind() != ErrorKind::AlreadyExists => Err(cause),
        _ => Ok(()),
    }
}

fn pool(most: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .max_connections(most)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
}

/// What every connection has: without `recursive_triggers`, `INSERT OR REPLACE` skips the triggers of
/// what it removes.
fn shared(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .busy_timeout(BUSY_TIMEOUT)
        .foreign_keys(true)
        .synchronous(SqliteSynchronous::Full)
        .pragma("recursive_triggers", "ON")
}

/// The one connection that writes: what it acknowledged survives a power cut, and what it overwrote is
/// overwritten.
fn writing(path: &Path) -> SqliteConnectOptions {
    shared(path)
        .journal_mode(SqliteJournalMode::Wal)
        .pragma("wal_autocheckpoint", CHECKPOINT_PAGES)
        .pragma("secure_delete", "ON")
}

/// A connection that reads, never writes, and never copies the log into the file.
fn reading(path: &Path) -> SqliteConnectOptions {
    shared(path).pragma("wal_autocheckpoint", "0").pragma("query_only", "ON")
}

#[cfg(test)]
mod tests {
    use sqlx::Row;

    use super::*;

    async fn setting(pool: &SqlitePool, name: &str) -> String {
        let row = sqlx::query(&format!("PRAGMA {name}")).fetch_one(pool).await.unwrap();
        row.try_get::<i64, _>(0).map_or_else(|_| row.get(0), |number| number.to_string())
    }

    async fn an_open_file() -> (tempfile::TempDir, SqliteDatabase) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("countersign.db");
        let database = SqliteDatabase::open(path.to_str().unwrap()).await.unwrap();
        (directory, database)
    }

    /// What these mean for an acknowledged event, ADR 0002 says.
    #[tokio::test]
    async fn every_connection_has_the_settings_that_durability_rests_on() {
        let (_directory, database) = an_open_file().await;
        for pool in [&database.writer, &database.readers] {
            assert_eq!(setting(pool, "journal_mode").await, "wal");
            assert_eq!(setting(pool, "synchronous").await, "2", "FULL");
            assert_eq!(setting(pool, "recursive_triggers").await, "1");
            assert_eq!(setting(pool, "foreign_keys").await, "1");
            assert_eq!(setting(pool, "busy_timeout").await, BUSY_TIMEOUT.as_millis().to_string());
        }
    }

    #[tokio::test]
    async fn one_connection_writes_and_only_that_one_copies_the_log() {
        let (_directory, database) = an_open_file().await;
        assert_eq!(database.writer.options().get_max_connections(), 1);
        assert_eq!(setting(&database.writer, "wal_autocheckpoint").await, CHECKPOINT_PAGES);
        assert_eq!(setting(&database.readers, "wal_autocheckpoint").await, "0");
        assert_eq!(setting(&database.writer, "secure_delete").await, "1");
        assert_eq!(setting(&database.readers, "query_only").await, "1");
        assert!(sqlx::query("CREATE TABLE x (y)").execute(&database.readers).await.is_err());
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn the_file_is_its_owner_s_alone() {
        use std::os::unix::fs::PermissionsExt;

        let (directory, database) = an_open_file().await;
        sqlx::query("CREATE TABLE x (y)").execute(&database.writer).await.unwrap();
        for name in ["countersign.db", "countersign.db-wal"] {
            let mode = std::fs::metadata(directory.path().join(name)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{name}");
        }
    }
}
