//! The stage: a fresh database, a store in it, and a hand that reads and forges rows as its owner can.

use std::sync::Arc;

use countersign_domain::decider::{Decider, Recorded};
use countersign_domain::kit::id;
use countersign_stores::{AppendError, Committed, Database, EventStore, Keyring, Loaded, Metadata};
use countersign_tests::database::TestDatabase;
use serde_json::Value;

use crate::probe::{Probe, ProbeEvent, at};

/// 32 bytes in base64, and 32 others.
pub(crate) const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
pub(crate) const OTHER_KEY: &str = "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=";

/// A database, and a store in it.
pub(crate) struct Given {
    pub(crate) files: TestDatabase,
    pub(crate) database: Database,
    pub(crate) store: EventStore,
}

pub(crate) async fn a_store() -> Given {
    let files = TestDatabase::new().await;
    let database = files.connect().await;
    let store = EventStore::new(database.clone(), keyring(KEY));
    Given { files, database, store }
}

pub(crate) fn keyring(text: &str) -> Arc<Keyring> {
    Arc::new(Keyring::parse(text).unwrap())
}

/// Metadata with nothing but what must be.
pub(crate) fn metadata() -> Metadata {
    Metadata {
        command_id: id::<()>(1).uuid(),
        idempotency: None,
        request_id: None,
        actor: None,
        client: None,
        ip: None,
        user_agent: None,
        ip_stated_by: None,
        device: None,
        service_version: "0.1.0".to_owned(),
    }
}

impl Given {
    /// Another server over the same database.
    pub(crate) async fn another_server(&self) -> EventStore {
        EventStore::new(self.files.connect().await, keyring(KEY))
    }

    pub(crate) async fn load(&self, stream: &str) -> Loaded<Probe> {
        self.store.load(stream).await.unwrap()
    }

    /// Appends to the end of a stream.
    pub(crate) async fn append(
        &self,
        stream: &str,
        events: impl IntoIterator<Item = ProbeEvent>,
    ) -> Committed<Probe> {
        self.try_append(stream, at(0, events)).await.unwrap()
    }

    pub(crate) async fn try_append<D: Decider>(
        &self,
        stream: &str,
        events: Vec<Recorded<D::Event>>,
    ) -> Result<Committed<D>, AppendError> {
        let loaded = self.store.load(stream).await.unwrap();
        self.store.append(loaded, events, &metadata()).await
    }

    /// The text of a JSON column of an event.
    pub(crate) async fn text(&self, column: &str, stream: &str, sequence: u64) -> String {
        let place = place(stream, sequence);
        let found = self.files.texts(&format!("SELECT CAST({column} AS text) FROM events {place}")).await;
        found.into_iter().next().expect("there is such an event")
    }

    pub(crate) async fn json(&self, column: &str, stream: &str, sequence: u64) -> Value {
        serde_json::from_str(&self.text(column, stream, sequence).await).unwrap()
    }

    /// Writes a column of an event, as the owner of the file or the table can.
    pub(crate) async fn forge(&self, column: &str, value: impl ToString, stream: &str, sequence: u64) {
        let (value, place) = (value.to_string().replace('\'', "''"), place(stream, sequence));
        self.files.execute(&format!("UPDATE events SET {column} = '{value}' {place}")).await.unwrap();
    }

    pub(crate) async fn count(&self, rows: &str) -> u64 {
        let found = self.files.texts(&format!("SELECT CAST(count(*) AS text) FROM {rows}")).await;
        found.first().unwrap().parse().unwrap()
    }
}

fn place(stream: &str, sequence: u64) -> String {
    format!("WHERE aggregate_id = '{stream}' AND sequence = {sequence}")
}
