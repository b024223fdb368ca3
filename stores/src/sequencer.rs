//! The sequencer: gives every committed event its place in the one order of all events.
//!
//! A commit leaves a row in `events_pending`; a batch takes such rows and gives them the next indexes of
//! the ledger, in one transaction. What is right does not rest on who leads: two sequencers at once would
//! give the same index, and the primary key lets one of them commit.

use std::ops::Range;

use countersign_projections::ledger::{LeafData, LeafError, LedgerEvent};
use serde_json::Value;

use crate::database::sql::Statement;
use crate::database::{Listening, Writing, batches, row_places};
use crate::error::StoreError;
use crate::store::EventStore;

/// Events of one batch at most.
pub const BATCH_MOST: u32 = 512;
/// The name that the sequencer's leader is chosen under.
const LEADER: &str = "countersign/sequencer";

/// Where other servers hear of a batch: on PostgreSQL, one notification each, with who says it and the ledger's size.
const LEDGER_CHANNEL: &str = "countersign_ledger";

/// What one batch did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sequenced {
    /// No event was without an index.
    Nothing,
    /// Another server has the lead.
    ElsewhereLed,
    /// These indexes were given.
    Indexes(Range<u64>),
}

/// Why no index can be given.
#[derive(Debug)]
pub enum SequencerError {
    /// The database failed at a statement; the next batch tries again.
    Database(sqlx::Error),
    /// A stream has a hole, an event twice, or lost one: no batch goes on before somebody looked.
    Breach {
        /// The stream.
        stream: String,
        /// The place that the next event of the stream must have.
        expected: u64,
        /// The place that was found.
        found: u64,
    },
    /// An event that is waiting for its index is not there.
    Missing {
        /// The stream.
        stream: String,
        /// The place that no event is at.
        sequence: u64,
    },
    /// An event has no canonical form.
    Leaf {
        /// The stream.
        stream: String,
        /// The event's place in it.
        sequence: u64,
        /// Why not.
        cause: LeafError,
    },
}

/// A row that waits for its index: its key, the event, and the last place of its stream in the ledger.
type PendingRow =
    (String, String, i64, Option<String>, Option<String>, Option<Value>, Option<Value>, Option<i64>);

/// An event with its leaf, on its way into the ledger.
struct Entry {
    aggregate_type: String,
    stream: String,
    sequence: u64,
    leaf: LeafData,
}

impl EventStore {
    /// Gives the next indexes to events that have none: at most [`BATCH_MOST`], those of a stream in their
    /// order, all or none.
    pub async fn sequence(&self) -> Result<Sequenced, SequencerError> {
        // Looking costs no turn to write.
        let look = Statement::new("SELECT sequence FROM events_pending LIMIT 1");
        if self.database.row::<(i64,)>(&look).await?.is_none() {
            return Ok(Sequenced::Nothing);
        }
        let mut writing = self.database.begin().await?;
        if !writing.try_hold(LEADER).await? {
            return Ok(Sequenced::ElsewhereLed);
        }
        let entries = entries(pending(&mut writing).await?)?;
        if entries.is_empty() {
            return Ok(Sequenced::Nothing);
        }
        let first = next_index(&mut writing).await?;
        insert(&mut writing, first, &entries).await?;
        take_away(&mut writing, first).await?;
        let size = first + count(&entries);
        writing.notify(LEDGER_CHANNEL, &format!("{} {size}", self.instance)).await?;
        writing.commit().await?;
        Ok(Sequenced::Indexes(first..size))
    }
}

/// What other servers' sequencers say.
pub struct LedgerNews {
    listening: Listening,
    instance: u64,
}

impl EventStore {
    /// How many committed events wait for an index.
    pub async fn pending_events(&self) -> Result<u64, StoreError> {
        let count = Statement::new("SELECT count(*) FROM events_pending");
        let counted: Option<(i64,)> = self.database.row(&count).await.map_err(StoreError::Database)?;
        Ok(counted.map_or(0, |(count,)| unsigned(count)))
    }

    /// Listens to other servers' sequencers; nothing where the database has no way to tell.
    pub async fn ledger_news(&self) -> Result<Option<LedgerNews>, StoreError> {
        let listening = self.database.listen(LEDGER_CHANNEL).await.map_err(StoreError::Database)?;
        Ok(listening.map(|listening| LedgerNews { listening, instance: self.instance }))
    }
}

impl LedgerNews {
    /// The size of the ledger behind the next batch of another store; nothing where it was one of this store, or the
    /// connection was lost and what was said meanwhile with it.
    pub async fn next(&mut self) -> Result<Option<u64>, StoreError> {
        let said = self.listening.next().await.map_err(StoreError::Database)?;
        let told = said.as_deref().and_then(|said| said.split_once(' '));
        let size = told.filter(|(instance, _)| *instance != self.instance.to_string());
        Ok(size.and_then(|(_, size)| size.parse().ok()))
    }
}

