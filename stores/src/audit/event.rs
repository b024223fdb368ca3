//! An event as auditors see it.

use std::net::IpAddr;

use countersign_projections::fact::Fact;
use countersign_projections::filter::{Field, FieldValue, Filter, NumberField, TextField};
use countersign_projections::read_model::HistoryRow;
use serde_json::Value;

use crate::error::StoreError;
use crate::feed::unsigned;
use crate::sealing::Class;
use crate::store::{EventStore, StoredEvent};

/// An event as auditors see it: as it is stored, at its place in the ledger.
#[derive(Debug, Clone)]
pub struct AuditEvent {
    /// What auditors filter by.
    pub row: HistoryRow,
    /// The event as it is stored.
    pub stored: StoredEvent,
    /// What happened, in the newest shape of its name.
    pub newest: Value,
    /// Its leaf data.
    pub leaf: Vec<u8>,
    /// The person's address on the network, where it was opened.
    pub ip: Option<String>,
    /// What the person's program calls itself, where it was opened.
    pub user_agent: Option<String>,
}

pub(super) type AuditRow = (i64, Vec<u8>, String, String, i64, String, String, Value, Value);

/// What a reader selects; `l` is the ledger, `e` the events.
pub(super) const COLUMNS: &str = "l.idx, l.leaf, e.aggregate_type, e.aggregate_id, e.sequence, e.event_type, \
     e.event_version, e.payload, e.metadata";
/// How an event is found at its place.
pub(super) const EVENT_AT_PLACE: &str = "JOIN events e ON e.aggregate_type = l.aggregate_type \
     AND e.aggregate_id = l.aggregate_id AND e.sequence = l.sequence";

impl EventStore {
    pub(super) fn audit_event(&self, row: AuditRow) -> Result<AuditEvent, StoreError> {
        let (index, leaf, aggregate_type, stream, sequence, event_type, event_version, payload, metadata) =
            row;
        let sequence = unsigned(sequence);
        let stored =
            StoredEvent { aggregate_type, stream, sequence, event_type, event_version, payload, metadata };
        let fact = self.fact_of(unsigned(index), &stored);
        match HistoryRow::of(&fact) {
            Ok(row) => Ok(AuditEvent { row, stored, newest: fact.payload, leaf, ip: None, user_agent: None }),
            Err(_) => Err(stored.unreadable()),
        }
    }

    fn fact_of(&self, index: u64, stored: &StoredEvent) -> Fact {
        let version = stored.event_version.parse().unwrap_or_default();
        Fact {
            index,
            aggregate_type: stored.aggregate_type.clone(),
            stream: stored.stream.clone(),
            sequence: stored.sequence,
            event_type: stored.event_type.clone(),
            payload: self.newest_shape(&stored.event_type, version, stored.payload.clone()),
            metadata: stored.metadata.clone(),
        }
    }

    /// Opens where the person was and what they used, beside what is stored.
    pub(super) async fn open_origin(&self, events: &mut [AuditEvent]) -> Result<(), StoreError> {
        let stored: Vec<_> = events.iter().map(|event| event.stored.clone()).collect();
        let keys = self.keys_of(&stored).await?;
        for (event, mut opened) in events.iter_mut().zip(stored) {
            opened.open(&keys, &[Class::Personal])?;
            event.ip = plain(&opened.metadata, "ip");
            event.user_agent = plain(&opened.metadata, "user_agent");
        }
        Ok(())
    }
}

/// An opened personal value of the metadata.
fn plain(metadata: &Value, field: &str) -> Option<String> {
    metadata.get(field)?.get("$s1p")?.as_str().map(str::to_owned)
}

impl AuditEvent {
    /// Whether a filter asks for it.
    pub(super) fn is_asked_for(&self, filter: &Filter) -> bool {
        let ip = self.ip.as_ref().and_then(|ip| ip.parse::<IpAddr>().ok());
        filter.holds(&|field| match field {
            Field::Ip => ip.map(FieldValue::Address),
            Field::Type => Some(FieldValue::Text(&self.row.event_type)),
            Field::Number(field) => self.number(field).map(FieldValue::Number),
            Field::Text(field) => self.text(field).map(FieldValue::Text),
        })
    }

    fn number(&self, field: NumberField) -> Option<i64> {
        match field {
            NumberField::Index => i64::try_from(self.row.index).ok(),
            NumberField::At => Some(self.row.at.as_millis()),
            NumberField::Sequence => i64::try_from(self.row.sequence).ok(),
        }
    }

    fn text(&self, field: TextField) -> Option<&str> {
        match field {
            TextField::Account => self.row.account.as_deref(),
            TextField::SignIn => self.row.sign_in.as_deref(),
            TextField::Session => self.row.session.as_deref(),
            TextField::Client => self.row.client.as_deref(),
            TextField::Stream => Some(&self.row.stream),
            TextField::Actor => self.row.actor.as_deref(),
            TextField::RequestId => self.row.request_id.as_deref(),
            TextField::Outcome => self.row.outcome.as_deref(),
            TextField::Factor => self.row.factor.as_deref(),
        }
    }
}
