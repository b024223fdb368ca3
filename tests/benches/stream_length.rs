//! What a command costs on a long stream: at most twice what it costs on a short one.
//!
//! A command is a load and an append of one event with a sealed value. Prints the ratio for the database
//! that `COUNTERSIGN_TEST_DATABASE` chooses, and fails beyond the limit.

#![expect(clippy::print_stdout, reason = "a benchmark says what it measured")]

use std::convert::Infallible;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use countersign_domain::decider::{Decider, Event, Recorded};
use countersign_domain::kit::id;
use countersign_domain::secret::Personal;
use countersign_domain::time::Timestamp;
use countersign_stores::{EventStore, Keyring, Metadata};
use countersign_tests::database::TestDatabase;
use serde::{Deserialize, Serialize};

/// Events of a short stream.
const SHORT: usize = 10;
/// Events of the long stream.
const LONG: usize = 10_000;
/// Events of one commit while the streams are made.
const BATCH: usize = 500;
/// Commands on each stream: four times around from one snapshot to the next.
const COMMANDS: usize = 256;
/// The most that the long stream may cost, measured by the short one.
const RATIO_MOST: f64 = 2.0;

const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// An aggregate whose state does not grow with its stream.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
struct Visits {
    count: u64,
    newest: Option<Personal<String>>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", deny_unknown_fields)]
enum Visit {
    #[serde(rename = "visit.made")]
    Made { by: Personal<String> },
}

impl Event for Visit {}

impl Decider for Visits {
    const TYPE: &'static str = "Visits";
    const STATE_VERSION: u32 = 1;
    type Command = ();
    type Event = Visit;
    type Refusal = Infallible;

    fn decide(&self, _now: Timestamp, (): ()) -> Result<Vec<Visit>, Infallible> {
        Ok(vec![Visit::Made { by: Personal::plain("192.0.2.77".to_owned()) }])
    }

    fn evolve(&mut self, _at: Timestamp, event: &Visit) {
        let Visit::Made { by } = event;
        self.count += 1;
        self.newest = Some(by.clone());
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let files = TestDatabase::new().await;
    let keyring = Arc::new(Keyring::parse(KEY).expect("the key is one"));
    let store = EventStore::new(files.connect().await, keyring);
    let (short, long) = measure(&store).await;
    let ratio = long.as_secs_f64() / short.as_secs_f64();
    let name = if files.is_postgres() { "PostgreSQL" } else { "SQLite" };
    println!(
        "{name}: a command on a stream of {SHORT} events {:.2} ms, of {LONG} {:.2} ms: ratio {ratio:.2}, at most \
         {RATIO_MOST:.1}",
        millis(short),
        millis(long)
    );
    if ratio <= RATIO_MOST { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The time of a command on a short stream and on the long one, measured by turns.
async fn measure(store: &EventStore) -> (Duration, Duration) {
    grow(store, "long", LONG).await;
    for number in 0..COMMANDS {
        grow(store, &short_stream(number), SHORT).await;
    }
    store.settled().await;
    let (mut short, mut long) = (Duration::ZERO, Duration::ZERO);
    for number in 0..COMMANDS {
        short += command(store, &short_stream(number)).await;
        long += command(store, "long").await;
    }
    let commands = u32::try_from(COMMANDS).unwrap_or(u32::MAX);
    (short / commands, long / commands)
}

/// Each short stream takes one command, so that it stays short.
fn short_stream(number: usize) -> String {
    format!("short_{number}")
}

async fn grow(store: &EventStore, stream: &str, length: usize) {
    let mut left = length;
    while left > 0 {
        let batch = left.min(BATCH);
        append(store, stream, batch).await;
        left -= batch;
    }
}

async fn command(store: &EventStore, stream: &str) -> Duration {
    let start = Instant::now();
    append(store, stream, 1).await;
    start.elapsed()
}

async fn append(store: &EventStore, stream: &str, count: usize) {
    let loaded = store.load::<Visits>(stream).await.expect("the stream can be read");
    let decided = loaded.state.decide(loaded.last_at, ()).expect("it is never refused");
    let events = decided.into_iter().cycle().take(count);
    let events = events.map(|event| Recorded { at: loaded.last_at, event }).collect();
    store.append(loaded, events, &metadata()).await.expect("nobody else appends");
}

fn metadata() -> Metadata {
    Metadata {
        command_id: id::<()>(1).uuid(),
        idempotency: None,
        request_id: None,
        actor: None,
        client: None,
        ip: Some(Personal::plain("192.0.2.77".to_owned())),
        user_agent: None,
        ip_stated_by: None,
        device: None,
        service_version: "0.1.0".to_owned(),
    }
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1_000.0
}
