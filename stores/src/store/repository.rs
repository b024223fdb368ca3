//! The repositories of `postgres-es` and `sqlite-es`, behind one enum.

use countersign_domain::decider::{Decider, Root};
use cqrs_es::persist::{PersistedEventRepository, PersistenceError, SerializedEvent};
use postgres_es::PostgresEventRepository;
use sqlite_es::SqliteEventRepository;

use crate::database::{Database, SqliteDatabase};

/// What inserts events. Reading is done with statements of our own: a tail of a stream, with bound values.
pub(super) enum Repository {
    Sqlite(SqliteEventRepository, SqliteDatabase),
    Postgres(PostgresEventRepository),
}

impl Repository {
    pub(super) fn in_database(database: &Database) -> Self {
        match database {
            Database::Sqlite(sqlite) => {
                Self::Sqlite(SqliteEventRepository::new(sqlite.writer.clone()), sqlite.clone())
            }
            Database::Postgres(postgres) => {
                Self::Postgres(PostgresEventRepository::new(postgres.pool.clone()))
            }
        }
    }

    /// Inserts the events of one stream in one transaction.
    pub(super) async fn persist<D: Decider>(
        &self,
        events: &[SerializedEvent],
    ) -> Result<(), PersistenceError> {
        match self {
            Self::Sqlite(repository, database) => {
                let turn = database.take_turn().await;
                let _turn = turn.map_err(|cause| PersistenceError::UnknownError(Box::new(cause)))?;
                repository.persist::<Root<D>>(events, None).await
            }
            Self::Postgres(repository) => repository.persist::<Root<D>>(events, None).await,
        }
    }
}
