//! A PostgreSQL server.

use std::str::FromStr;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgConnection, PgPoolOptions};
use sqlx::{Connection, Executor, PgPool};

use super::EXPECTED_URL;
use super::error::DatabaseError;

/// The most connections of one process.
const CONNECTIONS: u32 = 20;
/// The longest that a statement waits for a connection.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a connection may lie idle before it is asked whether it still stands.
const TRUSTED_IDLE: Duration = Duration::from_secs(1);

/// What every connection is set to.
///
/// A commit that waits for a standby and is cut off by a time-out is reported as a success that it need not
/// be, so there is none. Temporary tables are looked for last, so that none can stand in for one of ours.
const SETTINGS: &str = "SET statement_timeout = 0; SET search_path = public, pg_temp";

/// A PostgreSQL server and the connections to it.
#[derive(Debug, Clone)]
pub struct PostgresDatabase {
    pub(crate) pool: PgPool,
}

impl PostgresDatabase {
    pub(super) async fn connect(url: &str) -> Result<Self, DatabaseError> {
        let options = PgConnectOptions::from_str(url).map_err(|_| DatabaseError::Url(EXPECTED_URL))?;
        let pool = PgPoolOptions::new()
            .max_connections(CONNECTIONS)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .after_connect(|connection, _| Box::pin(set_up(connection)))
            .test_before_acquire(false)
            .before_acquire(|connection, life| Box::pin(stands(connection, life.idle_for)))
            .connect_with(options.application_name("countersign"))
            .await
            .map_err(DatabaseError::Unreachable)?;
        Ok(Self { pool })
    }
}

async fn set_up(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    connection.execute(SETTINGS).await.map(drop)
}

/// Whether a connection can be used: a server that started anew has closed those that lay idle.
async fn stands(connection: &mut PgConnection, idle_for: Duration) -> Result<bool, sqlx::Error> {
    if idle_for > TRUSTED_IDLE {
        connection.ping().await?;
    }
    Ok(true)
}
