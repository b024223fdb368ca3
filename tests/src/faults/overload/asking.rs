//! Somebody who asks all the while whether the service lives: at times that were fixed before, so that an answer which is
//! late delays no question, and is measured from when it was due.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use tokio::runtime::Builder;
use tokio::task::JoinSet;
use tokio::time::sleep_until;

use super::wire;

/// How often it is asked on the connection that is kept.
const ASKS_EVERY: Duration = Duration::from_millis(20);
/// On which of these questions somebody else asks on a connection of their own.
const FRESH_EVERY: u32 = 5;

/// Who is asked, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Line {
    /// The API, on a connection that was there before the crowd.
    Api,
    /// The operators' listener, likewise.
    Operators,
    /// The API, on a connection of its own for each question: what is refused is an answer too.
    FreshApi,
    /// The operators' listener, likewise.
    FreshOperators,
}

/// A question, and what came of it.
#[derive(Debug, Clone, Copy)]
pub struct Asked {
    /// Who was asked.
    pub line: Line,
    /// When it was due.
    pub due: Instant,
    /// How long after that it was answered; none where it was not.
    pub took: Option<Duration>,
}

/// How soon answers have to come.
#[derive(Debug, Clone, Copy)]
pub struct Soon {
    /// 99 of 100.
    pub most: Duration,
    /// Each of them.
    pub all: Duration,
}

/// Every question that counts.
#[derive(Debug, Default)]
pub struct Answers(Vec<Asked>);

impl Answers {
    /// Keeps what was asked until a moment: later there was nothing to do.
    pub(super) fn keep(&mut self, asked: Vec<Asked>, from: Instant, until: Instant) {
        self.0.extend(asked.into_iter().filter(|asked| (from..until).contains(&asked.due)));
    }

    /// How long answers on a line took, sorted, and how many never came.
    pub fn on(&self, line: Line) -> (Vec<Duration>, usize) {
        let of_line = || self.0.iter().filter(|asked| asked.line == line);
        let mut took: Vec<_> = of_line().filter_map(|asked| asked.took).collect();
        took.sort_unstable();
        (took, of_line().filter(|asked| asked.took.is_none()).count())
    }

    /// What must not be on a line.
    pub(super) fn findings(&self, line: Line, soon: Soon) -> Vec<String> {
        let (took, unanswered) = self.on(line);
        let (ninety_nine, all) = (part(&took, 99), part(&took, 100));
        let mut findings = Vec::new();
        let mut check = |is_so: bool, told: String| findings.extend(is_so.then_some(told));
        check(unanswered > 0 || took.is_empty(), format!("{line:?}: {unanswered} questions unanswered"));
        check(ninety_nine > soon.most, format!("{line:?}: alive only after {ninety_nine:?}"));
        check(all > soon.all, format!("{line:?}: once alive after {all:?}"));
        findings
    }
}

/// The time within which so many of a hundred were answered.
fn part(sorted: &[Duration], hundredths: usize) -> Duration {
    sorted.get((sorted.len() * hundredths / 100).saturating_sub(1)).copied().unwrap_or_default()
}

impl fmt::Display for Answers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in [Line::Api, Line::Operators, Line::FreshApi, Line::FreshOperators] {
            let (took, unanswered) = self.on(line);
            let [half, ninety_nine, most] = [50, 99, 100].map(|hundredths| part(&took, hundredths));
            write!(f, "alive on {line:?} {} times: half within {half:?}, ", took.len())?;
            writeln!(f, "99 of 100 within {ninety_nine:?}, all within {most:?}; {unanswered} unanswered")?;
        }
        Ok(())
    }
}

/// Asks until it is over, from a thread apart, so that the crowd's own queues are not measured.
pub(super) fn ask(address: SocketAddr, lines: [Line; 2], over: Arc<AtomicBool>) -> JoinHandle<Vec<Asked>> {
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime can be made");
    thread::spawn(move || runtime.block_on(ask_until(address, lines, over)))
}

async fn ask_until(address: SocketAddr, [kept, fresh]: [Line; 2], over: Arc<AtomicBool>) -> Vec<Asked> {
    let mut socket = wire::connect(Ipv4Addr::LOCALHOST, address).await.expect("it listens");
    let begun = Instant::now();
    let (mut asked, mut others) = (Vec::new(), JoinSet::new());
    for number in 0.. {
        let due = begun + ASKS_EVERY * number;
        sleep_until(due.into()).await;
        if over.load(Ordering::Relaxed) {
            break;
        }
        if number % FRESH_EVERY == 0 {
            others.spawn(ask_once(address, fresh, due));
        }
        let answered = wire::lives(&mut socket).await.is_ok();
        asked.push(Asked { line: kept, due, took: answered.then(|| due.elapsed()) });
        if !answered {
            break;
        }
    }
    asked.extend(others.join_all().await);
    asked
}

async fn ask_once(address: SocketAddr, line: Line, due: Instant) -> Asked {
    let heard = match wire::connect(Ipv4Addr::LOCALHOST, address).await {
        Ok(socket) => wire::ask(socket, wire::LIVES_ONCE).await,
        Err(_) => String::new(),
    };
    let is_answer = heard.starts_with("HTTP/1.1 200 ") || heard.starts_with("HTTP/1.1 503 ");
    Asked { line, due, took: is_answer.then(|| due.elapsed()) }
}
