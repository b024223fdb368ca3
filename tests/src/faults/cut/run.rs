//! A command, cut at each of its steps.

use std::net::SocketAddr;

use countersign_service::LEASE;
use reqwest::Client;

use super::command::{COMMANDS, Command, Ready};
use super::outcome::{Outcome, Visited};
use super::places::{Dice, Places};
use super::proxy::{Cut, Place, Proxy};
use crate::app::{Reply, TestApp};

/// How often a client asks again before it gives up.
const ASKS_MOST: usize = 12;
/// How often a place is tried whose step does not always come.
const TRIES: usize = 3;
/// How many cuts may be tried for one that is made, before it is given up.
const TRIED_MOST: u64 = 4;

/// What is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line {
    /// The connection between client and server: requests and replies are lost.
    Client,
    /// The connections between server and database (PostgreSQL only).
    Database,
}

/// What is cut, and how often.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// The line.
    pub line: Line,
    /// At least so many connections.
    pub cuts: u64,
    /// Before and after every step of every command; if not, of the database's only what it is asked to commit.
    pub everywhere: bool,
    /// Whether the requests carry a key.
    pub keyed: bool,
    /// What the places that are chosen by chance come from.
    pub seed: u64,
}

/// A server, with a proxy on the line that is cut.
struct Stage {
    plan: Plan,
    app: TestApp,
    proxy: Proxy,
    client: Client,
    base: String,
}

