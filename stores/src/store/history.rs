//! History: a stream as it is stored, for auditors and the command line.

use super::EventStore;
use super::stored_event::StoredEvent;
use crate::database::sql::Statement;
use crate::error::StoreError;
use crate::sealing::Class;

/// What a reader of history may see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opening {
    /// Sealed values stay sealed.
    Nothing,
    /// Personal values are opened; verifiers never are.
    Personal,
}

impl EventStore {
    /// The streams of an aggregate, in the order of their ids.
    pub async fn streams(&self, aggregate_type: &str) -> Result<Vec<String>, StoreError> {
        let select = Statement::new(
            "SELECT aggregate_id FROM events WHERE aggregate_type = $1 AND sequence = 1 ORDER BY aggregate_id",
        );
        let rows: Vec<(String,)> = self.database.rows(&select.text(aggregate_type)).await?;
        Ok(rows.into_iter().map(|(stream,)| stream).collect())
    }

    /// Reads a stream as it is stored, in the shape that its events were stored in.
    ///
    /// An opened value is an object with the one key `$s1p`, or `$erased` where its key was destroyed, as
    /// the domain's [`Personal`](countersign_domain::secret::Personal) reads it.
    pub async fn history(
        &self,
        aggregate_type: &str,
        stream: &str,
        opening: Opening,
    ) -> Result<Vec<StoredEvent>, StoreError> {
        let mut events = self.read(aggregate_type, stream, 0, u64::MAX).await?;
        if opening == Opening::Personal {
            let keys = self.keys_of(&events).await?;
            events.iter_mut().try_for_each(|event| event.open(&keys, &[Class::Personal]))?;
        }
        Ok(events)
    }
}
