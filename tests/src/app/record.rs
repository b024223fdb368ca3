//! What was recorded: an account's events, and everything in the database as another program reads it.

use countersign_domain::account::{Account, AccountEvent};
use countersign_domain::decider::{Decider, Recorded};
use countersign_domain::id::AccountId;
use countersign_service::entropy;
use countersign_stores::{Loaded, Metadata, Opening, StoredEvent};
use serde_json::Value;

use super::server::Server;
use crate::database::TestDatabase;

impl Server {
    /// The events of an account, once nothing is under way.
    pub async fn events(&self, account: AccountId) -> Vec<StoredEvent> {
        self.stream(Account::TYPE, &account.to_string()).await
    }

    /// The events of a stream, once nothing is under way.
    pub async fn stream(&self, aggregate_type: &str, stream: &str) -> Vec<StoredEvent> {
        self.settled().await;
        let history = self.service.store().history(aggregate_type, stream, Opening::Nothing).await;
        history.expect("a history can be read")
    }

    /// The stored names of an account's events, in order.
    pub async fn names(&self, account: AccountId) -> Vec<String> {
        self.events(account).await.into_iter().map(|event| event.event_type).collect()
    }

    /// How many events of an account have this name.
    pub async fn count(&self, account: AccountId, name: &str) -> usize {
        self.names(account).await.iter().filter(|found| *found == name).count()
    }

    /// The last event of an account with this name.
    pub async fn last(&self, account: AccountId, name: &str) -> StoredEvent {
        let events = self.events(account).await;
        let found = events.into_iter().rev().find(|event| event.event_type == name);
        found.unwrap_or_else(|| panic!("there is no {name}"))
    }

    /// Commits what a command comes to, and nothing of what must follow, as a server does that dies right after it.
    pub async fn commit_only<D: Decider>(&self, stream: &str, command: D::Command) {
        let loaded = self.service.store().load::<D>(stream).await.expect("the stream can be read");
        let decided = loaded.state.decide(self.now().max(loaded.last_at), command);
        self.append_only(loaded, decided.expect("the command is not refused")).await;
    }

    /// Commits an event of an account, whatever would have to happen before it.
    pub async fn record(&self, account: AccountId, event: AccountEvent) {
        let loaded = self.account(account).await;
        self.append_only(loaded, vec![event]).await;
    }

    async fn append_only<D: Decider>(&self, loaded: Loaded<D>, events: Vec<D::Event>) {
        let at = self.now().max(loaded.last_at);
        let events = events.into_iter().map(|event| Recorded { at, event }).collect();
        let metadata = Metadata {
            command_id: entropy::uuid(at),
            idempotency: None,
            request_id: None,
            actor: None,
            client: None,
            ip: None,
            user_agent: None,
            ip_stated_by: None,
            device: None,
            service_version: "0".to_owned(),
        };
        self.service.store().append(loaded, events, &metadata).await.expect("nobody else appends");
    }

    /// An account, as its stream says it.
    pub async fn account(&self, id: AccountId) -> Loaded<Account> {
        self.settled().await;
        self.service.account(id).await.expect("the account is there")
    }
}

/// An event of any stream.
#[derive(Debug, Clone, PartialEq)]
pub struct AnyEvent {
    /// The stream.
    pub stream: String,
    /// What happened.
    pub payload: Value,
}

impl AnyEvent {
    /// The text of a field; empty if there is none.
    pub fn field(&self, name: &str) -> &str {
        self.payload.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// The event's stored name.
    pub fn name(&self) -> &str {
        self.field("type")
    }
}

/// Every event, stream by stream, in order.
pub async fn all_events(database: &TestDatabase) -> Vec<AnyEvent> {
    let rows = database
        .texts(
            "SELECT aggregate_id || ' ' || CAST(payload AS text) FROM events \
             ORDER BY aggregate_type, aggregate_id, sequence",
        )
        .await;
    let read = |row: String| {
        let (stream, payload) = row.split_once(' ')?;
        Some(AnyEvent { stream: stream.to_owned(), payload: serde_json::from_str(payload).ok()? })
    };
    rows.into_iter().map(|row| read(row).expect("an event is JSON")).collect()
}

/// Work that a commit left and nobody did.
pub async fn follow_ups(database: &TestDatabase) -> Vec<String> {
    database.texts("SELECT event_type || ' of ' || aggregate_id FROM follow_ups").await
}

/// Everything in the database, row by row, as text: each row begins with its table's name.
pub async fn whole_tables(database: &TestDatabase) -> Vec<String> {
    let tables = if database.is_postgres() {
        "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'"
    } else {
        "SELECT name FROM sqlite_master WHERE type = 'table'"
    };
    let mut rows = Vec::new();
    for table in database.texts(tables).await {
        let row = whole_row(database, &table).await;
        let select = format!("SELECT '{table}: ' || {row} FROM \"{table}\" AS t");
        rows.extend(database.texts(&select).await);
    }
    rows
}

/// The bytes of the database's files, where it has some.
pub fn files(database: &TestDatabase) -> Vec<(String, Vec<u8>)> {
    let Some(path) = database.url().strip_prefix("sqlite://") else { return Vec::new() };
    let files = ["", "-wal"].map(|end| format!("{path}{end}")).into_iter();
    files.filter_map(|path| std::fs::read(&path).ok().map(|bytes| (path, bytes))).collect()
}

/// The expression that is all of a row.
async fn whole_row(database: &TestDatabase, table: &str) -> String {
    if database.is_postgres() {
        return "CAST(t AS text)".to_owned();
    }
    let columns = format!("SELECT name FROM pragma_table_info('{table}')");
    let columns = database.texts(&columns).await.into_iter();
    let columns: Vec<_> = columns.map(|name| format!("quote(\"{name}\")")).collect();
    columns.join(" || ' ' || ")
}