impl Stage {
    async fn new(plan: Plan) -> Option<Self> {
        let (app, proxy, base) = match plan.line {
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
        Some(Self { plan, app, proxy, client: client(), base })
    }

    /// Sends a request once; nothing where no reply arrives.
    async fn ask(&self, ready: &Ready, key: &str) -> Option<Reply> {
        let key = self.plan.keyed.then_some(key);
        Reply::try_read(ready.send(&self.client, &self.base, key).await.ok()?).await
    }

    /// The places of a command, seen where nobody cuts.
    async fn places_of(&self, command: Command) -> Places {
        let ready = Ready::of(command, &self.app).await;
        self.app.settled().await;
        self.proxy.arm(None);
        let key = format!("a-key-for-counting-{command:?}");
        insist(&self.app, async || self.ask(&ready, &key).await).await.expect("what nobody cuts is answered");
        let until_answered = self.proxy.passed();
        self.app.settled().await;
        Places::of(until_answered, self.proxy.disarm())
    }

    async fn events(&self) -> Vec<String> {
        self.app.settled().await;
        self.app.database().texts("SELECT CAST(count(*) AS text) FROM events").await
    }
}

/// A client whose next connection is not the one that was cut.
pub(super) fn client() -> Client {
    let client = Client::builder().no_proxy().pool_max_idle_per_host(0).build();
    client.expect("a client can be made")
}

/// Asks again until there is an answer.
pub(super) async fn insist(app: &TestApp, ask: impl AsyncFn() -> Option<Reply>) -> Option<Reply> {
    for _ in 0..ASKS_MOST {
        match ask().await {
            Some(reply) if is_in_progress(&reply) => {
                app.settled().await;
                app.advance(LEASE);
            }
            Some(reply) if reply.status != 503 => return Some(reply),
            _ => {}
        }
    }
    None
}

fn is_in_progress(reply: &Reply) -> bool {
    reply.status == 409 && reply.at("/code") == "idempotency_in_progress"
}

/// Cuts a line at the places of every command, and then at others by chance, until so many connections have been cut;
/// nothing where there is no such line.
pub async fn cut(plan: Plan) -> Option<Outcome> {
    let stage = Stage::new(plan).await?;
    let mut outcome = Outcome { seed: plan.seed, ..Outcome::default() };
    let mut all = Vec::new();
    for command in COMMANDS {
        let places = stage.places_of(command).await;
        all.push(places);
        visit(&stage, command, places, &mut outcome).await;
    }
    let mut dice = Dice::of(plan.seed);
    let mut turns = (0..COMMANDS.len()).zip(COMMANDS).zip(all).cycle();
    for _ in 0..TRIED_MOST * plan.cuts {
        let Some(((number, command), places)) = turns.next().filter(|_| outcome.cuts < plan.cuts) else {
            break;
        };
        let cut = once(&stage, command, places.any(&mut dice), &mut outcome).await;
        if let Some(visited) = outcome.commands.get_mut(number) {
            visited.cuts += u64::from(cut);
        }
    }
    Some(outcome)
}

/// Cuts a command at each place that must be visited.
async fn visit(stage: &Stage, command: Command, places: Places, outcome: &mut Outcome) {
    let mut must = places.commits();
    if stage.plan.everywhere || stage.plan.line == Line::Client {
        must.extend(places.steps());
    }
    let mut visited = Visited { command, places: must.len(), missed: Vec::new(), cuts: 0 };
    for cut in must {
        let mut really = false;
        for _ in 0..TRIES {
            really = once(stage, command, cut, outcome).await;
            if really {
                break;
            }
        }
        visited.cuts += u64::from(really);
        if !really {
            visited.missed.push(cut);
        }
    }
    outcome.commands.push(visited);
}

/// Cuts a command once; whether its step came.
async fn once(stage: &Stage, command: Command, cut: Cut, outcome: &mut Outcome) -> bool {
    let ready = Ready::of(command, &stage.app).await;
    let before = stage.events().await;
    outcome.tried += 1;
    let key = format!("a-key-{command:?}-{cut:?}-{}", outcome.tried);
    let key = key.replace([' ', '{', '}', ':', ',', '(', ')'], "-");
    stage.proxy.arm(Some(cut));
    let first = stage.ask(&ready, &key).await;
    let committed = stage.events().await != before;
    let was_cut = stage.proxy.disarm().cut;
    outcome.cuts += u64::from(was_cut);
    let mut findings = Vec::new();
    findings.extend(finding_of_first(stage, command, cut, (first.as_ref(), committed)));
    let answered = first.filter(|first| first.status == command.expected());
    outcome.answered_at_once += u64::from(answered.is_some());
    let reply = match answered.as_ref() {
        // Who has no key and was answered does not ask again.
        Some(first) if !stage.plan.keyed => Some(first.clone()),
        _ => insist(&stage.app, async || stage.ask(&ready, &key).await).await,
    };
    if let Some(reply) = reply {
        outcome.replayed += u64::from(reply.header("idempotency-replayed").is_some());
        if let Some(first) = answered.filter(|first| first.text != reply.text) {
            findings.push(format!("{command:?}: two answers: {} {}", first.text, reply.text));
        }
        findings.extend(ready.findings(&stage.app, &reply).await);
    } else {
        findings.push(format!("{command:?}: never answered"));
    }
    outcome.findings.extend(findings.into_iter().map(|finding| format!("{cut:?}: {finding}")));
    was_cut
}

/// What is wrong with the first answer: none may say that it failed what was committed, and where only the outcome of a
/// commit is lost, the database tells it.
fn finding_of_first(
    stage: &Stage,
    command: Command,
    cut: Cut,
    (first, committed): (Option<&Reply>, bool),
) -> Option<String> {
    let Some(first) = first else {
        return (stage.plan.line == Line::Database).then(|| format!("{command:?}: not answered at all"));
    };
    let not_yet = first.status == 503 || is_in_progress(first);
    let told = format!("{command:?}: told {} {}", first.status, first.text);
    if first.status == command.expected() {
        None
    } else if !not_yet {
        Some(told)
    } else {
        let lost = matches!(cut.place, Place::Commit(_)) && committed;
        lost.then(|| format!("{told}, though it is committed"))
    }
}

pub(super) fn address_of(base: &str) -> SocketAddr {
    base.trim_start_matches("http://").parse().expect("the base names an address")
}
