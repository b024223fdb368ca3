//! The crowd.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rustix::process::{Resource, Rlimit, getrlimit, setpriority_process, setrlimit};
use serde_json::json;
use tokio::runtime::{Builder, Runtime};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::sleep;

use super::Crowd;
use super::asking::{Line, ask};
use super::owner::{Comings, Owner};
use super::report::{Kind, Report};
use super::wire::{self, Manner};
use crate::process::installation::Installation;
use crate::process::server::Server;

/// Addresses that the crowd comes from: more than enough for what one may have.
const ADDRESSES: usize = 100;
/// Addresses that people are said to come from; one in ten comes from the first, and is told to wait.
const STATED: usize = 1_000;
/// One in so many registers.
const REGISTERS: usize = 10;
/// How often the owner comes, and how many times: fewer than codes are mailed in an hour.
const COMES_EVERY: Duration = Duration::from_secs(1);
const COMES_MOST: usize = 15;
/// Threads that hash: a number that is the same on every machine.
const HASH_THREADS: &str = "2";
/// How nice the crowd is to the service, so that what is measured is the service.
const NICENESS: i32 = 5;

/// Lets a crowd loose on a service of its own.
pub async fn overload(crowd: Crowd) -> Report {
    raise_limit_of_files();
    let installation = Installation::new().await.with("COUNTERSIGN_HASH_THREADS", HASH_THREADS);
    let key: Arc<str> = installation.add_client("client").await.into();
    let mut server = installation.serve_for_keys().await;
    let person = installation.person_with_key(&server, &key);
    let owner = Owner::enrolled(person.clone()).await.expect("before the crowd there is nothing to do");
    let address = address_of(&server.address().borrow().clone().expect("the server is up"));
    let operators = address_of(&server.operations());
    let over = Arc::new(AtomicBool::new(false));
    let api_lines = ask(address, [Line::Api, Line::FreshApi], Arc::clone(&over));
    let operators_lines = ask(operators, [Line::Operators, Line::FreshOperators], Arc::clone(&over));

    let mut report = Report::default();
    let before = Counted::of(&server).await;
    let generator = nice_runtime();
    let begun = Instant::now();
    let processor = server.processor_seconds();
    let misbehaving = generator.spawn(misbehave_all(crowd.connections, address, Arc::clone(&key)));
    let comings = comes_until(owner, Arc::clone(&over));
    let mut asking: JoinSet<(Kind, String)> = JoinSet::new();
    for number in 0..crowd.sign_ins {
        asking.spawn_on(ask_for_a_hash(number, address, Arc::clone(&key)), generator.handle());
    }
    while let Some(heard) = asking.join_next().await {
        let (kind, heard) = heard.expect("nobody panics");
        report.said(kind, &heard);
    }
    let busy_until = Instant::now();
    let busy = begun.elapsed();
    report.busy = (busy, (server.processor_seconds() - processor) / busy.as_secs_f64());
    for heard in misbehaving.await.expect("nobody panics") {
        report.ended(&heard);
    }
    over.store(true, Ordering::Relaxed);
    report.owner = comings.await.expect("nobody panics");
    for asked in [api_lines, operators_lines] {
        report.answers.keep(asked.join().expect("nobody panics"), begun, busy_until);
    }
    let after = Counted::of(&server).await;
    (report.jobs, report.refused) = (after.jobs - before.jobs, after.refused - before.refused);
    report.peak = server.peak_memory();
    generator.shutdown_background();
    person.another().register().await.expect("afterwards it serves as before");
    server.stop().await;
    report
}

/// What the service counted.
struct Counted {
    jobs: u64,
    refused: u64,
}

impl Counted {
    async fn of(server: &Server) -> Self {
        let (jobs, refused) = ("countersign_hash_jobs_total", "countersign_hash_refused_total");
        Self { jobs: server.measured(jobs).await, refused: server.measured(refused).await }
    }
}

/// Lets this process, and the service that it starts, have as many connections as the machine allows.
pub(super) fn raise_limit_of_files() {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum })
        .expect("the limit can be raised to its most");
}

/// A runtime whose threads give way to those of the service.
fn nice_runtime() -> Runtime {
    let give_way = || setpriority_process(None, NICENESS).expect("a thread can be made nicer");
    let mut runtime = Builder::new_multi_thread();
    runtime.worker_threads(2).enable_all().on_thread_start(give_way);
    runtime.build().expect("a runtime can be made")
}

pub(super) fn address_of(url: &str) -> SocketAddr {
    url.trim_start_matches("http://").parse().expect("a server says where it is")
}

pub(super) fn from(network: u8, number: usize) -> Ipv4Addr {
    Ipv4Addr::new(127, 0, network, u8::try_from(number % ADDRESSES).unwrap_or_default() + 2)
}

async fn misbehave_all(count: usize, address: SocketAddr, key: Arc<str>) -> Vec<String> {
    let misbehaving: JoinSet<String> =
        (0..count).map(|number| misbehave(number, address, Arc::clone(&key))).collect();
    misbehaving.join_all().await
}

async fn misbehave(number: usize, address: SocketAddr, key: Arc<str>) -> String {
    let manner = [Manner::Silent, Manner::Slow, Manner::Endless].into_iter().cycle().nth(number % 3);
    match wire::connect(from(1, number), address).await {
        Ok(socket) => wire::misbehave(socket, manner.unwrap_or(Manner::Silent), &key).await,
        Err(_) => String::new(),
    }
}

async fn ask_for_a_hash(number: usize, address: SocketAddr, key: Arc<str>) -> (Kind, String) {
    let registers = number % REGISTERS == 1;
    let (kind, path) =
        if registers { (Kind::Registration, "/v1/accounts") } else { (Kind::SignIn, "/v1/sign-ins") };
    let request = wire::post(path, &key, &typed(number).to_string());
    let heard = match wire::connect(from(2, number), address).await {
        Ok(socket) => wire::ask(socket, &request).await,
        Err(_) => String::new(),
    };
    (kind, heard)
}

/// What somebody types whom nobody knows, and where the app says that they are.
fn typed(number: usize) -> serde_json::Value {
    let stated = if number.is_multiple_of(10) { 0 } else { 1 + number % STATED };
    json!({
        "email": format!("nobody.{number}@quillfeather.example"),
        "password": format!("amber lantern {number} drifts along"),
        "context": { "ip": format!("198.18.{}.{}", stated / 256, stated % 256) },
    })
}

fn comes_until(owner: Owner, over: Arc<AtomicBool>) -> JoinHandle<Comings> {
    tokio::spawn(async move {
        let mut comings = Comings::default();
        for _ in 0..COMES_MOST {
            if over.load(Ordering::Relaxed) {
                break;
            }
            owner.comes(&mut comings).await;
            sleep(COMES_EVERY).await;
        }
        comings
    })
}
