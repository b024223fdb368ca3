//! When keys of clients were last accepted.

use std::collections::{BTreeMap, HashMap};

use countersign_domain::time::Timestamp;

use crate::database::sql::Statement;
use crate::error::StoreError;
use crate::store::EventStore;

/// The number that stands for some key of a client: which one was not noted before keys were told apart.
pub const SOME_KEY: u32 = 0;

impl EventStore {
    /// Notes that a client's key of a number was accepted; an earlier moment changes nothing.
    pub async fn note_key_use(&self, client: &str, number: u32, at: Timestamp) -> Result<(), StoreError> {
        let upsert = Statement::new(
            "INSERT INTO client_key_uses AS old (client, number, last_used_at) VALUES ($1, $2, $3) \
             ON CONFLICT (client, number) DO UPDATE SET last_used_at = excluded.last_used_at \
             WHERE old.last_used_at < excluded.last_used_at",
        );
        let mut writing = self.database.begin().await?;
        writing.may_be_lost().await?;
        writing.execute(&upsert.text(client).integer(number.into()).integer(at.as_millis())).await?;
        Ok(writing.commit().await?)
    }

    /// When each key of each client was last accepted, by the client's id and the key's number ([`SOME_KEY`] where a server
    /// of an earlier version noted it).
    pub async fn key_uses(&self) -> Result<HashMap<String, BTreeMap<u32, Timestamp>>, StoreError> {
        let select = Statement::new(
            "SELECT client, number, last_used_at FROM client_key_uses \
             UNION ALL SELECT client, CAST($1 AS bigint), last_used_at FROM client_uses",
        );
        let select = select.integer(SOME_KEY.into());
        let rows: Vec<(String, i64, i64)> = self.database.rows(&select).await?;
        let mut uses: HashMap<_, BTreeMap<_, _>> = HashMap::new();
        for (client, number, at) in rows {
            let number = u32::try_from(number).map_err(|error| sqlx::Error::Decode(error.into()))?;
            uses.entry(client).or_default().insert(number, Timestamp::from_millis(at));
        }
        Ok(uses)
    }
}
