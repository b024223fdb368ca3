//! Follow-ups: the work that a commit leaves, one row an event, written in the same commit.

use countersign_domain::time::Timestamp;

use crate::database::sql::Statement;
use crate::error::StoreError;
use crate::store::EventStore;

/// Work that a committed event left: a message to send, an event of another stream to append.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FollowUp {
    /// The aggregate's name.
    pub aggregate_type: String,
    /// The stream.
    pub stream: String,
    /// The event's place in it.
    pub sequence: u64,
    /// The event's stored name.
    pub event_type: String,
    /// When the event happened.
    pub at: Timestamp,
}

type FollowUpRow = (String, String, i64, String, String);

impl FollowUp {
    fn from_row(
        (aggregate_type, stream, sequence, event_type, at): FollowUpRow,
    ) -> Result<Self, sqlx::Error> {
        let at = at.parse().map_err(|cause| sqlx::Error::Decode(Box::new(cause)))?;
        let sequence = u64::try_from(sequence).unwrap_or_default();
        Ok(Self { aggregate_type, stream, sequence, event_type, at })
    }
}

impl EventStore {
    /// Work that was left before a time and is not settled, the oldest first; behind a piece of work that
    /// was seen already, if there is one.
    pub async fn follow_ups(
        &self,
        before: Timestamp,
        behind: Option<&FollowUp>,
        limit: u32,
    ) -> Result<Vec<FollowUp>, StoreError> {
        let select = Statement::new(
            "SELECT aggregate_type, aggregate_id, sequence, event_type, at FROM follow_ups \
             WHERE at < $1 AND (at, aggregate_type, aggregate_id, sequence) > ($2, $3, $4, $5) \
             ORDER BY at, aggregate_type, aggregate_id, sequence LIMIT $6",
        );
        let select = select.text(before.to_string());
        let select = match behind {
            None => select.text("").text("").text("").integer(0),
            Some(seen) => {
                let select = select.text(seen.at.to_string()).text(&seen.aggregate_type).text(&seen.stream);
                select.sequence(seen.sequence)
            }
        };
        let select = select.integer(i64::from(limit));
        let rows = self.database.rows(&select).await?;
        Ok(rows.into_iter().map(FollowUp::from_row).collect::<Result<_, _>>()?)
    }

    /// Takes a piece of work off the list; one that isn't there is settled already.
    pub async fn settle(&self, aggregate_type: &str, stream: &str, sequence: u64) -> Result<(), StoreError> {
        let delete = Statement::new(
            "DELETE FROM follow_ups WHERE aggregate_type = $1 AND aggregate_id = $2 AND sequence = $3",
        );
        self.database.execute(&delete.text(aggregate_type).text(stream).sequence(sequence)).await?;
        Ok(())
    }
}
