//! The crowd, and somebody who asks all the while whether the service lives.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde_json::json;
use tokio::runtime::Builder;
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::Crowd;
use super::report::Report;
use super::wire::{self, Manner};
use crate::process::installation::Installation;

/// Addresses that the crowd comes from: more than enough for what one may have.
const ADDRESSES: usize = 100;
/// How often it is asked whether the service lives.
const ASK_EVERY: Duration = Duration::from_millis(20);

/// Lets a crowd loose on a service of its own.
pub async fn overload(crowd: Crowd) -> Report {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum })
        .expect("the limit can be raised to its most");
    let installation = Installation::new().await.logging("warn");
    let mut server = installation.serve().await;
    let address = address_of(&server.address().borrow().clone().expect("the server is up"));
    let operators = address_of(&server.operations());
    let over = Arc::new(AtomicBool::new(false));
    let asking = [address, operators].map(|address| apart(address, Arc::clone(&over)));

    let mut report = Report::default();
    let mut misbehaving = JoinSet::new();
    let mut signing_in = JoinSet::new();
    for number in 0..crowd.connections {
        misbehaving.spawn(misbehave(number, address));
    }
    for number in 0..crowd.sign_ins {
        signing_in.spawn(sign_in(number, address));
    }
    while let Some(heard) = signing_in.join_next().await {
        report.signed_in(&heard.expect("nobody panics"));
    }
    while let Some(heard) = misbehaving.join_next().await {
        report.ended(&heard.expect("nobody panics"));
    }
    over.store(true, Ordering::Relaxed);
    for asked in asking {
        report.lives.extend(asked.join().expect("nobody panics"));
    }
    report.lives.sort_unstable();
    report.peak = server.peak_memory();
    installation.person(&server).register().await.expect("afterwards it serves as before");
    server.stop().await;
    report
}

fn address_of(url: &str) -> SocketAddr {
    url.trim_start_matches("http://").parse().expect("a server says where it is")
}

fn from(network: u8, number: usize) -> Ipv4Addr {
    Ipv4Addr::new(127, 0, network, u8::try_from(number % ADDRESSES).unwrap_or_default() + 2)
}

async fn misbehave(number: usize, address: SocketAddr) -> String {
    let manner = [Manner::Silent, Manner::Slow, Manner::Endless].into_iter().cycle().nth(number % 3);
    match wire::connect(from(1, number), address).await {
        Ok(socket) => wire::misbehave(socket, manner.unwrap_or(Manner::Silent)).await,
        Err(_) => String::new(),
    }
}

async fn sign_in(number: usize, address: SocketAddr) -> String {
    let email = format!("nobody.{number}@quillfeather.example");
    let body = json!({ "email": email, "password": "not the password of anybody" }).to_string();
    let request = format!(
        "POST /v1/sign-ins HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nconnection: close\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    );
    match wire::connect(from(2, number), address).await {
        Ok(socket) => wire::ask(socket, &request).await,
        Err(_) => String::new(),
    }
}

/// Asks from a thread apart, so that the crowd's own queues are not measured.
fn apart(address: SocketAddr, over: Arc<AtomicBool>) -> JoinHandle<Vec<Duration>> {
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime can be made");
    thread::spawn(move || runtime.block_on(ask_whether_it_lives(address, over)))
}

/// Asks on one connection until it is over, and measures each answer.
async fn ask_whether_it_lives(address: SocketAddr, over: Arc<AtomicBool>) -> Vec<Duration> {
    let mut socket = wire::connect(Ipv4Addr::LOCALHOST, address).await.expect("it listens");
    let mut took = Vec::new();
    while !over.load(Ordering::Relaxed) {
        let asked = Instant::now();
        wire::lives(&mut socket).await.expect("who has a connection is answered");
        took.push(asked.elapsed());
        sleep(ASK_EVERY).await;
    }
    took
}
