//! The one order under fire: many writers, transactions that are rolled back, one that stays open, sequencers
//! that are killed all the time, and several consumers that must each see every event once.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use countersign_stores::feed::FACTS_MOST;
use countersign_stores::{EventStore, Keyring};
use sqlx::{Connection, Executor, PgConnection, SqliteConnection};
use tokio::task::JoinSet;
use tokio::time::{Instant, interval, timeout};

use crate::database::TestDatabase;

/// Events of a writer's transaction.
const BATCH: u64 = 20;
/// Of so many transactions of a writer, one is rolled back first.
const ROLLED_BACK_EVERY: u64 = 10;
/// Consumers that read by index.
const CONSUMERS: usize = 4;
/// Sequencers at once, each killed again and again.
const SEQUENCERS: usize = 2;
/// How often who waits looks again.
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// The longest that anything may take.
const LONGEST: Duration = Duration::from_secs(1_800);
/// A key for this run alone.
const KEYRING: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// How much of everything there is.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    /// Events in all, but for the one of the open transaction.
    pub events: u64,
    /// Writers at once.
    pub writers: u64,
    /// How long a sequencer lives.
    pub killed_after: Duration,
    /// How long a transaction stays open that wrote before all others (PostgreSQL only).
    pub open_for: Duration,
}

/// What came of it.
#[derive(Debug)]
pub struct Outcome {
    /// Events that were committed.
    pub committed: u64,
    /// Transactions that were rolled back.
    pub rolled_back: u64,
    /// Sequencers that were killed.
    pub killed: u64,
    /// Events that a cursor on an identity column missed (PostgreSQL only): the negative control.
    pub missed_by_identity: Option<u64>,
    /// What is not as it must be.
    pub findings: Vec<String>,
}

