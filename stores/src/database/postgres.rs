//! A PostgreSQL server.

use std::io::ErrorKind;
use std::str::FromStr;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgConnection, PgPoolOptions};
use sqlx::{Connection, Executor, PgPool};

use super::error::DatabaseError;
use super::{EXPECTED_URL, Limits};

/// How long a connection may lie idle before it is asked whether it still stands.
const TRUSTED_IDLE: Duration = Duration::from_secs(1);
/// How long it may take to say so: where its server is gone without a word, another one is made.
const ANSWERS_WITHIN: Duration = Duration::from_secs(2);
/// How long a connection is kept that nobody needs.
const IDLE_MOST: Duration = Duration::from_secs(10 * 60);
/// How long a connection is used at most; one that is at work ends its work first.
const LIFETIME_MOST: Duration = Duration::from_secs(30 * 60);

/// What every connection is set to.
///
/// A commit that waits for a standby and is cut off by a time-out is reported as a success that it need not
/// be, so there is none, whatever the role or the database is set to. Temporary tables are looked for last, so
/// that none can stand in for one of ours. The server asks after two minutes of silence at most whether we are
/// still there: a lock that a vanished machine holds is let go.
const SETTINGS: &str = "SET statement_timeout = 0; SET lock_timeout = 0; SET search_path = public, pg_temp; \
     SET tcp_keepalives_idle = 60; SET tcp_keepalives_interval = 10; SET tcp_keepalives_count = 6; \
     SET idle_in_transaction_session_timeout = 0; \
     SELECT set_config(name, '0', false) FROM pg_settings WHERE name = 'transaction_timeout'";

/// A PostgreSQL server and the connections to it.
#[derive(Debug, Clone)]
pub struct PostgresDatabase {
    pub(crate) pool: PgPool,
}

impl PostgresDatabase {
    pub(super) async fn connect(url: &str, limits: Limits) -> Result<Self, DatabaseError> {
        let options = PgConnectOptions::from_str(url).map_err(|_| DatabaseError::Url(EXPECTED_URL))?;
        let pool = PgPoolOptions::new()
            .max_connections(limits.connections)
            .acquire_timeout(limits.wait)
            .idle_timeout(IDLE_MOST)
            .max_lifetime(LIFETIME_MOST)
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
    if idle_for <= TRUSTED_IDLE {
        return Ok(true);
    }
    match tokio::time::timeout(ANSWERS_WITHIN, connection.ping()).await {
        Ok(answered) => answered.map(|()| true),
        Err(_) => Err(sqlx::Error::Io(ErrorKind::TimedOut.into())),
    }
}
