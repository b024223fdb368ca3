//! One `countersign serve`: started, killed, told to stop, started again.

use std::fs::{self, File, OpenOptions};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use reqwest::Client;
use tokio::sync::watch;

use super::eventually;

/// How long a server may take until it serves; there may be much else to do on the machine.
const READY_WITHIN: Duration = Duration::from_secs(30);
/// How long a server that was told to stop is waited for: longer than it is allowed.
const STOPS_WITHIN: Duration = Duration::from_secs(20);
/// What stands before the address in the line that says where it serves.
const SERVES_ON: [&str; 2] = ["countersign serves for development on ", "countersign serves on "];
/// What stands before that of its operators.
const OPERATORS_ON: &str = "operators  ";

/// Parts of a second that the kernel counts processor time in.
const TICKS_A_SECOND: f64 = 100.0;

/// A server, which may be down at times.
#[derive(Debug)]
pub struct Server {
    command: Command,
    log: PathBuf,
    http: Client,
    child: Option<Child>,
    address: watch::Sender<Option<String>>,
}

/// How a server ended that was told to stop.
#[derive(Debug)]
pub struct Stopped {
    /// What it said at its end.
    pub status: ExitStatus,
    /// How long it took.
    pub took: Duration,
}

impl Server {
    pub(crate) fn of(command: Command, log: PathBuf) -> Self {
        Self { command, log, http: super::api::http(), child: None, address: watch::Sender::new(None) }
    }

    /// Starts it, and waits until it answers.
    pub async fn start(&mut self) {
        assert!(self.child.is_none(), "a server is started once at a time");
        let written = fs::metadata(&self.log).map_or(0, |log| log.len());
        let log = append_to(&self.log);
        self.command.stdout(Stdio::null()).stderr(log);
        self.child = Some(self.command.spawn().expect("the program can be started"));
        let address = eventually(READY_WITHIN, || std::future::ready(self.find_address(written))).await;
        let address = address.unwrap_or_else(|| panic!("no server in time:\n{}", self.logged()));
        eventually(READY_WITHIN, || answers(&self.http, &address))
            .await
            .expect("a server that serves answers");
        self.address.send_replace(Some(address));
    }

    /// Ends it as a crash of the machine does: at once, wherever it is.
    pub fn kill(&mut self) {
        self.address.send_replace(None);
        if let Some(mut child) = self.child.take() {
            child.kill().expect("a child can be killed");
            child.wait().expect("a killed child ends");
        }
    }

    /// Tells it to stop (SIGTERM), and waits until it has.
    pub async fn stop(&mut self) -> Stopped {
        let mut child = self.child.take().expect("only a running server can be stopped");
        let told = Instant::now();
        let pid = child.id().to_string();
        let kill = Command::new("kill").args(["-TERM", &pid]).status().expect("there is a command `kill`");
        assert!(kill.success(), "the signal was not sent");
        let ended = eventually(STOPS_WITHIN, || {
            std::future::ready(child.try_wait().expect("a child can be waited for"))
        });
        let status = ended.await;
        self.address.send_replace(None);
        if status.is_none() {
            child.kill().expect("a child can be killed");
            child.wait().expect("a killed child ends");
        }
        Stopped { status: status.expect("the server stops"), took: told.elapsed() }
    }

    /// The id of its process.
    pub(crate) fn id(&self) -> u32 {
        self.child.as_ref().expect("the server runs").id()
    }

    /// Where it answers, once it does.
    pub fn address(&self) -> watch::Receiver<Option<String>> {
        self.address.subscribe()
    }

    /// Where its operators' addresses are: `http://…`.
    pub fn operations(&self) -> String {
        let logged = self.logged();
        let operators = |line: String| line.trim_start().strip_prefix(OPERATORS_ON).map(str::to_owned);
        let told = logged.lines().rev().map(said).find_map(operators);
        told.expect("a server says where its operators' addresses are")
    }

    /// The most memory that it ever had since its start, in MiB.
    pub fn peak_memory(&self) -> u64 {
        let pid = self.child.as_ref().expect("the server runs").id();
        let status =
            fs::read_to_string(format!("/proc/{pid}/status")).expect("the kernel tells of a process");
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB"));
        peak.and_then(|kib| kib.parse::<u64>().ok()).expect("the kernel tells how much memory it has") / 1024
    }

    /// What a metric is at, as its operators' address tells.
    pub async fn measured(&self, metric: &str) -> u64 {
        let told = self.http.get(format!("{}/metrics", self.operations())).send().await;
        let text = told.expect("operators are answered").text().await.expect("operators are answered");
        let value = text.lines().find_map(|line| line.strip_prefix(metric)?.strip_prefix(' '));
        value.and_then(|value| value.parse().ok()).unwrap_or_else(|| panic!("no {metric} in {text}"))
    }

    /// The processor time that it took so far, in seconds.
    pub fn processor_seconds(&self) -> f64 {
        let pid = self.child.as_ref().expect("the server runs").id();
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).expect("the kernel tells of a process");
        // Behind its name: user and system time are the twelfth and the thirteenth.
        let fields = stat.rsplit_once(')').map(|(_, fields)| fields).unwrap_or_default();
        let ticks = fields.split_whitespace().skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok());
        ticks.sum::<f64>() / TICKS_A_SECOND
    }

    pub(super) fn http(&self) -> &Client {
        &self.http
    }

    /// What it logged so far, over all its lives.
    pub fn logged(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Finds the address in what was logged since this start.
    fn find_address(&self, written: u64) -> Option<String> {
        let logged = self.logged();
        let since = logged.get(usize::try_from(written).ok()?..)?;
        let lines = since.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n')).map(said);
        let mut addresses = lines.filter_map(|line| {
            SERVES_ON.iter().find_map(|before| line.strip_prefix(before)).map(str::to_owned)
        });
        addresses.next()
    }
}

/// What a line says, also where the log is JSON.
fn said(line: &str) -> String {
    let read = serde_json::from_str::<serde_json::Value>(line).ok();
    let message = read.as_ref().and_then(|line| line.get("message")?.as_str());
    message.unwrap_or(line).to_owned()
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

fn append_to(path: &Path) -> File {
    OpenOptions::new().create(true).append(true).open(path).expect("a log can be written")
}

async fn answers(http: &Client, address: &str) -> Option<()> {
    let reply = http.get(format!("{address}/healthz")).send().await.ok()?;
    reply.status().is_success().then_some(())
}