/// A connection of a writer's own.
enum Raw {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

/// What all parts of a run share.
#[derive(Default)]
struct Shared {
    written: AtomicBool,
    read: AtomicBool,
    rolled_back: AtomicU64,
    killed: AtomicU64,
}

/// Runs it, on a fresh database.
pub async fn order(database: &Arc<TestDatabase>, size: Size) -> Outcome {
    let shared = Arc::new(Shared::default());
    let open = database.is_postgres();
    let committed = size.events / size.writers * size.writers + u64::from(open);
    let identity = if open { Some(follow_identity(database, &shared).await) } else { None };
    let held = if open { Some(hold_open(database, size.open_for).await) } else { None };
    let mut writers = JoinSet::new();
    for writer in 0..size.writers {
        writers.spawn(write(Arc::clone(database), Arc::clone(&shared), writer, size.events / size.writers));
    }
    let mut sequencers = JoinSet::new();
    for _ in 0..SEQUENCERS {
        sequencers.spawn(sequence(Arc::clone(database), Arc::clone(&shared), size.killed_after));
    }
    let mut consumers = JoinSet::new();
    for _ in 0..CONSUMERS {
        consumers.spawn(consume(Arc::clone(database), committed));
    }
    writers.join_all().await;
    if let Some(held) = held {
        held.await.expect("the open transaction ends");
    }
    shared.written.store(true, Ordering::Release);
    let findings = timeout(LONGEST, consumers.join_all()).await.expect("the consumers come to their end");
    shared.read.store(true, Ordering::Release);
    sequencers.join_all().await;
    let seen = match identity {
        Some(identity) => Some(identity.await.expect("the identity's reader ends")),
        None => None,
    };
    Outcome {
        committed,
        rolled_back: shared.rolled_back.load(Ordering::Relaxed),
        killed: shared.killed.load(Ordering::Relaxed),
        missed_by_identity: seen.map(|seen| committed - seen),
        findings: findings.into_iter().flatten().collect(),
    }
}

async fn store(database: &TestDatabase) -> EventStore {
    let keyring = Arc::new(Keyring::parse(KEYRING).expect("the key is well formed"));
    EventStore::new(database.connect().await, keyring)
}

/// Writes a stream, a transaction at a time, some of them rolled back first.
async fn write(database: Arc<TestDatabase>, shared: Arc<Shared>, writer: u64, events: u64) {
    let mut raw = Raw::connect(&database).await;
    let (mut next, mut transactions) = (1, 0);
    while next <= events {
        let last = (next + BATCH - 1).min(events);
        let insert = insertion(&format!("pr_{writer}"), next, last);
        if transactions % ROLLED_BACK_EVERY == 0 {
            raw.run(&format!("{}; {insert}; ROLLBACK", raw.begin())).await;
            shared.rolled_back.fetch_add(1, Ordering::Relaxed);
        }
        raw.run(&insert).await;
        (next, transactions) = (last + 1, transactions + 1);
    }
}

fn insertion(stream: &str, first: u64, last: u64) -> String {
    let rows: Vec<_> = (first..=last)
        .map(|sequence| {
            let payload = r#"{"type":"probe.noted","at":"2026-01-01T00:00:00.000Z","text":"x"}"#;
            format!("('Probe', '{stream}', {sequence}, 'probe.noted', '1', '{payload}', '{{}}')")
        })
        .collect();
    format!(
        "INSERT INTO events (aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata) \
         VALUES {}",
        rows.join(", ")
    )
}

/// Has a sequencer at work, and kills it, until everything was read.
async fn sequence(database: Arc<TestDatabase>, shared: Arc<Shared>, killed_after: Duration) {
    while !shared.read.load(Ordering::Acquire) {
        let store = store(&database).await;
        let connections = store.database().clone();
        let working = tokio::spawn(async move {
            let mut looks = interval(LOOK_EVERY);
            loop {
                // That the database was away is what the next look is for.
                if !matches!(store.sequence().await, Ok(countersign_stores::sequencer::Sequenced::Indexes(_)))
                {
                    looks.tick().await;
                }
            }
        });
        let (begin, mut looks) = (Instant::now(), interval(LOOK_EVERY));
        while begin.elapsed() < killed_after && !shared.read.load(Ordering::Acquire) {
            looks.tick().await;
        }
        working.abort();
        shared.killed.fetch_add(1, Ordering::Relaxed);
        connections.close().await;
    }
}

/// Reads all events by index; says what is not as it must be.
async fn consume(database: Arc<TestDatabase>, committed: u64) -> Vec<String> {
    let store = store(&database).await;
    let (mut next, mut streams, mut findings) = (0, HashMap::<String, u64>::new(), Vec::new());
    let mut looks = interval(LOOK_EVERY);
    while next < committed {
        let facts = store.facts(next, FACTS_MOST).await.unwrap_or_default();
        if facts.is_empty() {
            looks.tick().await;
        }
        for fact in facts {
            if fact.index != next {
                findings.push(format!("index {} came where {next} was awaited", fact.index));
            }
            let before = streams.insert(fact.stream.clone(), fact.sequence).unwrap_or(0);
            if fact.sequence != before + 1 {
                findings.push(format!("{} {} came behind {before}", fact.stream, fact.sequence));
            }
            next = fact.index + 1;
        }
    }
    let seen: u64 = streams.values().sum();
    if seen != committed {
        findings.push(format!("{seen} events were seen of {committed}"));
    }
    store.database().clone().close().await;
    findings
}

/// Writes before everybody else, and commits long after.
async fn hold_open(database: &Arc<TestDatabase>, open_for: Duration) -> tokio::task::JoinHandle<()> {
    let mut raw = Raw::connect(database).await;
    raw.run(&format!("BEGIN; {}", insertion("pr_open", 1, 1))).await;
    tokio::spawn(async move {
        tokio::time::sleep(open_for).await;
        raw.run("COMMIT").await;
    })
}

/// Reads by a cursor on an identity column, as one would without a sequencer; gives how many events it saw.
async fn follow_identity(database: &Arc<TestDatabase>, shared: &Arc<Shared>) -> tokio::task::JoinHandle<u64> {
    let add = "ALTER TABLE events ADD COLUMN pos bigint GENERATED ALWAYS AS IDENTITY";
    database.execute(add).await.expect("a column can be added");
    let mut connection = PgConnection::connect(database.url()).await.expect("the database can be reached");
    let shared = Arc::clone(shared);
    tokio::spawn(async move {
        let (mut after, mut seen, mut looks) = (0_i64, 0, interval(LOOK_EVERY));
        loop {
            let over = shared.written.load(Ordering::Acquire);
            let rows: Vec<(i64,)> =
                sqlx::query_as("SELECT pos FROM events WHERE pos > $1 ORDER BY pos LIMIT 5000")
                    .bind(after)
                    .fetch_all(&mut connection)
                    .await
                    .expect("the events can be read");
            seen += u64::try_from(rows.len()).expect("a count fits");
            match rows.last() {
                Some((last,)) => after = *last,
                None if over => return seen,
                None => {
                    looks.tick().await;
                }
            }
        }
    })
}

impl Raw {
    async fn connect(database: &TestDatabase) -> Self {
        if database.is_postgres() {
            let connection = PgConnection::connect(database.url()).await;
            return Self::Postgres(connection.expect("the database can be reached"));
        }
        let connection = SqliteConnection::connect(database.url()).await;
        let mut raw = Self::Sqlite(connection.expect("the database can be opened"));
        raw.run("PRAGMA busy_timeout = 60000; PRAGMA synchronous = NORMAL").await;
        raw
    }

    fn begin(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "BEGIN IMMEDIATE",
            Self::Postgres(_) => "BEGIN",
        }
    }

    async fn run(&mut self, sql: &str) {
        let done = match self {
            Self::Sqlite(connection) => connection.execute(sqlx::raw_sql(sql)).await.map(drop),
            Self::Postgres(connection) => connection.execute(sqlx::raw_sql(sql)).await.map(drop),
        };
        done.expect("the statement is right, and the database is there");
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { committed, rolled_back, killed, missed_by_identity, findings } = self;
        write!(
            f,
            "{committed} events, {rolled_back} rollbacks, {killed} sequencers killed, {CONSUMERS} consumers, "
        )?;
        if let Some(missed) = missed_by_identity {
            write!(f, "{missed} missed by a cursor on an identity column, ")?;
        }
        write!(f, "{} findings", findings.len())
    }
}
