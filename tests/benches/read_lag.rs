//! How long after its commit an event is visible in every read model, at 500 events a second, with the sequencer and
//! the read models running beside; and whether the memory of the process stays flat meanwhile.
//!
//! Ends with 1 when one event in a hundred takes longer than promised.
//!
//! `cargo bench -p countersign-tests --bench read_lag`, with `COUNTERSIGN_TEST_DATABASE` as in the tests.

#![expect(clippy::print_stdout, reason = "a benchmark speaks to the terminal")]

use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use countersign_delivery::{Sender, Transport};
use countersign_domain::client::Role;
use countersign_service::Service;
use countersign_service::access_token::Issuer;
use countersign_service::clock::Clock;
use countersign_service::context::Context;
use countersign_service::hashing::{COST, HashPool};
use countersign_service::keys::Keys;
use countersign_stores::{EventStore, Keyring};
use countersign_tests::database::TestDatabase;
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;

/// The longest that 99 of 100 events may take from their commit until every read model has them.
const PROMISE: Duration = Duration::from_millis(100);
/// Events: half a minute of 500 a second.
const EVENTS: u64 = 15_000;
/// How long after one event the next is committed.
const PACE: Duration = Duration::from_millis(2);
/// How often it is looked how far the read models are: what a measured time may be too long by.
const LOOK_EVERY: Duration = Duration::from_millis(5);
/// The longest that the last event may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// A key for this run alone.
const KEYRING: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// When every read model had so many events.
struct Look {
    at: Instant,
    events: u64,
}

#[tokio::main]
async fn main() -> ExitCode {
    let database = TestDatabase::new().await;
    let mailbox = tempfile::tempdir().expect("a folder for mail can be made");
    let service = service(&database, mailbox.path()).await;
    let mut running = JoinSet::new();
    running.spawn({
        let service = service.clone();
        async move { service.sequence_for_ever().await }
    });
    running.spawn({
        let service = service.clone();
        async move { service.project_for_ever().await }
    });
    let looks = tokio::spawn(look(service.clone()));

    let begin = Instant::now();
    let (commits, memory_early) = commit_all(&service).await;
    let taken = begin.elapsed();
    let looks = looks.await.expect("looking does not fail");
    let memory_late = memory_kib();
    running.shutdown().await;

    let mut lags: Vec<Duration> =
        commits.iter().zip(1..).map(|(commit, nth)| lag(*commit, nth, &looks)).collect();
    lags.sort();
    let of = |hundredths: usize| *lags.get((lags.len() - 1) * hundredths / 100).expect("there are events");
    println!(
        "{EVENTS} events in {taken:.1?}; from commit to visible: p50 {:.1?}, p99 {:.1?}, longest {:.1?}",
        of(50),
        of(99),
        of(100)
    );
    if let (Some(early), Some(late)) = (memory_early, memory_late) {
        println!("memory: {early} KiB after a third of the events, {late} KiB behind the last");
    }
    println!("the promise for p99 is {PROMISE:?}");
    if of(99) <= PROMISE { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

async fn service(database: &TestDatabase, mailbox: &std::path::Path) -> Service {
    let keyring = Arc::new(Keyring::parse(KEYRING).expect("the key is well formed"));
    let store = EventStore::new(database.connect().await, Arc::clone(&keyring));
    let pool = HashPool::start(1, COST).expect("a hashing thread can be started");
    let sender =
        Sender::new("no-reply@localhost", "Countersign", "localhost").expect("the sender is well formed");
    let transport =
        Transport::from_url(&format!("dir:{}", mailbox.display()), sender).expect("a folder is a transport");
    let issuer = Issuer::new("https://countersign.example");
    Service::new(store, Keys::new(keyring), pool, Some(transport), Clock::System, issuer)
}

/// Commits one event at each tick, each in a stream of its own, and tells when each was committed, in order; and the
/// memory after a third of them.
async fn commit_all(service: &Service) -> (Vec<Instant>, Option<u64>) {
    let mut ticks = tokio::time::interval(PACE);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let (mut commits, mut memory) = (JoinSet::new(), None);
    for number in 0..EVENTS {
        ticks.tick().await;
        let service = service.clone();
        commits.spawn(async move {
            let name = format!("client {number}");
            service
                .add_client(Context::operator(), name.parse().expect("a name"), Role::Client, None)
                .await
                .expect("an event can be committed");
            Instant::now()
        });
        if number == EVENTS / 3 {
            memory = memory_kib();
        }
    }
    let mut commits = commits.join_all().await;
    commits.sort();
    (commits, memory)
}

/// Looks how far the read model is that has come least far, until it has every event.
async fn look(service: Service) -> Vec<Look> {
    let (mut looks, begin) = (Vec::new(), Instant::now());
    let mut ticks = tokio::time::interval(LOOK_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let progress = service.store().progress().await.expect("progress can be read");
        let events = progress.iter().map(|model| model.position).min().expect("there are read models");
        looks.push(Look { at: Instant::now(), events });
        assert!(
            begin.elapsed() < PACE * u32::try_from(EVENTS).expect("some thousands") * 4 + PATIENCE,
            "too slow"
        );
        if events >= EVENTS {
            return looks;
        }
    }
}

/// From a commit until the first look that found so many events.
fn lag(commit: Instant, nth: u64, looks: &[Look]) -> Duration {
    let first = looks.partition_point(|look| look.events < nth);
    looks.get(first).expect("the last look found all").at.saturating_duration_since(commit)
}

/// The memory of this process that is in use; nothing where the system does not tell it this way.
fn memory_kib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}
