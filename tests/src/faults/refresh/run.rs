//! The refreshes themselves, over HTTP.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::json;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use super::Size;
use super::check::{Verdict, check};
use crate::database::TestDatabase;
use crate::faults::race::seed::Seeder;
use crate::process::api::{Api, Journal, Reply};
use crate::process::facts::Facts;
use crate::process::installation::Installation;
use crate::process::server::Server;

/// Families that are refreshed at once.
const FAMILIES_AT_ONCE: usize = 4;
/// Families that are made before they are refreshed.
const BATCH: usize = 250;

/// What everybody was told.
#[derive(Debug, Clone)]
pub struct Refreshes {
    pub(super) size: Size,
    pub(super) families: Vec<Family>,
}

/// A session, and what everybody was told who came with one of its refresh tokens.
#[derive(Debug, Clone)]
pub(super) struct Family {
    pub(super) session: String,
    /// All came with the first token, at once.
    pub(super) first: Vec<Option<Reply>>,
    /// All came with the token that was got for it.
    pub(super) second: Vec<Option<Reply>>,
    /// All came with the first token again.
    pub(super) replayed: Vec<Option<Reply>>,
    /// One came with the newest token afterwards.
    pub(super) last: Option<Reply>,
    /// One came with the newest access token afterwards.
    pub(super) me: Option<Reply>,
}

/// Refreshes each family as it is described at `Family`, spread over the servers.
pub async fn refresh(installation: &Installation, servers: &[Server], size: Size) -> Refreshes {
    let servers: Arc<[Api]> = servers.iter().map(|server| Api::of(server, &Journal::default())).collect();
    let seeder = Seeder::of(installation).await;
    let mut families = Vec::new();
    while families.len() < size.families {
        let mut sessions = VecDeque::new();
        for _ in 0..BATCH.min(size.families - families.len()) {
            sessions.push_back(seeder.session().await);
        }
        families.extend(run(&servers, sessions, size.racers).await);
    }
    Refreshes { size, families }
}

impl Refreshes {
    /// Compares what everybody was told with the events, as they are stored now.
    pub async fn verdict(&self, database: &TestDatabase) -> Verdict {
        check(self, &Facts::of(database).await)
    }
}

async fn run(servers: &Arc<[Api]>, sessions: VecDeque<(String, String)>, racers: usize) -> Vec<Family> {
    let sessions = Arc::new(Mutex::new(sessions));
    let mut lanes = JoinSet::new();
    for _ in 0..FAMILIES_AT_ONCE {
        let (servers, sessions) = (Arc::clone(servers), Arc::clone(&sessions));
        lanes.spawn(async move {
            let mut families = Vec::new();
            while let Some((session, token)) = next(&sessions) {
                families.push(one(&servers, session, &token, racers).await);
            }
            families
        });
    }
    lanes.join_all().await.into_iter().flatten().collect()
}

fn next(sessions: &Mutex<VecDeque<(String, String)>>) -> Option<(String, String)> {
    sessions.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
}

async fn one(servers: &Arc<[Api]>, session: String, token: &str, racers: usize) -> Family {
    let first = at_once(servers, token, racers).await;
    let child = got(&first, "/refresh_token");
    let second = at_once(servers, &child, racers).await;
    let newest = got(&second, "/refresh_token");
    let replayed = at_once(servers, token, racers).await;
    let last = at_once(servers, &newest, 1).await.pop().flatten();
    let me = match servers.first() {
        Some(server) => server.get("/v1/me", &got(&second, "/access_token")).await.ok(),
        None => None,
    };
    Family { session, first, second, replayed, last, me }
}

/// What the first reply that holds one says.
fn got(replies: &[Option<Reply>], pointer: &str) -> String {
    let found = replies.iter().flatten().map(|reply| reply.text(pointer)).find(|text| !text.is_empty());
    found.unwrap_or("none").to_owned()
}

/// So many refreshes with a token, all at the same moment; each at the next server.
async fn at_once(servers: &Arc<[Api]>, token: &str, racers: usize) -> Vec<Option<Reply>> {
    let start = Arc::new(Barrier::new(racers));
    let racers = servers.iter().cycle().take(racers).map(|server| {
        let (start, server, body) = (Arc::clone(&start), server.clone(), json!({ "refresh_token": token }));
        tokio::spawn(async move {
            start.wait().await;
            server.post("/v1/tokens/refresh", "", body).await.ok()
        })
    });
    let mut replies = Vec::new();
    for racer in racers.collect::<Vec<_>>() {
        replies.push(racer.await.expect("a racer does not panic"));
    }
    replies
}
