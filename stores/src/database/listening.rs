//! What other servers on one PostgreSQL say to each other.
//!
//! It only spares waiting: who hears nothing finds by looking what there is.

use sqlx::postgres::PgListener;

use super::Database;

/// A channel that is listened to.
pub(crate) struct Listening(PgListener);

impl Database {
    /// Listens to a channel; nothing on SQLite, which has none.
    pub(crate) async fn listen(&self, channel: &str) -> Result<Option<Listening>, sqlx::Error> {
        let Self::Postgres(postgres) = self else { return Ok(None) };
        let mut listener = PgListener::connect_with(&postgres.pool).await?;
        listener.listen(channel).await?;
        Ok(Some(Listening(listener)))
    }
}

impl Listening {
    /// What is said next; nothing where the connection was lost meanwhile.
    pub(crate) async fn next(&mut self) -> Result<Option<String>, sqlx::Error> {
        Ok(self.0.try_recv().await?.map(|said| said.payload().to_owned()))
    }
}
