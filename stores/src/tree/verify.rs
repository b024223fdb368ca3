//! Verifying the whole ledger: every event against its leaf, every stream's order, the indexes, the tree
//! against a head that was kept elsewhere.

use std::collections::HashMap;
use std::fmt;

use countersign_domain::time::{Span, Timestamp};
use countersign_projections::ledger::{Hash, LeafData, LedgerEvent, TreeHead};
use serde_json::Value;

use crate::database::sql::Statement;
use crate::feed::{FACTS, unsigned};
use crate::store::EventStore;

/// Rows that are read at once.
const ROWS_AT_ONCE: u64 = 1_000;
/// How long an event may wait for its index.
const UNSEQUENCED_AT_MOST: Span = Span::minutes(1);

/// What was verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// How many events have an index, and are what they were when they got it.
    pub size: u64,
    /// The root over all of them.
    pub root: Hash,
}

/// What was altered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Altered {
    /// The first index where something is not as it was.
    At {
        /// The index.
        index: u64,
        /// What is wrong there.
        what: String,
    },
    /// Something below the size of a head is not as it was when the head was signed.
    Below {
        /// The head's size.
        size: u64,
    },
    /// An event waits for its index for longer than it may, or has none and does not wait.
    Unsequenced {
        /// The stream.
        stream: String,
        /// The event's place in it.
        sequence: u64,
    },
}

/// Why the ledger cannot be verified, or what was altered.
#[derive(Debug)]
pub enum VerifyError {
    /// The database failed at a statement.
    Database(sqlx::Error),
    /// Something was altered.
    Altered(Altered),
}

type FactRow =
    (i64, String, String, i64, Option<String>, Option<String>, Option<Value>, Option<Value>, Vec<u8>);

/// A tree that leaves are added to: the roots of its whole parts, from left to right.
#[derive(Default)]
struct Frontier {
    parts: Vec<(u32, Hash)>,
}

impl EventStore {
    /// Verifies every event from the first on, and the tree against heads that were kept elsewhere; `told`
    /// hears how many events were looked at, and of how many.
    pub async fn verify_ledger(
        &self,
        heads: &[TreeHead],
        now: Timestamp,
        told: impl Fn(u64, u64),
    ) -> Result<Verified, VerifyError> {
        let size = self.ledger_size().await?;
        if let Some(longer) = heads.iter().find(|head| head.size > size) {
            return altered(Altered::At {
                index: size,
                what: format!("a head is over {} events", longer.size),
            });
        }
        let (mut tree, mut streams, mut index) = (Frontier::default(), HashMap::new(), 0);
        check_heads(heads, index, &tree)?;
        while index < size {
            for row in self.placed_rows(index).await? {
                let data = check(row, index, &mut streams)
                    .map_err(|what| VerifyError::Altered(Altered::At { index, what }))?;
                tree.push(data.leaf());
                index += 1;
                check_heads(heads, index, &tree)?;
                if index == size {
                    break;
                }
            }
            told(index, size);
        }
        self.check_unsequenced(now).await?;
        Ok(Verified { size, root: tree.root() })
    }

    /// Rows from an index on; an index that is missing ends what is given, and as the first it is an error.
    async fn placed_rows(&self, from: u64) -> Result<Vec<FactRow>, VerifyError> {
        let facts = FACTS.replacen(" FROM", ", l.leaf FROM", 1);
        let select = Statement::new(format!("{facts} WHERE l.idx >= $1 AND l.idx < $2 ORDER BY l.idx"));
        let rows: Vec<FactRow> =
            self.database.rows(&select.sequence(from).sequence(from + ROWS_AT_ONCE)).await?;
        let dense = rows.iter().zip(from..).take_while(|(row, index)| unsigned(row.0) == *index).count();
        if dense == 0 {
            return altered(Altered::At { index: from, what: "the index is missing".to_owned() });
        }
        Ok(rows.into_iter().take(dense).collect())
    }

