//! Events as they are stored, and how they are read back into the domain.

use std::collections::BTreeSet;

use countersign_domain::decider::{Decider, Event, Recorded};
use countersign_projections::ledger::LedgerEvent;
use serde_json::Value;

use super::EventStore;
use super::upcaster::upcast;
use crate::database::sql::Statement;
use crate::error::StoreError;
use crate::sealing::{Class, EventPlace, open_values};
use crate::subject_keys::{SubjectKeys, subject_of};

/// An event as it is stored.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredEvent {
    /// The aggregate's name.
    pub aggregate_type: String,
    /// The stream.
    pub stream: String,
    /// The event's place in it, from 1.
    pub sequence: u64,
    /// The event's stored name.
    pub event_type: String,
    /// The version of the event's stored shape.
    pub event_version: String,
    /// What happened, with `type` and `at`.
    pub payload: Value,
    /// Who asked for it, from where. The keys are those of [`Metadata`](crate::Metadata).
    pub metadata: Value,
}

/// Events of a stream behind one another, and the keys that they were sealed with.
pub(super) struct Tail {
    pub(super) events: Vec<StoredEvent>,
    pub(super) keys: SubjectKeys,
}

impl Tail {
    /// The place of its first event; none where it is empty.
    pub(super) fn begins_at(&self) -> Option<u64> {
        self.events.first().map(|first| first.sequence)
    }
}

/// An event beside what is stored of the key that it was sealed with.
type KeyedRow =
    (String, String, i64, String, String, Value, Value, Option<String>, Option<String>, Option<String>);

/// The events of one stream, each beside the key of its subject.
const KEYED: &str = "SELECT e.aggregate_type, e.aggregate_id, e.sequence, e.event_type, e.event_version, e.payload, \
     e.metadata, k.subject, k.wrapped, k.key_id FROM events e \
     LEFT JOIN subject_keys k ON k.subject = COALESCE(e.payload ->> 'account', e.aggregate_id) \
     WHERE e.aggregate_type = $1 AND e.aggregate_id = $2";

type EventRow = (String, String, i64, String, String, Value, Value);

impl StoredEvent {
    fn from_row(
        (aggregate_type, stream, sequence, event_type, event_version, payload, metadata): EventRow,
    ) -> Self {
        let sequence = u64::try_from(sequence).unwrap_or_default();
        Self { aggregate_type, stream, sequence, event_type, event_version, payload, metadata }
    }

    /// The event as its leaf is made of it.
    pub fn as_ledger_event(&self) -> LedgerEvent<'_> {
        LedgerEvent {
            aggregate_type: &self.aggregate_type,
            aggregate_id: &self.stream,
            sequence: self.sequence,
            event_type: &self.event_type,
            event_version: &self.event_version,
            payload: &self.payload,
            metadata: &self.metadata,
        }
    }

    fn place(&self) -> EventPlace<'_> {
        EventPlace { stream: &self.stream, sequence: self.sequence }
    }

    pub(super) fn subject(&self) -> &str {
        subject_of(&self.stream, &self.payload)
    }

    /// Opens sealed values of some classes in payload and metadata.
    pub(crate) fn open(&mut self, keys: &SubjectKeys, classes: &[Class]) -> Result<(), StoreError> {
        let (mut payload, mut metadata) = (self.payload.take(), self.metadata.take());
        let held = keys.held(subject_of(&self.stream, &payload));
        open_values(&mut payload, "/payload", self.place(), held, classes)?;
        open_values(&mut metadata, "/metadata", self.place(), held, classes)?;
        (self.payload, self.metadata) = (payload, metadata);
        Ok(())
    }

    pub(crate) fn unreadable(&self) -> StoreError {
        StoreError::Unreadable {
            stream: self.stream.clone(),
            sequence: self.sequence,
            event_type: self.event_type.clone(),
            event_version: self.event_version.clone(),
        }
    }
}

