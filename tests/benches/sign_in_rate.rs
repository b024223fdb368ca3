//! How much of the hashing rate is left for whole password sign-ins, code mail included.
//!
//! Raw hashes and sign-ins take turns on the same threads in the same run, so that the ratio means
//! something on a noisy machine; the median of the rounds counts. Ends with 1 when the ratio is below the promise. With SQLite that is the
//! ratio by the clock; a PostgreSQL server beside the benchmark takes cores that are not the service's
//! (ADR 0013), so that with it the ratio by the service's own processor time counts.
//!
//! `cargo bench -p countersign-tests --bench sign_in_rate`, with `COUNTERSIGN_TEST_DATABASE` as in the tests.

#![expect(clippy::print_stdout, reason = "a benchmark speaks to the terminal")]

use std::collections::HashSet;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use countersign_delivery::{Sender, Transport};
use countersign_domain::code::Digits;
use countersign_domain::email::Email;
use countersign_domain::password::Password;
use countersign_domain::word::{Locale, SignInPurpose};
use countersign_service::Service;
use countersign_service::access_token::Issuer;
use countersign_service::clock::Clock;
use countersign_service::context::Context;
use countersign_service::flow::{Register, SignInRequest};
use countersign_service::hashing::{COST, HashPool};
use countersign_service::keys::Keys;
use countersign_stores::{EventStore, Keyring};
use countersign_tests::database::TestDatabase;
use tempfile::TempDir;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// The part of the hashing rate that whole sign-ins must reach.
const PROMISE: f64 = 0.85;
/// Turns of each kind.
const ROUNDS: usize = 15;
/// How long a turn takes.
const TURN: Duration = Duration::from_secs(2);
/// How long a turn's work runs before it counts.
const WARM_UP: Duration = Duration::from_secs(1);
/// Requests at once.
const AT_ONCE: usize = 40;
/// Accounts that sign in, so that none reaches its limit of mailed codes.
const ACCOUNTS: usize = 160;
/// The password of all of them.
const PASSWORD: &str = "violet harbour sings quietly";
/// A key for this run alone.
const KEYRING: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

