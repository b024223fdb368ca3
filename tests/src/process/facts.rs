//! The events as they are stored, read as another program would.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::database::TestDatabase;

/// A stored event.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Fact {
    /// The aggregate's name.
    pub aggregate_type: String,
    /// The stream.
    pub stream: String,
    /// The place in it.
    pub sequence: u64,
    /// The stored name.
    pub event_type: String,
    /// What happened.
    pub payload: Value,
    /// Who asked, and from where.
    pub metadata: Value,
}

/// Every event, stream by stream, each in its order.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Facts(BTreeMap<String, Vec<Fact>>);

const ON_POSTGRES: &str = "SELECT json_build_object('aggregate_type', aggregate_type, 'stream', aggregate_id, \
     'sequence', sequence, 'event_type', event_type, 'payload', payload, 'metadata', metadata)::text \
     FROM events";
const ON_SQLITE: &str = "SELECT json_object('aggregate_type', aggregate_type, 'stream', aggregate_id, \
     'sequence', sequence, 'event_type', event_type, 'payload', json(payload), 'metadata', json(metadata)) \
     FROM events";

impl Facts {
    /// Reads every event of a database.
    pub async fn of(database: &TestDatabase) -> Self {
        let rows = database.texts(if database.is_postgres() { ON_POSTGRES } else { ON_SQLITE }).await;
        let read = |row: &String| serde_json::from_str(row).expect("an event is JSON");
        Self::new(rows.iter().map(read).collect())
    }

    /// These events, sorted.
    pub fn new(facts: Vec<Fact>) -> Self {
        let mut streams: BTreeMap<String, Vec<Fact>> = BTreeMap::new();
        for fact in facts {
            streams.entry(fact.stream.clone()).or_default().push(fact);
        }
        for stream in streams.values_mut() {
            stream.sort_by_key(|fact| fact.sequence);
        }
        Self(streams)
    }

    /// Every event.
    pub fn all(&self) -> impl Iterator<Item = &Fact> + Clone {
        self.0.values().flatten()
    }

    /// The streams, each with its events.
    pub fn streams(&self) -> impl Iterator<Item = (&str, &[Fact])> {
        self.0.iter().map(|(stream, facts)| (stream.as_str(), facts.as_slice()))
    }

    /// The events of a stream.
    pub fn in_stream(&self, stream: &str) -> &[Fact] {
        self.0.get(stream).map(Vec::as_slice).unwrap_or_default()
    }

    /// The events with a stored name.
    pub fn named<'a>(&'a self, event_type: &'a str) -> impl Iterator<Item = &'a Fact> + Clone {
        self.all().filter(move |fact| fact.event_type == event_type)
    }

    /// How many events of a name there are for each value of `key`.
    pub fn counted<'a>(&'a self, event_type: &'a str, key: &str) -> BTreeMap<&'a str, usize> {
        let mut counts = BTreeMap::new();
        for fact in self.named(event_type) {
            *counts.entry(fact.about(key)).or_default() += 1;
        }
        counts
    }
}

impl Fact {
    /// A text of the payload; empty where there is none. `stream` is the name of the stream.
    pub fn about(&self, key: &str) -> &str {
        if key == "stream" {
            return &self.stream;
        }
        self.payload.get(key).and_then(Value::as_str).unwrap_or_default()
    }

    /// A number of the payload; 0 where there is none.
    pub fn number(&self, key: &str) -> u64 {
        self.payload.get(key).and_then(Value::as_u64).unwrap_or_default()
    }

    /// The command that it came from.
    pub fn command(&self) -> &str {
        self.metadata.get("command_id").and_then(Value::as_str).unwrap_or_default()
    }
}
