//! The restarts, and the end: everybody came all the way, and everything stands there once.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::task::JoinSet;

use super::check;
use super::client::{Lived, client};
use crate::database::TestDatabase;
use crate::faults::kill::Promises;
use crate::faults::kill::rules::{self, History};
use crate::outside::cluster::{Cluster, Stop};
use crate::process::eventually;
use crate::process::facts::Facts;
use crate::process::installation::Installation;

/// Clients at once.
const CLIENTS: usize = 6;
/// How long the first message after a restart may take.
const BUSY_WITHIN: Duration = Duration::from_secs(90);
/// Messages between two restarts: so many people are somewhere on their way.
const MESSAGES_BETWEEN: usize = 8;
/// How long the sweep and the sequencer have: the sweep begins after 30 seconds, and looks every five.
const FINISHED_WITHIN: Duration = Duration::from_secs(150);

/// What came of it.
#[derive(Debug, Default)]
pub struct Outcome {
    /// How often the server was restarted.
    pub restarts: u64,
    /// People who came all the way.
    pub people: usize,
    /// How often something had to be asked again.
    pub asked_again: usize,
    /// Answers that were those of an earlier attempt.
    pub replayed: usize,
    /// What is not as it must be.
    pub findings: Vec<String>,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { restarts, people, asked_again, replayed, findings } = self;
        let findings = findings.len();
        write!(
            f,
            "{restarts} restarts, {people} people, {asked_again} requests again, {replayed} replies of before, \
             {findings} findings"
        )
    }
}

/// Restarts the server under a busy service, so often: in turn at once and in order.
pub async fn restart(restarts: u64) -> Outcome {
    let cluster = Arc::new(Cluster::start(""));
    let installation = Arc::new(Installation::over(TestDatabase::on(&cluster.url()).await));
    let mut server = installation.serve().await;
    let base = server.address().borrow().clone().expect("a server that serves has an address");
    let stop = Arc::new(AtomicBool::new(false));
    let mut clients = JoinSet::new();
    for _ in 0..CLIENTS {
        clients.spawn(client(Arc::clone(&installation), base.clone(), Arc::clone(&stop)));
    }
    for number in 0..restarts {
        is_busy(&installation).await;
        let how = if number % 2 == 0 { Stop::Immediate } else { Stop::Fast };
        let cluster = Arc::clone(&cluster);
        tokio::task::spawn_blocking(move || cluster.restart(how)).await.expect("the server starts again");
    }
    is_busy(&installation).await;
    stop.store(true, Ordering::Relaxed);
    let lived = clients.join_all().await;
    let mut findings = unfinished(&installation).await;
    if !server.stop().await.status.success() {
        findings.push("the service did not end in order".to_owned());
    }
    outcome(restarts, &installation, lived, findings).await
}

/// Waits until messages have gone out since: people are on their way.
async fn is_busy(installation: &Installation) {
    let mails = || installation.mailbox().mails().len();
    let before = mails();
    let busy = || std::future::ready((mails() >= before + MESSAGES_BETWEEN).then_some(()));
    eventually(BUSY_WITHIN, busy).await.expect("the clients go on");
}

/// What is still to be done when there was time enough to do it.
async fn unfinished(installation: &Installation) -> Vec<String> {
    let mut findings = Vec::new();
    for (what, left) in [
        ("the sweep", "SELECT aggregate_id FROM follow_ups"),
        ("the sequencer", "SELECT aggregate_id FROM events_pending"),
    ] {
        let done = || async { installation.database().texts(left).await.is_empty().then_some(()) };
        if eventually(FINISHED_WITHIN, done).await.is_none() {
            findings.push(format!("{what} left work undone"));
        }
    }
    findings
}

async fn outcome(
    restarts: u64,
    installation: &Installation,
    lived: Vec<Lived>,
    mut findings: Vec<String>,
) -> Outcome {
    let facts = Facts::of(installation.database()).await;
    findings.extend(lived.iter().flat_map(|lived| lived.findings.clone()));
    findings.extend(check::findings(&lived, &facts));
    let exchanges: Vec<_> = lived.iter().flat_map(|lived| lived.exchanges.clone()).collect();
    let promises = Promises::of(&exchanges);
    findings.extend(rules::findings(&History { facts, mails: installation.mailbox().mails(), promises }));
    Outcome {
        restarts,
        people: lived.iter().map(|lived| lived.residents.len()).sum(),
        asked_again: lived.iter().map(|lived| lived.asked_again).sum(),
        replayed: lived.iter().map(|lived| lived.replayed).sum(),
        findings,
    }
}
