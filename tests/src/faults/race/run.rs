//! The race itself, over HTTP.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::json;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use super::check::{Verdict, check};
use super::seed::Seeder;
use super::{Contest, Entry, SignIns, Size};
use crate::database::TestDatabase;
use crate::process::api::{Api, Journal, Reply};
use crate::process::facts::Facts;
use crate::process::installation::Installation;
use crate::process::server::Server;

/// Contests that run at once.
const CONTESTS_AT_ONCE: usize = 4;
/// Contests that are made before they run; a sign-in lives for minutes.
const BATCH: usize = 250;

/// A race that was run: what each racer was told.
#[derive(Debug, Clone)]
pub struct Race {
    pub(super) size: Size,
    pub(super) sign_ins: SignIns,
    pub(super) raced: Vec<Raced>,
}

/// A contest, and what each racer was told.
#[derive(Debug, Clone)]
pub(super) struct Raced {
    pub(super) contest: Contest,
    /// The reply to each racer's answer; none where there was no reply.
    pub(super) answers: Vec<Option<Reply>>,
    /// The reply to each racer's confirmation of the code that they were shown.
    pub(super) confirmations: Vec<Option<Reply>>,
}

/// The servers of a race: a SQLite file is for one machine and one server, PostgreSQL for many.
pub async fn servers(installation: &Installation) -> Vec<Server> {
    let mut servers = vec![installation.serve().await];
    if installation.database().is_postgres() {
        servers.push(installation.serve().await);
    }
    servers
}

/// Lets racers answer with the same code at once, spread over the servers; and then everybody who was shown
/// a new code confirm it, at once as well.
pub async fn race(installation: &Installation, servers: &[Server], size: Size, sign_ins: SignIns) -> Race {
    let journal = Journal::default();
    let servers: Arc<[Api]> = servers.iter().map(|server| Api::of(server, &journal)).collect();
    let seeder = Seeder::of(installation).await;
    let mut raced = Vec::new();
    while raced.len() < size.codes {
        let mut contests = VecDeque::new();
        for _ in 0..BATCH.min(size.codes - raced.len()) {
            contests.push_back(seeder.contest(size.racers, sign_ins).await);
        }
        raced.extend(run(&servers, contests).await);
    }
    Race { size, sign_ins, raced }
}

impl Race {
    /// Compares what the racers were told with the events, as they are stored now.
    pub async fn verdict(&self, database: &TestDatabase) -> Verdict {
        check(self, &Facts::of(database).await)
    }
}

async fn run(servers: &Arc<[Api]>, contests: VecDeque<Contest>) -> Vec<Raced> {
    let contests = Arc::new(Mutex::new(contests));
    let mut lanes = JoinSet::new();
    for _ in 0..CONTESTS_AT_ONCE {
        let (servers, contests) = (Arc::clone(servers), Arc::clone(&contests));
        lanes.spawn(async move {
            let mut raced = Vec::new();
            while let Some(contest) = next(&contests) {
                raced.push(one(&servers, contest).await);
            }
            raced
        });
    }
    lanes.join_all().await.into_iter().flatten().collect()
}

fn next(contests: &Mutex<VecDeque<Contest>>) -> Option<Contest> {
    contests.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
}

async fn one(servers: &Arc<[Api]>, contest: Contest) -> Raced {
    let answer = json!({ "factor": "backup_code", "code": contest.code });
    let answers = contest.entries.iter().map(|entry| Some((path(entry, "answers"), answer.clone())));
    let answers = at_once(servers, &contest, answers.collect()).await;
    let confirmations = contest.entries.iter().zip(&answers).map(|(entry, answer)| {
        let shown = answer.as_ref()?.body.pointer("/backup_code/id")?;
        let confirmation = json!({ "backup_code_id": shown, "saved": true });
        Some((path(entry, "backup-code/confirmation"), confirmation))
    });
    let confirmations = at_once(servers, &contest, confirmations.collect()).await;
    Raced { contest, answers, confirmations }
}

fn path(entry: &Entry, what: &str) -> String {
    format!("/v1/sign-ins/{}/{what}", entry.sign_in)
}

/// Sends a request for each entry that has one, all at the same moment; each to the next server.
async fn at_once(
    servers: &Arc<[Api]>,
    contest: &Contest,
    requests: Vec<Option<(String, serde_json::Value)>>,
) -> Vec<Option<Reply>> {
    let start = Arc::new(Barrier::new(requests.len()));
    let racers = requests.into_iter().zip(&contest.entries).zip(servers.iter().cycle());
    let racers = racers.map(|((request, entry), server)| {
        let (start, server, token) = (Arc::clone(&start), server.clone(), entry.token.clone());
        tokio::spawn(async move {
            start.wait().await;
            let (path, body) = request?;
            server.post(&path, &token, body).await.ok()
        })
    });
    let mut replies = Vec::new();
    for racer in racers.collect::<Vec<_>>() {
        replies.push(racer.await.expect("a racer does not panic"));
    }
    replies
}
