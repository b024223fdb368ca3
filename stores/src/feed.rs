//! The feed: facts in the one order, as read models take them.

use countersign_projections::fact::{Fact, Poison};
use serde_json::Value;

use crate::database::sql::Statement;
use crate::store::EventStore;

/// Facts of one read at most.
pub const FACTS_MOST: u32 = 512;

/// Why the feed cannot be read.
#[derive(Debug)]
pub enum FeedError {
    /// The database failed at a statement.
    Database(sqlx::Error),
    /// A fact cannot be read.
    Poison(Poison),
}

type FactRow = (i64, String, String, i64, Option<String>, Option<String>, Option<Value>, Option<Value>);

/// A place in the ledger, with the event at it.
pub(crate) const FACTS: &str = "SELECT l.idx, l.aggregate_type, l.aggregate_id, l.sequence, \
     e.event_type, e.event_version, e.payload, e.metadata FROM ledger l LEFT JOIN events e \
     ON e.aggregate_type = l.aggregate_type AND e.aggregate_id = l.aggregate_id AND e.sequence = l.sequence";

impl EventStore {
    /// Reads facts from a place on, at most `most`; a fact that cannot be read ends what is given, and is an
    /// error where it is the first.
    pub async fn facts(&self, from: u64, most: u32) -> Result<Vec<Fact>, FeedError> {
        let select = Statement::new(format!("{FACTS} WHERE l.idx >= $1 AND l.idx < $2 ORDER BY l.idx"));
        let until = from.saturating_add(u64::from(most));
        let rows: Vec<FactRow> = self.database.rows(&select.sequence(from).sequence(until)).await?;
        let mut facts = Vec::with_capacity(rows.len());
        for (row, expected) in rows.into_iter().zip(from..) {
            match self.fact(row, expected) {
                Ok(fact) => facts.push(fact),
                Err(poison) if facts.is_empty() => return Err(FeedError::Poison(poison)),
                Err(_) => break,
            }
        }
        Ok(facts)
    }

    /// How many facts there are.
    pub async fn ledger_size(&self) -> Result<u64, sqlx::Error> {
        let size = Statement::new("SELECT COALESCE(MAX(idx) + 1, 0) FROM ledger");
        Ok(self.database.row::<(i64,)>(&size).await?.map_or(0, |(size,)| unsigned(size)))
    }

    fn fact(&self, row: FactRow, expected: u64) -> Result<Fact, Poison> {
        let (index, aggregate_type, stream, sequence, event_type, version, payload, metadata) = row;
        let poison = |why: &str| Poison { index: expected, why: format!("{stream} {sequence}: {why}") };
        if unsigned(index) != expected {
            return Err(poison("an index is missing before it"));
        }
        let (Some(event_type), Some(version), Some(payload), Some(metadata)) =
            (event_type, version, payload, metadata)
        else {
            return Err(poison("the event is not there"));
        };
        let version = version.parse().map_err(|_| poison("its version is not a number"))?;
        let payload = self.newest_shape(&event_type, version, payload);
        let (index, sequence) = (unsigned(index), unsigned(sequence));
        Ok(Fact { index, aggregate_type, stream, sequence, event_type, payload, metadata })
    }
}

/// The database keeps what is never negative in a signed column.
pub(crate) fn unsigned(stored: i64) -> u64 {
    u64::try_from(stored).unwrap_or_default()
}

impl From<sqlx::Error> for FeedError {
    fn from(cause: sqlx::Error) -> Self {
        Self::Database(cause)
    }
}

impl std::fmt::Display for FeedError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Database(cause) => write!(f, "the database failed: {cause}"),
            Self::Poison(poison) => poison.fmt(f),
        }
    }
}

impl std::error::Error for FeedError {}
