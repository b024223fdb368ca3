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
    /// How often it was put off.
    pub tries: u32,
    /// Whether an attempt may have left its message although nobody knows.
    pub may_have_left: bool,
}

/// Work that events of one name left and nobody has done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitingFollowUps {
    /// The events' stored name.
    pub event_type: String,
    /// How much of it there is.
    pub count: u64,
    /// When the oldest was left.
    pub oldest: Timestamp,
}

type FollowUpRow = (String, String, i64, String, String, i64, i64);

impl FollowUp {
    fn from_row(
        (aggregate_type, stream, sequence, event_type, at, tries, may_have_left): FollowUpRow,
    ) -> Result<Self, sqlx::Error> {
        let at = at.parse().map_err(|cause| sqlx::Error::Decode(Box::new(cause)))?;
        let sequence = u64::try_from(sequence).unwrap_or_default();
        let tries = u32::try_from(tries).unwrap_or(u32::MAX);
        let may_have_left = may_have_left != 0;
        Ok(Self { aggregate_type, stream, sequence, event_type, at, tries, may_have_left })
    }
}

impl EventStore {
    /// Work that was left before a time and is not settled, nor put off beyond now, the oldest first; behind a
    /// piece of work that was seen already, if there is one.
    pub async fn follow_ups(
        &self,
        before: Timestamp,
        now: Timestamp,
        behind: Option<&FollowUp>,
        limit: u32,
    ) -> Result<Vec<FollowUp>, StoreError> {
        let select = Statement::new(
            "SELECT aggregate_type, aggregate_id, sequence, event_type, at, CAST(tries AS bigint), \
                    CAST(may_have_left AS bigint) FROM follow_ups \
             WHERE at < $1 AND (at, aggregate_type, aggregate_id, sequence) > ($2, $3, $4, $5) \
             AND (next_try IS NULL OR next_try <= $6) \
             ORDER BY at, aggregate_type, aggregate_id, sequence LIMIT $7",
        );
        let select = select.text(before.to_string());
        let select = match behind {
            None => select.text("").text("").text("").integer(0),
            Some(seen) => {
                let select = select.text(seen.at.to_string()).text(&seen.aggregate_type).text(&seen.stream);
                select.sequence(seen.sequence)
            }
        };
        let select = select.text(now.to_string()).integer(i64::from(limit));
        let rows = self.database.rows(&select).await?;
        Ok(rows.into_iter().map(FollowUp::from_row).collect::<Result<_, _>>()?)
    }

    /// All work that is not settled, put off or not, by the names of the events that left it.
    pub async fn waiting_follow_ups(&self) -> Result<Vec<WaitingFollowUps>, StoreError> {
        let select =
            Statement::new("SELECT event_type, COUNT(*), MIN(at) FROM follow_ups GROUP BY event_type");
        let rows: Vec<(String, i64, String)> = self.database.rows(&select).await?;
        let waiting = |(event_type, count, oldest): (String, i64, String)| {
            let oldest = oldest.parse().map_err(|cause| sqlx::Error::Decode(Box::new(cause)))?;
            let count = u64::try_from(count).unwrap_or_default();
            Ok::<_, sqlx::Error>(WaitingFollowUps { event_type, count, oldest })
        };
        Ok(rows.into_iter().map(waiting).collect::<Result<_, _>>()?)
    }

    /// Puts a piece of work off until another time, and says whether its message may have left.
    pub async fn put_off(
        &self,
        work: &FollowUp,
        until: Timestamp,
        may_have_left: bool,
    ) -> Result<(), StoreError> {
        let update = Statement::new(
            "UPDATE follow_ups SET tries = tries + 1, next_try = $1, may_have_left = CAST($2 AS integer) \
             WHERE aggregate_type = $3 AND aggregate_id = $4 AND sequence = $5",
        );
        let update = update.text(until.to_string()).integer(may_have_left.into());
        let update = update.text(&work.aggregate_type).text(&work.stream);
        self.database.execute(&update.sequence(work.sequence)).await?;
        Ok(())
    }

    /// An attempt begins: nobody else makes one until a time, and from now on the message may have left.
    pub async fn begin(&self, work: &FollowUp, until: Timestamp) -> Result<(), StoreError> {
        let update = Statement::new(
            "UPDATE follow_ups SET next_try = $1, may_have_left = 1 \
             WHERE aggregate_type = $2 AND aggregate_id = $3 AND sequence = $4",
        );
        let update = update.text(until.to_string()).text(&work.aggregate_type).text(&work.stream);
        self.database.execute(&update.sequence(work.sequence)).await?;
        Ok(())
    }

    /// The first attempt is known to have left nothing, or was not made.
    pub async fn nothing_left(
        &self,
        aggregate_type: &str,
        stream: &str,
        sequence: u64,
    ) -> Result<(), StoreError> {
        let update = Statement::new(
            "UPDATE follow_ups SET may_have_left = 0 \
             WHERE aggregate_type = $1 AND aggregate_id = $2 AND sequence = $3",
        );
        self.database.execute(&update.text(aggregate_type).text(stream).sequence(sequence)).await?;
        Ok(())
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