async fn pending(writing: &mut Writing) -> Result<Vec<PendingRow>, sqlx::Error> {
    let select = Statement::new(
        "SELECT p.aggregate_type, p.aggregate_id, p.sequence, \
         e.event_type, e.event_version, e.payload, e.metadata, \
         (SELECT MAX(l.sequence) FROM ledger l \
          WHERE l.aggregate_type = p.aggregate_type AND l.aggregate_id = p.aggregate_id) \
         FROM events_pending p LEFT JOIN events e \
         ON e.aggregate_type = p.aggregate_type AND e.aggregate_id = p.aggregate_id AND e.sequence = p.sequence \
         ORDER BY p.aggregate_type, p.aggregate_id, p.sequence LIMIT $1",
    );
    writing.rows(&select.integer(i64::from(BATCH_MOST))).await
}

/// Turns rows into entries; refuses a row that is not the next of its stream.
fn entries(rows: Vec<PendingRow>) -> Result<Vec<Entry>, SequencerError> {
    let mut entries: Vec<Entry> = Vec::with_capacity(rows.len());
    for row in rows {
        let in_ledger = row.7.map_or(0, unsigned);
        let before = entries.last().filter(|last| last.aggregate_type == row.0 && last.stream == row.1);
        let expected = before.map_or(in_ledger, |last| last.sequence) + 1;
        let found = unsigned(row.2);
        if found != expected {
            return Err(SequencerError::Breach { stream: row.1, expected, found });
        }
        entries.push(Entry::of(row)?);
    }
    Ok(entries)
}

impl Entry {
    fn of(row: PendingRow) -> Result<Self, SequencerError> {
        let (aggregate_type, stream, sequence, event_type, event_version, payload, metadata, _) = row;
        let sequence = unsigned(sequence);
        match leaf_data((&aggregate_type, &stream, sequence), (event_type, event_version, payload, metadata))
        {
            None => Err(SequencerError::Missing { stream, sequence }),
            Some(Err(cause)) => Err(SequencerError::Leaf { stream, sequence, cause }),
            Some(Ok(leaf)) => Ok(Self { aggregate_type, stream, sequence, leaf }),
        }
    }
}

/// The columns of an event beside its key; nothing where there is no such event.
pub(crate) type EventColumns = (Option<String>, Option<String>, Option<Value>, Option<Value>);

/// The leaf of an event as it is stored; nothing where it is not there.
pub(crate) fn leaf_data(
    (aggregate_type, aggregate_id, sequence): (&str, &str, u64),
    (event_type, event_version, payload, metadata): EventColumns,
) -> Option<Result<LeafData, LeafError>> {
    let (event_type, event_version) = (&*event_type?, &*event_version?);
    let (payload, metadata) = (&payload?, &metadata?);
    Some(LeafData::of(&LedgerEvent {
        aggregate_type,
        aggregate_id,
        sequence,
        event_type,
        event_version,
        payload,
        metadata,
    }))
}

async fn next_index(writing: &mut Writing) -> Result<u64, sqlx::Error> {
    let rows: Vec<(i64,)> =
        writing.rows(&Statement::new("SELECT COALESCE(MAX(idx) + 1, 0) FROM ledger")).await?;
    Ok(rows.first().map_or(0, |(next,)| unsigned(*next)))
}

async fn insert(writing: &mut Writing, first: u64, entries: &[Entry]) -> Result<(), sqlx::Error> {
    let mut index = first;
    for batch in batches(entries) {
        writing.execute(&insertion(index, batch)).await?;
        index += count(batch);
    }
    Ok(())
}

fn insertion(first: u64, entries: &[Entry]) -> Statement {
    let insert = format!(
        "INSERT INTO ledger (idx, aggregate_type, aggregate_id, sequence, leaf) VALUES {}",
        row_places(entries.len(), 5)
    );
    (first..).zip(entries).fold(Statement::new(insert), |insert, (index, entry)| {
        let insert = insert.sequence(index).text(&entry.aggregate_type).text(&entry.stream);
        insert.sequence(entry.sequence).bytes(entry.leaf.0)
    })
}

/// Takes away the rows whose events have an index now.
async fn take_away(writing: &mut Writing, first: u64) -> Result<(), sqlx::Error> {
    let delete = Statement::new(
        "DELETE FROM events_pending WHERE EXISTS (SELECT 1 FROM ledger l WHERE l.idx >= $1 \
         AND l.aggregate_type = events_pending.aggregate_type \
         AND l.aggregate_id = events_pending.aggregate_id AND l.sequence = events_pending.sequence)",
    );
    writing.execute(&delete.sequence(first)).await.map(drop)
}

fn count(entries: &[Entry]) -> u64 {
    u64::try_from(entries.len()).unwrap_or(u64::MAX)
}

/// The database keeps what is never negative in a signed column.
fn unsigned(stored: i64) -> u64 {
    u64::try_from(stored).unwrap_or_default()
}

impl From<sqlx::Error> for SequencerError {
    fn from(cause: sqlx::Error) -> Self {
        Self::Database(cause)
    }
}

impl std::fmt::Display for SequencerError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Database(cause) => write!(f, "the database failed: {cause}"),
            Self::Breach { stream, expected, found } => {
                write!(f, "expected event {expected} of {stream} next in the ledger and found {found}")
            }
            Self::Missing { stream, sequence } => {
                write!(f, "event {sequence} of {stream} waits for its index and is not there")
            }
            Self::Leaf { stream, sequence, cause } => write!(f, "event {sequence} of {stream}: {cause}"),
        }
    }
}

impl std::error::Error for SequencerError {}
