//! A command, cut at each of its steps.

use std::fmt;
use std::net::SocketAddr;

use countersign_service::LEASE;
use reqwest::Client;

use super::command::{COMMANDS, Command, Ready};
use super::proxy::{Cut, Proxy, Side};
use crate::app::{Reply, TestApp};

/// How often a client asks again before it gives up.
const ASKS_MOST: usize = 12;

/// What is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line {
    /// The connection between client and server: requests and replies are lost.
    Client,
    /// The connections between server and database (PostgreSQL only).
    Database,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Connections that were cut.
    pub cuts: u64,
    /// Requests that were answered although a connection was cut under them.
    pub answered_at_once: u64,
    /// Replies that were those of an earlier attempt.
    pub replayed: u64,
    /// What is not as it must be.
    pub findings: Vec<String>,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { cuts, answered_at_once, replayed, findings } = self;
        let findings = findings.len();
        write!(
            f,
            "{cuts} cuts, {answered_at_once} answered all the same, {replayed} replies of before, {findings} findings"
        )
    }
}

/// A server, with a proxy on the line that is cut.
struct Stage {
    app: TestApp,
    proxy: Proxy,
    client: Client,
    base: String,
}

impl Stage {
    async fn new(line: Line) -> Option<Self> {
        let (app, proxy, base) = match line {
            Line::Client => {
                let app = TestApp::start().await;
                let proxy = Proxy::before(address_of(&app.base)).await;
                let base = format!("http://{}", proxy.address);
                (app, proxy, base)
            }
            Line::Database => {
                let (app, proxy) = TestApp::behind_a_proxy().await?;
                let base = app.base.clone();
                (app, proxy, base)
            }
        };
        // The next connection is not the one that was cut.
        let client = Client::builder().no_proxy().pool_max_idle_per_host(0).build();
        Some(Self { app, proxy, client: client.expect("a client can be made"), base })
    }

    /// Sends a request once; nothing where no reply arrives.
    async fn ask(&self, ready: &Ready, key: &str) -> Option<Reply> {
        let response = ready.send(&self.client, &self.base, key).await.ok()?;
        Reply::try_read(response).await
    }

    /// Asks again until there is an answer.
    async fn insist(&self, ready: &Ready, key: &str) -> Option<Reply> {
        for _ in 0..ASKS_MOST {
            match self.ask(ready, key).await {
                Some(reply) if reply.status == 409 && reply.at("/code") == "idempotency_in_progress" => {
                    self.app.settled().await;
                    self.app.advance(LEASE);
                }
                Some(reply) if reply.status != 503 => return Some(reply),
                _ => {}
            }
        }
        None
    }
}

/// Cuts a line before and after the steps of every command, so many times in all; nothing where there is no such line.
pub async fn cut(line: Line, cuts: u64) -> Option<Outcome> {
    let stage = Stage::new(line).await?;
    let mut outcome = Outcome::default();
    let each = cuts.div_ceil(u64::try_from(COMMANDS.len()).unwrap_or(1));
    for command in COMMANDS {
        let steps = steps_of(&stage, command).await;
        let places = 2 * steps;
        for number in 0..each {
            // Spread over all places, each once before any comes again.
            let place = if each >= places { number % places } else { number * places / each };
            let side = if place % 2 == 0 { Side::Before } else { Side::After };
            once(&stage, command, Cut { step: place / 2, side }, &mut outcome).await;
        }
    }
    Some(outcome)
}

/// How many steps a command takes that nobody cuts.
async fn steps_of(stage: &Stage, command: Command) -> u64 {
    let ready = Ready::of(command, &stage.app).await;
    stage.app.settled().await;
    stage.proxy.arm(None);
    stage.insist(&ready, "a-key-for-counting").await.expect("what nobody cuts is answered");
    stage.app.settled().await;
    stage.proxy.disarm().steps
}

async fn once(stage: &Stage, command: Command, cut: Cut, outcome: &mut Outcome) {
    let ready = Ready::of(command, &stage.app).await;
    stage.app.settled().await;
    let key = format!("a-key-{command:?}-{cut:?}-{}", outcome.cuts);
    let key = key.replace([' ', '{', '}', ':', ','], "-");
    stage.proxy.arm(Some(cut));
    let first = stage.ask(&ready, &key).await;
    stage.app.settled().await;
    outcome.cuts += u64::from(stage.proxy.disarm().cut);
    if let Some(first) = &first {
        let told_failed = first.status >= 400 && ![503, 409].contains(&first.status) || first.status == 500;
        if told_failed {
            outcome.findings.push(format!("{command:?} {cut:?}: told {} {}", first.status, first.text));
        }
        outcome.answered_at_once += u64::from(first.status < 300);
    }
    let Some(reply) = stage.insist(&ready, &key).await else {
        outcome.findings.push(format!("{command:?} {cut:?}: never answered"));
        return;
    };
    outcome.replayed += u64::from(reply.header("idempotency-replayed").is_some());
    if let Some(first) = first.filter(|first| first.status < 300)
        && first.text != reply.text
    {
        outcome.findings.push(format!("{command:?} {cut:?}: two answers: {} {}", first.text, reply.text));
    }
    let findings = ready.findings(&stage.app, &reply).await;
    outcome.findings.extend(findings.into_iter().map(|finding| format!("{cut:?}: {finding}")));
}

fn address_of(base: &str) -> SocketAddr {
    base.trim_start_matches("http://").parse().expect("the base names an address")
}
