//! When clients were last seen.

use std::collections::HashMap;

use countersign_domain::time::Timestamp;

use crate::database::sql::Statement;
use crate::error::StoreError;
use crate::store::EventStore;

impl EventStore {
    /// Notes that a client's key was accepted; an earlier moment changes nothing.
    pub async fn note_client_use(&self, client: &str, at: Timestamp) -> Result<(), StoreError> {
        let upsert = Statement::new(
            "INSERT INTO client_uses AS old (client, last_used_at) VALUES ($1, $2) ON CONFLICT (client) DO UPDATE \
             SET last_used_at = excluded.last_used_at WHERE old.last_used_at < excluded.last_used_at",
        );
        let mut writing = self.database.begin().await?;
        writing.may_be_lost().await?;
        writing.execute(&upsert.text(client).integer(at.as_millis())).await?;
        Ok(writing.commit().await?)
    }

    /// When each client's key was last accepted.
    pub async fn client_uses(&self) -> Result<HashMap<String, Timestamp>, StoreError> {
        let select = Statement::new("SELECT client, last_used_at FROM client_uses");
        let rows: Vec<(String, i64)> = self.database.rows(&select).await?;
        Ok(rows.into_iter().map(|(client, at)| (client, Timestamp::from_millis(at))).collect())
    }
}
