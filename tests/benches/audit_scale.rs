//! What a long history costs auditors: pages by filter at 1,000,000 events against 10,000, and making the
//! history anew against copying its rows.
//!
//! Ends with 1 when a page costs more than 1.5 times as much, or (PostgreSQL) making it anew more than three
//! times what `COPY` out and in of the same rows takes into a table with the same indexes.
//!
//! `cargo bench -p countersign-tests --bench audit_scale -- [events]`, with `COUNTERSIGN_TEST_DATABASE` as in the tests.

#![expect(clippy::print_stdout, reason = "a benchmark speaks to the terminal")]

use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use countersign_projections::filter::parse;
use countersign_projections::read_model::Model;
use countersign_stores::audit::{Order, PageQuery};
use countersign_stores::{EventStore, Keyring};
use countersign_tests::database::TestDatabase;

/// Events of the long history, and of the short one.
const LONG: u64 = 1_000_000;
const SHORT: u64 = 10_000;
/// Events of an account.
const OF_AN_ACCOUNT: u64 = 20;
/// Pages of a filter that are read, of which the middle one counts.
const PAGES: usize = 101;
/// What a page of the long history may cost, of what one of the short history costs.
const PAGE_PROMISE: f64 = 1.5;
/// Filters that the promise is about; "account" is another account for each page.
const PROMISED: [&str; 5] = ["", "account", "type:code.sent", "outcome:signed_in", "ip:192.0.2.1"];
/// Filters that are measured beside them.
const OTHERS: [&str; 1] = ["type:code.* -factor:password"];
/// What making the history anew may cost, of copying its rows.
const REBUILD_PROMISE: f64 = 3.0;
/// A key for this run alone.
const KEYRING: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
/// The names that events have in turn.
const NAMES: &str = "sign_in.started code.requested code.sent code.accepted backup_code.redeemed backup_code.issued \
     backup_code.save_confirmed sign_in.signed_in sign_in.password_rejected code.rejected";

#[tokio::main]
async fn main() -> ExitCode {
    let long = std::env::args().find_map(|number| number.parse().ok()).unwrap_or(LONG);
    let short = History::of(SHORT).await;
    let history = History::of(long).await;
    let mut kept = true;
    for filter in PROMISED.into_iter().chain(OTHERS) {
        let [before, after] = [short.page(filter).await, history.page(filter).await];
        let ratio = after.as_secs_f64() / before.as_secs_f64();
        println!(
            "page of {filter:?}: {before:.2?} of {SHORT}, {after:.2?} of {long} events, ratio {ratio:.2}"
        );
        kept &= ratio <= PAGE_PROMISE || OTHERS.contains(&filter);
    }
    #[expect(clippy::cast_precision_loss, reason = "a count of some millions is exact in a float")]
    let rate = long as f64 / history.rebuilt_in.as_secs_f64();
    println!("made anew: {long} events in {:.1?}, {rate:.0} a second", history.rebuilt_in);
    if history.database.is_postgres() {
        let copied = history.copied().await;
        let ratio = history.rebuilt_in.as_secs_f64() / copied.as_secs_f64();
        println!("copied out and in: {copied:.1?}, ratio {ratio:.2}; the promise is {REBUILD_PROMISE}");
        kept &= ratio <= REBUILD_PROMISE;
    }
    println!("the promise for a page is {PAGE_PROMISE}");
    if kept { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// A history of so many events.
struct History {
    database: TestDatabase,
    store: EventStore,
    events: u64,
    rebuilt_in: Duration,
}

impl History {
    async fn of(events: u64) -> Self {
        let database = TestDatabase::new().await;
        fill(&database, events).await;
        let keyring = Arc::new(Keyring::parse(KEYRING).expect("the key is well formed"));
        let store = EventStore::new(database.connect().await, keyring);
        let begin = Instant::now();
        store.catch_up(Model::History, |_, _| {}).await.expect("the history can be made");
        let rebuilt_in = begin.elapsed();
        let analyze = if database.is_postgres() { "VACUUM ANALYZE" } else { "ANALYZE" };
        database.execute(analyze).await.expect("the planner can be told");
        Self { database, store, events, rebuilt_in }
    }

    /// The middle one of the times that a page takes.
    async fn page(&self, filter: &str) -> Duration {
        let mut times = Vec::with_capacity(PAGES);
        for number in 0..PAGES {
            let account = u64::try_from(number).expect("a small number") * 7 % (self.events / OF_AN_ACCOUNT);
            let filter =
                if filter == "account" { format!("account:acc_{account}") } else { filter.to_owned() };
            let filter = parse(&filter).expect("the filter is right");
            let query = PageQuery { order: Order::Newest, limit: 50, ..PageQuery::of(filter) };
            let begin = Instant::now();
            self.store.audit_page(&query).await.expect("the page can be read");
            times.push(begin.elapsed());
        }
        times.sort();
        *times.get(PAGES / 2).expect("there are pages")
    }

    /// How long copying the history's rows out and into a table like it takes, by the server itself.
    async fn copied(&self) -> Duration {
        let file = std::env::temp_dir().join(format!("countersign-copied-{}", std::process::id()));
        let run = async |sql: String| self.database.execute(&sql).await.expect("the owner may do so");
        run("CREATE TABLE copied (LIKE sign_in_history INCLUDING ALL)".to_owned()).await;
        let begin = Instant::now();
        run(format!("COPY sign_in_history TO '{}'", file.display())).await;
        run(format!("COPY copied FROM '{}'", file.display())).await;
        let taken = begin.elapsed();
        std::fs::remove_file(file).expect("the file can be taken away");
        taken
    }
}

/// Writes events that have their index, as so many accounts would have caused them.
async fn fill(database: &TestDatabase, events: u64) {
    let (numbers, leaf) = if database.is_postgres() {
        (format!("SELECT n FROM generate_series(0, {}) AS n", events - 1), "decode(repeat('ab', 32), 'hex')")
    } else {
        let last = events - 1;
        let series =
            format!("WITH RECURSIVE s(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM s WHERE n < {last})");
        (format!("{series} SELECT n FROM s"), "zeroblob(32)")
    };
    let json =
        |text: &str| if database.is_postgres() { format!("CAST({text} AS json)") } else { text.to_owned() };
    let payload = json(
        "'{\"type\":\"' || name || '\",\"at\":\"2026-01-01T00:00:00.000Z\",\"sign_in\":\"si_' || (n / 10) || '\"}'",
    );
    let metadata =
        json("'{\"command_id\":\"' || n || '\",\"request_id\":\"' || n || '\",\"service_version\":\"1\"}'");
    let names: Vec<_> =
        NAMES.split_whitespace().zip(0..).map(|(name, n)| format!("WHEN {n} THEN '{name}'")).collect();
    let name = format!("CASE n % 10 {} END", names.join(" "));
    let place = format!("'Account', 'acc_' || (n / {OF_AN_ACCOUNT}), n % {OF_AN_ACCOUNT} + 1");
    for sql in [
        format!(
            "INSERT INTO events (aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata) \
             SELECT {place}, name, '1', {payload}, {metadata} FROM (SELECT n, {name} AS name FROM ({numbers}) AS n1) AS n2"
        ),
        format!(
            "INSERT INTO ledger (idx, aggregate_type, aggregate_id, sequence, leaf) SELECT n, {place}, {leaf} \
             FROM ({numbers}) AS n1"
        ),
        "DELETE FROM events_pending".to_owned(),
        "DELETE FROM follow_ups".to_owned(),
    ] {
        database.execute(&sql).await.expect("events can be written");
    }
}
