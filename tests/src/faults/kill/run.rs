//! The kills, and the end: everybody still gets in, the sweep finishes what was left, and the rules hold.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::unbounded_channel;

use super::closer::close_accounts;
use super::load::{Load, Resident};
use super::rules::History;
use super::{Promises, Report, below};
use crate::faults::search::{Needles, Places};
use crate::process::api::Journal;
use crate::process::eventually;
use crate::process::facts::Facts;
use crate::process::installation::Installation;
use crate::process::server::Server;

/// How long the sweep has: it begins after 30 seconds, and looks every five.
const SWEPT_WITHIN: Duration = Duration::from_secs(90);
/// How long a server lives after its first reply, at most.
const LIVES_AT_MOST: Duration = Duration::from_millis(1_500);
/// How long a server may take to its first reply.
const BUSY_WITHIN: Duration = Duration::from_secs(60);

/// How much is killed, and who is told of each.
#[derive(Debug, Clone, Copy)]
pub struct Kills {
    /// How often a server is killed.
    pub count: usize,
    /// Who is told of each.
    pub progress: fn(usize),
}

/// Kills a busy server, over and over, and says what came of it.
pub async fn kill(kills: Kills) -> Report {
    let installation = Arc::new(Installation::new().await);
    let journal = Journal::default();
    let mut server = installation.serve().await;
    let (left, leaving) = unbounded_channel();
    let operator = close_accounts(Arc::clone(&installation), leaving);
    let load = Load::on(&installation, &server, &journal, &left);
    for killed in 1..=kills.count {
        is_busy(&journal).await;
        tokio::time::sleep(random(LIVES_AT_MOST)).await;
        server.kill();
        server.start().await;
        (kills.progress)(killed);
    }
    let residents = load.stop().await;
    drop(left);
    let closed = operator.await.expect("nobody panics who closes accounts");
    let locked_out = locked_out(residents).await;
    let unfinished = end(&installation, &mut server).await;
    let mut report = Report::of(kills.count, &history(&installation, &journal, &closed).await);
    report.findings.extend(locked_out);
    report.findings.extend(unfinished);
    report.findings.extend(left_lying_about(&installation, &journal).await);
    report
}

/// A server that is killed before it answered anybody shows nothing.
async fn is_busy(journal: &Journal) {
    let before = journal.replies();
    let busy = eventually(BUSY_WITHIN, || std::future::ready((journal.replies() > before).then_some(())));
    busy.await.expect("the server has something to do");
}

/// Whoever has an account gets in, whatever they lost on the way: with the backup code that they hold.
async fn locked_out(residents: Vec<Resident>) -> Vec<String> {
    let mut locked_out = Vec::new();
    for resident in residents {
        if let Err(unmet) = resident.get_in().await {
            locked_out.push(format!("somebody does not get in any more: {unmet}"));
        }
    }
    locked_out
}

/// Waits for the sweep, and stops the server. What is not as it must be then.
async fn end(installation: &Installation, server: &mut Server) -> Vec<String> {
    let left = "SELECT aggregate_id FROM follow_ups";
    let swept = eventually(SWEPT_WITHIN, || async {
        installation.database().texts(left).await.is_empty().then_some(())
    });
    let unfinished = swept.await.is_none().then(|| "the sweep left work undone".to_owned());
    let stopped = server.stop().await;
    let failed = (!stopped.status.success()).then(|| format!("the server ended with {}", stopped.status));
    unfinished.into_iter().chain(failed).collect()
}

async fn history(installation: &Installation, journal: &Journal, closed: &[String]) -> History {
    let mut promises = Promises::of(&journal.exchanges());
    for account in closed {
        promises.add("account.closed", "stream", account);
    }
    let facts = Facts::of(installation.database()).await;
    History { facts, mails: installation.mailbox().mails(), promises }
}

/// Whatever of a person, and whatever secret, the run left in the database or in a log.
async fn left_lying_about(installation: &Installation, journal: &Journal) -> Vec<String> {
    let needles = Needles::of(installation, &journal.exchanges());
    let found = Places::of(installation).await.search(&needles);
    found.iter().map(|finding| format!("found where nothing may be: {finding}")).collect()
}

fn random(most: Duration) -> Duration {
    Duration::from_micros(below(u64::try_from(most.as_micros()).unwrap_or(u64::MAX)))
}
