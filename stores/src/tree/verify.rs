//! Verifying the whole ledger: every event against its leaf, every stream's order, the indexes, the tree
//! against a head that was kept elsewhere.

use std::collections::HashMap;
use std::fmt;
use std::ops::Range;

use countersign_domain::time::{Span, Timestamp};
use countersign_projections::ledger::{Hash, TreeHead};
use serde_json::Value;

use crate::database::sql::{Row, Statement};
use crate::feed::{FACTS, unsigned};
use crate::sequencer::leaf_data;
use crate::store::EventStore;

/// Rows that are read at once.
const ROWS_AT_ONCE: u64 = 1_000;
/// How long an event may wait for its index.
const UNSEQUENCED_AT_MOST: Span = Span::minutes(1);

/// What was verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// How many events have an index; those that were read are what they were when they got it.
    pub size: u64,
    /// The root over all leaves.
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

/// A place in the ledger, with the event at it.
type PlaceAndEvent =
    (i64, String, String, i64, Option<String>, Option<String>, Option<Value>, Option<Value>, Vec<u8>);
/// A place in the ledger, and what was given for it.
type Place = (i64, String, String, i64, Vec<u8>);

/// The leaves up to some index, the heads that they are checked against, and where each stream is.
struct Walk<'a> {
    heads: Vec<&'a TreeHead>,
    tree: Frontier,
    streams: HashMap<(String, String), u64>,
    index: u64,
}

/// A tree that leaves are added to: the roots of its whole parts, from left to right.
#[derive(Default)]
struct Frontier {
    parts: Vec<(u32, Hash)>,
}

impl EventStore {
    /// Verifies every event from the first on, and the tree against heads that were kept elsewhere; `told`
    /// hears how many places were looked at, and of how many.
    ///
    /// `since` is a head up to which everything was verified before: no event below it is read. Their leaves
    /// must still give its root, and each stream must still go on in its order. An event below it that was
    /// altered while its leaf was not goes unnoticed.
    pub async fn verify_ledger(
        &self,
        heads: &[TreeHead],
        since: Option<&TreeHead>,
        now: Timestamp,
        told: impl Fn(u64, u64),
    ) -> Result<Verified, VerifyError> {
        let size = self.ledger_size().await?;
        let mut walk = Walk::of(heads.iter().chain(since).collect(), size)?;
        let read_from = since.map_or(0, |head| head.size);
        while walk.index < size {
            let (from, most) = (walk.index, walk.index + ROWS_AT_ONCE);
            if from < read_from {
                self.take_leaves(&mut walk, from..most.min(read_from)).await?;
            } else {
                self.take_events(&mut walk, from..most.min(size)).await?;
            }
            told(walk.index, size);
        }
        self.check_unsequenced(now).await?;
        Ok(Verified { size, root: walk.tree.root() })
    }

    /// Takes leaves as they are stored.
    async fn take_leaves(&self, walk: &mut Walk<'_>, places: Range<u64>) -> Result<(), VerifyError> {
        let select = "SELECT l.idx, l.aggregate_type, l.aggregate_id, l.sequence, l.leaf FROM ledger l";
        for place in self.places::<Place>(select, &places).await? {
            walk.expect(unsigned(place.0))?;
            walk.take(place)?;
        }
        walk.expect(places.end)
    }

    /// Takes events that are what their leaves say.
    async fn take_events(&self, walk: &mut Walk<'_>, places: Range<u64>) -> Result<(), VerifyError> {
        let select = FACTS.replacen(" FROM", ", l.leaf FROM", 1);
        for row in self.places::<PlaceAndEvent>(&select, &places).await? {
            walk.expect(unsigned(row.0))?;
            let place = check(row).or_else(|what| altered(Altered::At { index: walk.index, what }))?;
            walk.take(place)?;
        }
        walk.expect(places.end)
    }

    async fn places<T: Row>(&self, select: &str, places: &Range<u64>) -> Result<Vec<T>, sqlx::Error> {
        let select = Statement::new(format!("{select} WHERE l.idx >= $1 AND l.idx < $2 ORDER BY l.idx"));
        self.database.rows(&select.sequence(places.start).sequence(places.end)).await
    }

    /// Every event must have an index that was looked at, or wait for one, and not for long.
    async fn check_unsequenced(&self, now: Timestamp) -> Result<(), VerifyError> {
        let select = Statement::new(
            "SELECT e.aggregate_id, e.sequence, e.payload, p.sequence FROM events e \
             LEFT JOIN ledger l ON l.aggregate_type = e.aggregate_type \
             AND l.aggregate_id = e.aggregate_id AND l.sequence = e.sequence \
             LEFT JOIN events_pending p ON p.aggregate_type = e.aggregate_type \
             AND p.aggregate_id = e.aggregate_id AND p.sequence = e.sequence WHERE l.idx IS NULL OR l.idx < 0",
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

/// Checks an event against its leaf.
fn check(row: PlaceAndEvent) -> Result<Place, String> {
    let (index, aggregate_type, stream, sequence, event_type, version, payload, metadata, leaf) = row;
    let place = (&*aggregate_type, &*stream, unsigned(sequence));
    let data = leaf_data(place, (event_type, version, payload, metadata))
        .ok_or_else(|| format!("event {sequence} of {stream} is not there"))?
        .map_err(|cause| cause.to_string())?;
    if data.0[..] == leaf[..] {
        Ok((index, aggregate_type, stream, sequence, leaf))
    } else {
        Err(format!("event {sequence} of {stream} is not what index {index} was given for"))
    }
}

impl<'a> Walk<'a> {
    fn of(heads: Vec<&'a TreeHead>, size: u64) -> Result<Self, VerifyError> {
        if let Some(longer) = heads.iter().find(|head| head.size > size) {
            let what = format!("a head is over {} events", longer.size);
            return altered(Altered::At { index: size, what });
        }
        let walk = Self { heads, tree: Frontier::default(), streams: HashMap::new(), index: 0 };
        walk.check_heads()?;
        Ok(walk)
    }

    /// Takes the leaf of the next place, which must also be the next one of its stream.
    fn take(&mut self, (_, aggregate_type, stream, sequence, leaf): Place) -> Result<(), VerifyError> {
        let sequence = unsigned(sequence);
        let before = self.streams.insert((aggregate_type, stream.clone()), sequence).unwrap_or(0);
        if sequence != before + 1 {
            let what = format!("{stream} goes on with event {sequence} behind event {before}");
            return altered(Altered::At { index: self.index, what });
        }
        self.tree.push(Hash::of_leaf(&leaf));
        self.index += 1;
        self.check_heads()
    }

    /// Every place before this one must have been taken.
    fn expect(&self, index: u64) -> Result<(), VerifyError> {
        if self.index == index {
            return Ok(());
        }
        altered(Altered::At { index: self.index, what: "the index is missing".to_owned() })
    }

    fn check_heads(&self) -> Result<(), VerifyError> {
        let mut of_size = self.heads.iter().filter(|head| head.size == self.index);
        if of_size.all(|head| head.root == self.tree.root()) {
            Ok(())
        } else {
            altered(Altered::Below { size: self.index })
        }
    }
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
