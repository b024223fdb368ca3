//! A server is killed between the commit of a command and its reply; the next one is asked the same again.
//!
//! The server is let run for moments only; between them it stands still, and the database is looked at. As soon as what it
//! committed can be seen it is killed, at most a moment behind the commit. What it wrote in that moment is dropped.

use std::fs;
use std::path::Path;
use std::process::{self, Stdio};
use std::time::{Duration, Instant};

use countersign_service::clock::Clock;
use reqwest::Client;
use rustix::process::{Pid, Signal, kill_process};
use sqlx::Connection;
use sqlx::postgres::PgConnection;
use sqlx::sqlite::SqliteConnection;
use tempfile::TempDir;

use super::command::{Command, Ready};
use super::proxy::{Cut, Place, Proxy, Side};
use super::run::{address_of, client, insist};
use crate::app::{OLD_KEY, Reply, Setup, TestApp};
use crate::process::binary::countersign;
use crate::process::server::Server;

/// How long the server runs between two looks, at first; where the machine has no time for it meanwhile, longer and longer.
const MOMENT: Duration = Duration::from_micros(50);
/// By what part of the time that has passed a moment grows.
const GROWS_BY: u32 = 2_000;
/// How long it may take until it commits.
const COMMITS_WITHIN: Duration = Duration::from_secs(60);
/// How often a server is killed, where its reply was faster.
const TRIES: usize = 4;
/// Where people reach both servers.
const ISSUER: &str = "http://127.0.0.1";
/// What was committed so far.
const EVENTS: &str = "SELECT count(*) FROM events";
/// The key that the request carries.
const KEY: &str = "a-key-that-outlives-a-server";

/// Whether a server can be killed behind a command here: of a code that is asked for again only the clock decides when it may
/// be, and the two servers have two.
pub fn can_lose_its_server(command: Command) -> bool {
    command != Command::RequestChallenge
}

/// What came of a server that was killed behind a commit, once the next one has answered.
#[derive(Debug, Default)]
pub struct Crashed {
    /// Whether it had not written its reply yet.
    pub before_reply: bool,
    /// What is not as it must be.
    pub findings: Vec<String>,
}

/// Kills a server behind the commit of a command; another one where it had written its reply already, a few times.
pub async fn crash(command: Command) -> Crashed {
    let mut crashed = Crashed::default();
    for _ in 0..TRIES {
        let Crashed { before_reply, findings } = crash_once(command).await;
        crashed.before_reply = before_reply;
        crashed.findings.extend(findings);
        if before_reply {
            break;
        }
    }
    crashed
}

async fn crash_once(command: Command) -> Crashed {
    let app = TestApp::in_real_time(Setup { issuer: ISSUER, ..Setup::default() }).await;
    let ready = Ready::of(command, &app).await;
    app.settled().await;
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let mut doomed = server_beside(&app, &folder).await;
    let base = doomed.address().borrow().clone().expect("the server is up");
    let proxy = Proxy::before(address_of(&base)).await;
    proxy.arm(Some(Cut { place: Place::Step(1), side: Side::Before }));
    let through_proxy = format!("http://{}", proxy.address);
    let client = client();
    let (lost, ()) =
        tokio::join!(ask(&ready, &client, &through_proxy), kill_behind_commit(&mut doomed, &app));
    let before_reply = !proxy.disarm().cut;
    forget_begun_messages(&app.mailbox_folder());
    // The clock of the next server stood still meanwhile.
    app.advance(app.now().until(Clock::System.now()));
    let mut findings = Vec::new();
    if let Some(lost) = lost {
        findings.push(format!("{command:?}: a reply arrived: {}", lost.text));
    }
    let reply = insist(&app, async || ask(&ready, &client, &app.base).await).await;
    let Some(reply) = reply else {
        findings.push(format!("{command:?}: never answered"));
        return Crashed { before_reply, findings };
    };
    findings.extend(ready.findings(&app, &reply).await);
    // A verification's reply is written behind its commits; who gives a sign-in up has no key.
    let kept = !matches!(command, Command::Verify | Command::Cancel);
    if kept && reply.header("idempotency-replayed").is_none() {
        findings.push(format!("{command:?}: done again: {}", reply.text));
    }
    Crashed { before_reply, findings }
}

async fn ask(ready: &Ready, client: &Client, base: &str) -> Option<Reply> {
    Reply::try_read(ready.send(client, base, Some(KEY)).await.ok()?).await
}

/// A process that serves what the app serves.
async fn server_beside(app: &TestApp, folder: &TempDir) -> Server {
    let folder: &Path = folder.path();
    let mut command = process::Command::new(countersign());
    command
        .env_clear()
        .env("COUNTERSIGN_DATABASE_URL", app.database().url())
        .env("COUNTERSIGN_DATA_DIR", folder.join("data"))
        .env("COUNTERSIGN_LISTEN", "127.0.0.1:0")
        .env("COUNTERSIGN_OPS_LISTEN", "127.0.0.1:0")
        .env("COUNTERSIGN_PUBLIC_URL", ISSUER)
        .env("COUNTERSIGN_MAIL", format!("dir:{}", app.mailbox_folder().display()))
        .env("COUNTERSIGN_SECRET_KEY", OLD_KEY)
        .args(["serve", "--dev"])
        .current_dir(folder)
        .stdin(Stdio::null());
    let mut server = Server::of(command, folder.join("server.log"));
    server.start().await;
    server
}

async fn kill_behind_commit(server: &mut Server, app: &TestApp) {
    let mut look = Look::at(app).await;
    let before = look.events().await.expect("events can be counted while nobody stands still");
    let pid = i32::try_from(server.id()).ok().and_then(Pid::from_raw).expect("a process has an id");
    let began = Instant::now();
    while look.events().await.is_none_or(|events| events == before) {
        assert!(began.elapsed() < COMMITS_WITHIN, "the server committed nothing");
        kill_process(pid, Signal::CONT).expect("it can be let run");
        std::thread::sleep(MOMENT + began.elapsed() / GROWS_BY);
        kill_process(pid, Signal::STOP).expect("it can be stopped");
    }
    server.kill();
}

/// What a killed server was about to write is no message yet, and stays under its temporary name for ever.
fn forget_begun_messages(mailbox: &Path) {
    let files = fs::read_dir(mailbox).expect("the mailbox can be read");
    let paths = files.map(|file| file.expect("a file has a name").path());
    for path in paths.filter(|path| path.extension().is_some_and(|extension| extension == "tmp")) {
        fs::remove_file(path).expect("what nobody writes any more can be removed");
    }
}

/// A connection of its own: a look must not take long.
enum Look {
    Postgres(PgConnection),
    Sqlite(SqliteConnection),
}

impl Look {
    async fn at(app: &TestApp) -> Self {
        let url = app.database().url();
        if app.database().is_postgres() {
            Self::Postgres(PgConnection::connect(url).await.expect("the database can be reached"))
        } else {
            Self::Sqlite(SqliteConnection::connect(url).await.expect("the database can be opened"))
        }
    }

    /// What was committed; nothing where a server that has the file open stands still at a moment in which nobody can tell.
    async fn events(&mut self) -> Option<i64> {
        match self {
            Self::Postgres(connection) => {
                Some(sqlx::query_scalar(EVENTS).fetch_one(connection).await.expect("events can be counted"))
            }
            Self::Sqlite(connection) => sqlx::query_scalar(EVENTS).fetch_one(connection).await.ok(),
        }
    }
}