#[tokio::main]
async fn main() -> ExitCode {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let database = TestDatabase::new().await;
    let mailbox = mailbox().expect("a folder for mail can be made");
    let pool = HashPool::start(threads, COST).expect("hashing threads can be started");
    let service = service(&database, mailbox.path(), pool.clone()).await;
    register_all(&service, mailbox.path()).await;

    let (mut by_the_clock, mut by_own_time) = (Vec::new(), Vec::new());
    for round in 1..=ROUNDS {
        let raw = rate({
            let pool = pool.clone();
            move |_| raw_hash(pool.clone())
        });
        let raw = raw.await;
        let whole = rate({
            let service = service.clone();
            move |number| sign_in(service.clone(), number % ACCOUNTS)
        });
        let whole = whole.await;
        service.settled().await;
        let ratios = whole.to(&raw);
        println!("round {round}: {raw} of hashes, {whole} of sign-ins, {ratios}");
        by_the_clock.push(ratios.by_the_clock);
        by_own_time.push(ratios.by_own_time);
    }
    let ratios = Ratios { by_the_clock: median(by_the_clock), by_own_time: median(by_own_time) };
    println!("{threads} threads: {ratios} over {ROUNDS} rounds; the promise is {PROMISE}");
    let ratio = if database.is_postgres() { ratios.by_own_time } else { ratios.by_the_clock };
    if ratio >= PROMISE { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// A folder that stands for a relay: in memory where the machine has such a file system, for a relay's disk is not the
/// service's, and a file system that was just told to forget the files of a run before is slow to make others.
fn mailbox() -> std::io::Result<TempDir> {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }
}

async fn service(database: &TestDatabase, mailbox: &Path, pool: HashPool) -> Service {
    let keyring = Arc::new(Keyring::parse(KEYRING).expect("the key is well formed"));
    let store = EventStore::new(database.connect().await, Arc::clone(&keyring));
    let sender =
        Sender::new("no-reply@localhost", "Countersign", "localhost").expect("the sender is well formed");
    let transport =
        Transport::from_url(&format!("dir:{}", mailbox.display()), sender).expect("a folder is a transport");
    let issuer = Issuer::new("https://countersign.example");
    Service::new(store, Keys::new(keyring), pool, Some(transport), Clock::System, issuer)
}

async fn register_all(service: &Service, mailbox: &Path) {
    let mut seen = HashSet::new();
    for number in 0..ACCOUNTS {
        let request =
            Register { email: email(number), password: Password::typed(PASSWORD), locale: Locale::default() };
        let registration = service.register(Context::default(), request).await.expect("registering works");
        service.settled().await;
        let code = new_code(mailbox, &mut seen);
        service.verify(Context::default(), registration.token.expose(), code).await.expect("verifying works");
    }
}

/// The code of the one message in the folder that was not seen before.
fn new_code(mailbox: &Path, seen: &mut HashSet<PathBuf>) -> Digits {
    let entries = std::fs::read_dir(mailbox).expect("the folder can be read");
    let paths = entries.map(|entry| entry.expect("the folder can be read").path());
    let new = paths.into_iter().find(|path| seen.insert(path.clone())).expect("a message is there");
    let text = std::fs::read_to_string(new).expect("the message can be read");
    let is_code = |line: &&str| line.len() == 6 && line.bytes().all(|byte| byte.is_ascii_digit());
    text.lines().find(is_code).expect("a code is in the message").parse().expect("a code is six digits")
}

fn email(number: usize) -> Email {
    format!("person{number}@countersign.example").parse().expect("the address is well formed")
}

async fn raw_hash(pool: HashPool) {
    let place = pool.place().expect("there are more places than requests at once");
    place.hash(Password::typed(PASSWORD)).await.expect("hashing works");
}

async fn sign_in(service: Service, number: usize) {
    let request = SignInRequest {
        email: email(number),
        password: Password::typed(PASSWORD),
        device_token: None,
        device_label: None,
        locale: Locale::default(),
        purpose: SignInPurpose::SignIn,
    };
    service.sign_in(Context::default(), request).await.expect("signing in works");
}

/// How often something is done.
struct Rate {
    /// A second.
    by_the_clock: f64,
    /// A second of this process' processor time.
    by_own_time: f64,
}

impl Rate {
    fn to(&self, whole: &Self) -> Ratios {
        Ratios {
            by_the_clock: self.by_the_clock / whole.by_the_clock,
            by_own_time: self.by_own_time / whole.by_own_time,
        }
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.1}/s ({:.1} a CPU second)", self.by_the_clock, self.by_own_time)
    }
}

/// What one rate is of another.
struct Ratios {
    by_the_clock: f64,
    by_own_time: f64,
}

impl fmt::Display for Ratios {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ratio {:.3} ({:.3} by own CPU time)", self.by_the_clock, self.by_own_time)
    }
}

fn median(mut ratios: Vec<f64>) -> f64 {
    ratios.sort_by(f64::total_cmp);
    *ratios.get(ratios.len() / 2).expect("there is a round")
}

/// The processor time of this process so far, in seconds.
fn own_time() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::try_from(time).expect("processor time runs forwards").as_secs_f64()
}

/// How often something is done, by so many at once, in a turn: from when all are busy until the first may stop.
async fn rate<F>(work: impl Fn(usize) -> F + Clone + Send + Sync + 'static) -> Rate
where
    F: Future<Output = ()> + Send,
{
    let (begun, done) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let over = CancellationToken::new();
    let mut workers = JoinSet::new();
    for _ in 0..AT_ONCE {
        let (work, begun, done, over) = (work.clone(), Arc::clone(&begun), Arc::clone(&done), over.clone());
        workers.spawn(async move {
            while !over.is_cancelled() {
                work(begun.fetch_add(1, Ordering::Relaxed)).await;
                done.fetch_add(1, Ordering::Relaxed);
            }
        });
    }
    tokio::time::sleep(WARM_UP).await;
    let (since, own_before, done_before) = (Instant::now(), own_time(), done.load(Ordering::Relaxed));
    tokio::time::sleep(TURN).await;
    let (clock, own) = (since.elapsed().as_secs_f64(), own_time() - own_before);
    #[expect(clippy::cast_precision_loss, reason = "a count of some thousands is exact in a float")]
    let count = (done.load(Ordering::Relaxed) - done_before) as f64;
    over.cancel();
    workers.join_all().await;
    Rate { by_the_clock: count / clock, by_own_time: count / own }
}
