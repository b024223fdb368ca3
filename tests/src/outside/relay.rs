//! A mail relay: `aiosmtpd` in a process of its own, which misbehaves as the recipient's address asks for
//! (`relay.py`).

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use super::certificates::Certified;

/// The variable that names a Python with `aiosmtpd`.
const CHOICE: &str = "COUNTERSIGN_TEST_PYTHON";
/// Where there may be one: the system's, whose packages the system's installer puts, and whatever comes first.
const PYTHONS: [&str; 2] = ["/usr/bin/python3", "python3"];
const RELAY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/outside/relay.py");

/// How a relay is spoken to.
#[derive(Debug, Clone, Copy)]
pub enum Speech<'a> {
    /// Without encryption.
    Plain,
    /// Encrypted from the first byte.
    Encrypted(&'a Certified),
    /// Not a word but STARTTLS; then user `postman` with the password `rings twice` is let in, and nobody else.
    StartTls(&'a Certified),
}

/// A relay; it ends when it is dropped.
#[derive(Debug)]
pub struct Relay {
    /// Where it listens, on this machine.
    pub port: u16,
    child: Child,
    accepted: Arc<Mutex<BTreeMap<String, usize>>>,
    listening: Option<JoinHandle<()>>,
}

impl Relay {
    /// Starts one that writes what it takes to a folder.
    pub fn start(folder: &Path, speech: Speech<'_>) -> Self {
        std::fs::create_dir_all(folder).expect("a folder can be made");
        let mut command = Command::new(python());
        command.arg(RELAY).arg(folder).stdin(Stdio::piped()).stdout(Stdio::piped());
        match speech {
            Speech::Plain => {}
            Speech::Encrypted(by) => drop(command.args([&by.certificate, &by.key]).arg("implicit")),
            Speech::StartTls(by) => drop(command.args([&by.certificate, &by.key]).arg("starttls")),
        }
        let mut child = command.spawn().expect("the relay can be started");
        let mut lines = BufReader::new(child.stdout.take().expect("its output is ours")).lines();
        let first = lines.next().and_then(Result::ok).expect("the relay says where it listens");
        let port = first.strip_prefix("port ").and_then(|port| port.parse().ok());
        let accepted = Arc::new(Mutex::new(BTreeMap::new()));
        let counted = Arc::clone(&accepted);
        let listening = std::thread::spawn(move || {
            for id in lines
                .map_while(Result::ok)
                .filter_map(|line| line.strip_prefix("accepted ").map(str::to_owned))
            {
                *lock(&counted).entry(id).or_default() += 1;
            }
        });
        Self { port: port.expect("the relay has a port"), child, accepted, listening: Some(listening) }
    }

    /// Each message id that was taken, and how often.
    pub fn accepted(&self) -> BTreeMap<String, usize> {
        lock(&self.accepted).clone()
    }

    /// Ends it: every message id that it took, and how often.
    pub fn end(mut self) -> BTreeMap<String, usize> {
        self.kill();
        self.accepted()
    }

    fn kill(&mut self) {
        self.child.kill().expect("a child can be killed");
        self.child.wait().expect("a killed child ends");
        if let Some(listening) = self.listening.take() {
            listening.join().expect("nothing panics that counts");
        }
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        if self.listening.is_some() {
            self.kill();
        }
    }
}

fn lock(accepted: &Mutex<BTreeMap<String, usize>>) -> MutexGuard<'_, BTreeMap<String, usize>> {
    accepted.lock().unwrap_or_else(PoisonError::into_inner)
}

fn python() -> PathBuf {
    if let Some(chosen) = std::env::var_os(CHOICE) {
        return PathBuf::from(chosen);
    }
    let found = PYTHONS.iter().find(|python| has_aiosmtpd(python));
    let found = found.unwrap_or_else(|| {
        panic!(
            "no Python here has aiosmtpd: scripts/test installs it (python3-aiosmtpd); {CHOICE} names another"
        )
    });
    PathBuf::from(found)
}

fn has_aiosmtpd(python: &str) -> bool {
    let mut import = Command::new(OsString::from(python));
    import.args(["-c", "import aiosmtpd"]).stdout(Stdio::null()).stderr(Stdio::null());
    import.status().is_ok_and(|ended| ended.success())
}