    /// Every event must have an index, or wait for one, and not for long.
    async fn check_unsequenced(&self, now: Timestamp) -> Result<(), VerifyError> {
        let select = Statement::new(
            "SELECT e.aggregate_id, e.sequence, e.payload, p.sequence FROM events e \
             LEFT JOIN ledger l ON l.aggregate_type = e.aggregate_type \
             AND l.aggregate_id = e.aggregate_id AND l.sequence = e.sequence \
             LEFT JOIN events_pending p ON p.aggregate_type = e.aggregate_type \
             AND p.aggregate_id = e.aggregate_id AND p.sequence = e.sequence WHERE l.idx IS NULL",
        );
        let rows: Vec<(String, i64, Value, Option<i64>)> = self.database.rows(&select).await?;
        for (stream, sequence, payload, pending) in rows {
            let at = payload.get("at").and_then(Value::as_str).and_then(|at| at.parse::<Timestamp>().ok());
            let waits = pending.is_some() && at.is_some_and(|at| at.until(now) <= UNSEQUENCED_AT_MOST);
            if !waits {
                return altered(Altered::Unsequenced { stream, sequence: unsigned(sequence) });
            }
        }
        Ok(())
    }
}

/// Checks an event against its leaf and its stream; gives its leaf data.
fn check(row: FactRow, index: u64, streams: &mut HashMap<(String, String), u64>) -> Result<LeafData, String> {
    let (_, aggregate_type, stream, sequence, event_type, version, payload, metadata, leaf) = row;
    let sequence = unsigned(sequence);
    let (Some(event_type), Some(event_version), Some(payload), Some(metadata)) =
        (event_type, version, payload, metadata)
    else {
        return Err(format!("event {sequence} of {stream} is not there"));
    };
    let event = LedgerEvent {
        aggregate_type: &aggregate_type,
        aggregate_id: &stream,
        sequence,
        event_type: &event_type,
        event_version: &event_version,
        payload: &payload,
        metadata: &metadata,
    };
    let data = LeafData::of(&event).map_err(|cause| cause.to_string())?;
    if data.0[..] != leaf[..] {
        return Err(format!("event {sequence} of {stream} is not what index {index} was given for"));
    }
    let before = streams.insert((aggregate_type, stream.clone()), sequence).unwrap_or(0);
    if sequence == before + 1 {
        Ok(data)
    } else {
        Err(format!("{stream} goes on with event {sequence} behind event {before}"))
    }
}

fn check_heads(heads: &[TreeHead], size: u64, tree: &Frontier) -> Result<(), VerifyError> {
    let mut of_size = heads.iter().filter(|head| head.size == size);
    if of_size.all(|head| head.root == tree.root()) { Ok(()) } else { altered(Altered::Below { size }) }
}

fn altered<T>(what: Altered) -> Result<T, VerifyError> {
    Err(VerifyError::Altered(what))
}

impl Frontier {
    fn push(&mut self, leaf: Hash) {
        let (mut height, mut hash) = (0, leaf);
        while let Some((_, left)) = self.parts.pop_if(|(beside, _)| *beside == height) {
            (height, hash) = (height + 1, Hash::of_node(left, hash));
        }
        self.parts.push((height, hash));
    }

    fn root(&self) -> Hash {
        let mut parts = self.parts.iter().rev().map(|(_, hash)| *hash);
        let Some(last) = parts.next() else { return Hash::of_nothing() };
        parts.fold(last, |right, left| Hash::of_node(left, right))
    }
}

impl From<sqlx::Error> for VerifyError {
    fn from(cause: sqlx::Error) -> Self {
        Self::Database(cause)
    }
}

impl fmt::Display for Altered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::At { index, what } => write!(f, "altered at index {index}: {what}"),
            Self::Below { size } => {
                write!(f, "altered below index {size}: the head over {size} events has another root")
            }
            Self::Unsequenced { stream, sequence } => {
                write!(f, "event {sequence} of {stream} has no index, and has not only just come")
            }
        }
    }
}

impl fmt::Display for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Database(cause) => write!(f, "the database failed: {cause}"),
            Self::Altered(altered) => altered.fmt(f),
        }
    }
}

impl std::error::Error for VerifyError {}