impl EventStore {
    /// Reads the events of a stream with sequences in a range, as they are stored.
    pub(super) async fn read(
        &self,
        aggregate_type: &str,
        stream: &str,
        after: u64,
        until: u64,
    ) -> Result<Vec<StoredEvent>, StoreError> {
        let select = Statement::new(
            "SELECT aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata \
             FROM events WHERE aggregate_type = $1 AND aggregate_id = $2 AND sequence > $3 AND sequence <= $4 \
             ORDER BY sequence",
        );
        let select = select.text(aggregate_type).text(stream).sequence(after).sequence(until);
        let rows = self.database.rows(&select).await?;
        Ok(rows.into_iter().map(StoredEvent::from_row).collect())
    }

    /// Reads the events of a stream behind its newest snapshot, in one statement.
    pub(super) async fn tail<D: Decider>(&self, stream: &str) -> Result<Tail, StoreError> {
        let select = format!(
            "{KEYED} AND e.sequence > COALESCE((SELECT s.sequence FROM state_snapshots s \
             WHERE s.aggregate_type = $1 AND s.aggregate_id = $2 AND s.state_version = $3), 0) \
             ORDER BY e.sequence"
        );
        let select = Statement::new(select).text(D::TYPE).text(stream);
        self.keyed(&select.integer(i64::from(D::STATE_VERSION))).await
    }

    /// Reads the events of a stream behind one of them.
    pub(super) async fn read_after<D: Decider>(&self, stream: &str, after: u64) -> Result<Tail, StoreError> {
        let select = format!("{KEYED} AND e.sequence > $3 ORDER BY e.sequence");
        self.keyed(&Statement::new(select).text(D::TYPE).text(stream).sequence(after)).await
    }

    async fn keyed(&self, select: &Statement) -> Result<Tail, StoreError> {
        let mut tail = Tail { events: Vec::new(), keys: SubjectKeys::default() };
        let rows: Vec<KeyedRow> = self.database.rows(select).await?;
        for (kind, stream, sequence, name, version, payload, metadata, subject, wrapped, key_id) in rows {
            if let (Some(subject), Some(key_id)) = (subject, key_id) {
                tail.keys.learn(&self.keyring, (subject, wrapped, key_id))?;
            }
            let row = (kind, stream, sequence, name, version, payload, metadata);
            tail.events.push(StoredEvent::from_row(row));
        }
        Ok(tail)
    }

    /// Reads the keys that events were sealed with.
    pub(crate) async fn keys_of(&self, events: &[StoredEvent]) -> Result<SubjectKeys, StoreError> {
        let subjects: BTreeSet<_> = events.iter().map(StoredEvent::subject).collect();
        self.database.subject_keys(&self.keyring, &subjects).await
    }

    /// Reads a stored event into the domain, as the write side sees it: with everything opened, and in its
    /// newest shape.
    pub(super) fn revive<D: Decider>(
        &self,
        mut stored: StoredEvent,
        keys: &SubjectKeys,
    ) -> Result<Recorded<D::Event>, StoreError> {
        stored.open(keys, &[Class::Personal, Class::Verifier])?;
        self.recorded::<D>(&mut stored).ok_or_else(|| stored.unreadable())
    }

    /// A payload in the newest shape of its name.
    pub(crate) fn newest_shape(&self, name: &str, version: u32, payload: Value) -> Value {
        upcast(self.upcasters, name, version, payload).1
    }

    /// The event in its newest shape; none where name, version or shape is not known.
    fn recorded<D: Decider>(&self, stored: &mut StoredEvent) -> Option<Recorded<D::Event>> {
        let named = stored.payload.get("type").and_then(Value::as_str);
        if named != Some(stored.event_type.as_str()) {
            return None;
        }
        let version = stored.event_version.parse().ok()?;
        let (version, payload) = upcast(self.upcasters, &stored.event_type, version, stored.payload.take());
        let recorded: Recorded<D::Event> = serde_json::from_value(payload).ok()?;
        (recorded.event.version() == version).then_some(recorded)
    }
}
