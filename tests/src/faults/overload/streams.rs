//! A crowd over HTTP/2 that does its worst to the memory: on each connection as many requests as it may have, each with
//! nearly as large a head as it may have and a body that does not come to its end, and room for no byte of a reply.

use std::fmt;
use std::future::pending;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tokio::io::AsyncWriteExt;
use tokio::runtime::Runtime;
use tokio::sync::Barrier;
use tokio::time::sleep;

use super::asking::{Answers, Line, Soon, ask};
use super::run::{address_of, from, raise_limit_of_files};
use super::wire;
use crate::process::installation::Installation;

/// Requests on a connection, as `docs/operations.md` states it.
const STREAMS: u32 = 32;
/// Connections that come from one address: nearly as many as it may have.
const OF_AN_ADDRESS: usize = 250;
/// Headers of a request beside those that it needs, and bytes of each: with what HTTP/2 counts besides, nearly 16 KiB.
const HEADERS_BESIDE: usize = 55;
const HEADER: usize = 210;
/// The first bytes of a body: with the others of its connection, as many as may be on their way.
const BODY: usize = 2_000;

/// Kinds of frames, a flag, and a setting (RFC 9113, 6).
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const SETTINGS: u8 = 4;
const END_HEADERS: u8 = 4;
const INITIAL_WINDOW_SIZE: u8 = 4;

/// How large a crowd is, and what the service must keep to.
#[derive(Debug, Clone, Copy)]
pub struct Streams {
    /// Connections.
    pub connections: usize,
    /// How long they stay.
    pub stay: Duration,
    /// How soon operators are told meanwhile that the service lives.
    pub answers: Soon,
    /// The most memory, in MiB, as `docs/operations.md` states it.
    pub memory: u64,
}

/// What came of a crowd.
#[derive(Debug, Default)]
pub struct Report {
    /// Requests that were refused for want of a place.
    pub refused: u64,
    /// Every question whether it lives.
    pub answers: Answers,
    /// The most memory that the service had before the crowd, and ever, in MiB.
    pub peak: (u64, u64),
}

impl Report {
    /// What must not be.
    pub fn findings(&self, crowd: &Streams) -> Vec<String> {
        let (_, peak) = self.peak;
        let mut findings = self.answers.findings(Line::Operators, crowd.answers);
        findings.extend(self.answers.findings(Line::FreshOperators, crowd.answers));
        findings.extend((peak > crowd.memory).then(|| format!("{peak} MiB of memory")));
        findings.extend((self.refused == 0).then(|| "no request was refused".to_owned()));
        findings
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (before, peak) = self.peak;
        write!(f, "{} requests were refused\n{}", self.refused, self.answers)?;
        write!(f, "at most {peak} MiB of memory, {before} before")
    }
}

/// Lets a crowd loose on a service of its own.
pub async fn overload(crowd: Streams) -> Report {
    raise_limit_of_files();
    let installation = Installation::new().await;
    let key = installation.add_client("client").await;
    let mut server = installation.serve_for_keys().await;
    let person = installation.person_with_key(&server, &key);
    person.another().become_account().await.expect("before the crowd there is nothing to do");
    let before = server.peak_memory();
    let address = address_of(&server.address().borrow().clone().expect("the server is up"));
    let operators = address_of(&server.operations());
    let over = Arc::new(AtomicBool::new(false));
    let lines = [
        ask(address, [Line::Api, Line::FreshApi], Arc::clone(&over)),
        ask(operators, [Line::Operators, Line::FreshOperators], Arc::clone(&over)),
    ];

    // It does not give way to the service: one that is busy has the most in memory.
    let generator = Runtime::new().expect("a runtime can be made");
    let begun = Instant::now();
    let opening: Arc<[u8]> = opening(&key).into();
    let all_are_there = Arc::new(Barrier::new(crowd.connections));
    for number in 0..crowd.connections {
        generator.spawn(misbehave(number, address, Arc::clone(&opening), Arc::clone(&all_are_there)));
    }
    sleep(crowd.stay).await;

    over.store(true, Ordering::Relaxed);
    let mut report = Report::default();
    for line in lines {
        report.answers.keep(line.join().expect("nobody panics"), begun, Instant::now());
    }
    generator.shutdown_background();
    let refused = "countersign_requests_total{method=\"POST\",route=\"/v1/sign-ins\",status=\"503\"}";
    report.refused = server.measured(refused).await;
    report.peak = (before, server.peak_memory());
    person.register().await.expect("afterwards it serves as before");
    server.stop().await;
    report
}

/// Says everything once all are there, and then nothing, and hears nothing.
async fn misbehave(number: usize, address: SocketAddr, opening: Arc<[u8]>, all_are_there: Arc<Barrier>) {
    let connected = wire::connect_deaf(from(1, number / OF_AN_ADDRESS), address).await;
    all_are_there.wait().await;
    if let Ok(mut socket) = connected
        && socket.write_all(&opening).await.is_ok()
    {
        pending::<()>().await;
    }
}

/// A connection's first bytes: no room for replies, and every request.
fn opening(key: &str) -> Vec<u8> {
    let (head, body) = (head(key), vec![b' '; BODY]);
    let request =
        |stream| [frame(HEADERS, END_HEADERS, stream, &head), frame(DATA, 0, stream, &body)].concat();
    let settings = frame(SETTINGS, 0, 0, &[0, INITIAL_WINDOW_SIZE, 0, 0, 0, 0]);
    let requests = streams().flat_map(request).collect();
    [b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec(), settings, requests].concat()
}

/// The streams of a connection that a client opens have odd numbers.
fn streams() -> impl Iterator<Item = u32> {
    (0..STREAMS).map(|number| 2 * number + 1)
}

fn head(key: &str) -> Vec<u8> {
    let key = format!("Bearer {key}");
    let needed = [
        (":method", "POST"),
        (":scheme", "http"),
        (":path", "/v1/sign-ins"),
        (":authority", "x"),
        ("authorization", key.as_str()),
        ("content-type", "application/json"),
    ];
    let value = "y".repeat(HEADER);
    let others = (0..HEADERS_BESIDE).flat_map(|number| header(&format!("x-{number}"), &value));
    needed.into_iter().flat_map(|(name, value)| header(name, value)).chain(others).collect()
}

/// A header that nobody remembers (RFC 7541, 6.2.2), in plain letters.
fn header(name: &str, value: &str) -> Vec<u8> {
    [&[0][..], &length(name), name.as_bytes(), &length(value), value.as_bytes()].concat()
}

/// A length in seven bits, and the rest of it in seven more (RFC 7541, 5.1).
fn length(text: &str) -> Vec<u8> {
    const MOST: usize = 127;
    let byte = |number: usize| u8::try_from(number).expect("it is short");
    if text.len() < MOST { vec![byte(text.len())] } else { vec![byte(MOST), byte(text.len() - MOST)] }
}

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).expect("a frame is short").to_be_bytes();
    let [_, length @ ..] = length;
    [&length[..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}
