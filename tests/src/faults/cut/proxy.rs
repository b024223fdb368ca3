//! A proxy that passes bytes on, and cuts a connection at the step that it is told.
//!
//! A step is what one side has written when it is read: with the protocols that pass here, a request or a part of a reply.
//! A step that asks PostgreSQL to commit is counted by itself as well.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// The most bytes of a step.
const STEP_LARGEST: usize = 64 * 1024;

/// What PostgreSQL is told to commit with, as the driver says it: a query of eleven bytes. (Its answer is another message.)
const COMMIT: &[u8] = b"Q\0\0\0\x0bCOMMIT\0";

/// On which side of a step a connection is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The step never arrives.
    Before,
    /// The step arrives, and nothing behind it.
    After,
}

/// A step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// So many steps come before it.
    Step(u64),
    /// It asks to commit, and so many that do come before it.
    Commit(u64),
}

/// Where a connection is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cut {
    /// The step.
    pub place: Place,
    /// On which side of it.
    pub side: Side,
}

/// What passed since the proxy was armed.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Passed {
    /// Steps.
    pub steps: u64,
    /// Those that ask to commit.
    pub commits: u64,
    /// Whether a connection was cut.
    pub cut: bool,
}

#[derive(Debug, Default)]
struct Plan {
    cut: Option<Cut>,
    passed: Passed,
}

/// What is to be done with a step.
enum Verdict {
    Pass,
    CutBefore,
    CutAfter,
}

/// A proxy on loopback; it ends when it is dropped.
#[derive(Debug)]
pub struct Proxy {
    /// Where it listens.
    pub address: SocketAddr,
    plan: Arc<Mutex<Plan>>,
    listening: JoinHandle<()>,
    lines: CancellationToken,
}

impl Proxy {
    /// Stands before an address.
    pub async fn before(target: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let address = listener.local_addr().expect("a listener has an address");
        let plan = Arc::new(Mutex::new(Plan::default()));
        let shared = Arc::clone(&plan);
        let lines = CancellationToken::new();
        let lines_end = lines.clone();
        let listening = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(carry(client, target, Arc::clone(&shared), lines_end.child_token()));
            }
        });
        Self { address, plan, listening, lines }
    }

    /// Ends every line, and carries no more.
    pub async fn vanish(&mut self) {
        self.listening.abort();
        // It is gone only when it has stopped to listen.
        drop((&mut self.listening).await);
        self.lines.cancel();
    }

    /// Counts from now on, and cuts where it is told.
    pub fn arm(&self, cut: Option<Cut>) {
        *self.plan.lock().unwrap_or_else(PoisonError::into_inner) = Plan { cut, passed: Passed::default() };
    }

    /// What passed so far.
    pub fn passed(&self) -> Passed {
        self.plan.lock().unwrap_or_else(PoisonError::into_inner).passed
    }

    /// Cuts nothing from now on; tells what passed.
    pub fn disarm(&self) -> Passed {
        std::mem::take(&mut *self.plan.lock().unwrap_or_else(PoisonError::into_inner)).passed
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

impl Plan {
    fn step(&mut self, written: &[u8]) -> Verdict {
        let commits = written.windows(COMMIT.len()).any(|part| part == COMMIT);
        let (step, commit) = (Place::Step(self.passed.steps), Place::Commit(self.passed.commits));
        self.passed.steps += 1;
        self.passed.commits += u64::from(commits);
        match self.cut {
            Some(cut) if cut.place == step || commits && cut.place == commit => {
                self.passed.cut = true;
                match cut.side {
                    Side::Before => Verdict::CutBefore,
                    Side::After => Verdict::CutAfter,
                }
            }
            _ => Verdict::Pass,
        }
    }
}

async fn carry(client: TcpStream, target: SocketAddr, plan: Arc<Mutex<Plan>>, end: CancellationToken) {
    let Ok(server) = TcpStream::connect(target).await else { return };
    let ((from_client, to_client), (from_server, to_server)) = (client.into_split(), server.into_split());
    tokio::join!(pass_on(from_client, to_server, &plan, &end), pass_on(from_server, to_client, &plan, &end),);
}

/// Passes on what one side writes until it is done, or the connection is cut.
async fn pass_on(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    plan: &Mutex<Plan>,
    end: &CancellationToken,
) {
    let mut step = vec![0; STEP_LARGEST];
    loop {
        let read = tokio::select! {
            read = from.read(&mut step) => read.unwrap_or(0),
            () = end.cancelled() => 0,
        };
        if read == 0 {
            break;
        }
        let written = step.get(..read).unwrap_or_default();
        let verdict = plan.lock().unwrap_or_else(PoisonError::into_inner).step(written);
        let passed = match verdict {
            Verdict::CutBefore => false,
            Verdict::Pass | Verdict::CutAfter => to.write_all(written).await.is_ok(),
        };
        if !passed || matches!(verdict, Verdict::CutAfter) {
            break;
        }
    }
    end.cancel();
}
