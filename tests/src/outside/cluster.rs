//! A PostgreSQL server of the test's own, which can be set and started again as the test wants it.
//!
//! It needs the server's programs on this machine. Where they are missing the test fails, and says so: a server that is
//! somebody else's cannot be stopped.

use std::fs::OpenOptions;
use std::io::Write;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use countersign_service::entropy;
use tempfile::TempDir;

/// Where Debian keeps the programs of its servers, a folder for each version.
const INSTALLED: &str = "/usr/lib/postgresql";
/// Who a server is run as where the test is root: PostgreSQL refuses that.
const UNPRIVILEGED: &str = "postgres";
/// What every cluster is set to. `fsync` stays on: what was acknowledged must be there.
const SETTINGS: &str = "listen_addresses = '127.0.0.1'\nmax_connections = 100\nshared_buffers = 32MB\njit = off\n\
     checkpoint_timeout = 30min\n";

/// Ports below those that the kernel gives to who asks for any: the first, and how many.
const GIVEN_TO_NOBODY: (u16, u16) = (20_000, 12_000);

/// How a server is stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// As a crash does: at once; what was written is recovered at the start.
    Immediate,
    /// In order, and without waiting for anybody: what is under way is rolled back.
    Fast,
}

/// A running server; it ends, and its files are gone, when it is dropped.
#[derive(Debug)]
pub struct Cluster {
    programs: PathBuf,
    folder: TempDir,
    port: u16,
}

impl Cluster {
    /// Starts one, with lines of settings of its own.
    pub fn start(settings: &str) -> Self {
        // Not under TMPDIR: the path of a socket is short, and another user must be able to enter.
        let folder = tempfile::Builder::new().prefix("countersign-pg-").tempdir_in("/tmp");
        let cluster =
            Self { programs: programs(), folder: folder.expect("a folder can be made"), port: free_port() };
        cluster.give_away();
        let data = cluster.data();
        let made = cluster.run(
            "initdb",
            &["-D", &data, "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync"],
        );
        assert!(made.status.success(), "initdb failed: {}", String::from_utf8_lossy(&made.stderr));
        cluster.set(SETTINGS);
        cluster.set(&format!(
            "port = {}\nunix_socket_directories = '{}'\n",
            cluster.port,
            cluster.path().display()
        ));
        cluster.set(settings);
        cluster.begin();
        cluster
    }

    /// Where its superuser signs in, who needs no password.
    pub fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    /// The port that it listens on, on this machine.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Adds lines to its settings, for its next start.
    pub fn set(&self, settings: &str) {
        self.append("postgresql.conf", settings);
    }

    /// Says who may sign in, from its next start on: lines in place of those that let everybody in.
    pub fn let_in(&self, lines: &str) {
        std::fs::write(Path::new(&self.data()).join("pg_hba.conf"), lines).expect("its files can be written");
    }

    /// Copies a file to where the server can read it, and nobody else; its name there.
    pub fn adopt(&self, file: &Path) -> PathBuf {
        let name = file.file_name().expect("a file has a name");
        let adopted = self.path().join(name);
        std::fs::copy(file, &adopted).expect("a file can be copied");
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        std::fs::set_permissions(&adopted, mode).expect("its rights can be set");
        self.give_away();
        adopted
    }

    /// Stops it, and starts it again.
    pub fn restart(&self, stop: Stop) {
        self.stop(stop);
        self.begin();
    }

    /// Stops it.
    pub fn stop(&self, stop: Stop) {
        let mode = match stop {
            Stop::Immediate => "immediate",
            Stop::Fast => "fast",
        };
        let stopped = self.run("pg_ctl", &["stop", "-D", &self.data(), "-m", mode, "-w", "-s"]);
        assert!(stopped.status.success(), "the server did not stop: {}", self.logged());
    }

    /// Starts it again.
    pub fn begin(&self) {
        let log = self.log();
        let started = self.run("pg_ctl", &["start", "-D", &self.data(), "-w", "-s", "-l", &log]);
        assert!(started.status.success(), "the server did not start: {}", self.logged());
    }

    /// Runs one of the server's programs as who owns the cluster.
    fn run(&self, program: &str, arguments: &[&str]) -> Output {
        let program = self.programs.join(program);
        let mut command = if is_root() {
            let mut command = Command::new("runuser");
            command.args(["-u", UNPRIVILEGED, "--"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        // The server that it leaves behind must not keep the test's own output open.
        let errors = self.path().join("errors");
        let file = OpenOptions::new().create(true).append(true).open(&errors).expect("a file can be written");
        command.args(arguments).current_dir(self.path());
        let status = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(file).status();
        let status = status.expect("the server's programs can be started");
        Output { status, stdout: Vec::new(), stderr: std::fs::read(errors).unwrap_or_default() }
    }

    fn append(&self, file: &str, lines: &str) {
        let path = Path::new(&self.data()).join(file);
        let mut file = OpenOptions::new().append(true).open(path).expect("its files can be opened");
        writeln!(file, "{lines}").expect("its files can be written");
    }

    fn give_away(&self) {
        if is_root() {
            let owner = Command::new("chown").args(["-R", UNPRIVILEGED]).arg(self.path()).status();
            assert!(owner.is_ok_and(|ended| ended.success()), "{UNPRIVILEGED} is no user here");
        }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn data(&self) -> String {
        self.path().join("data").display().to_string()
    }

    fn log(&self) -> String {
        self.path().join("server.log").display().to_string()
    }

    fn logged(&self) -> String {
        std::fs::read_to_string(self.log()).unwrap_or_default()
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.run("pg_ctl", &["stop", "-D", &self.data(), "-m", "immediate", "-w", "-s"]);
    }
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// The newest server that is installed.
fn programs() -> PathBuf {
    let versions = std::fs::read_dir(INSTALLED).into_iter().flatten().flatten();
    let version = |path: &PathBuf| path.file_name()?.to_str()?.parse::<u32>().ok();
    let newest = versions
        .map(|entry| entry.path())
        .filter(|path| path.join("bin/initdb").exists())
        .max_by_key(version);
    let elsewhere = || {
        let path = std::env::var_os("PATH").unwrap_or_default();
        std::env::split_paths(&path).find(|folder| folder.join("initdb").exists())
    };
    newest.map(|path| path.join("bin")).or_else(elsewhere).unwrap_or_else(|| {
        panic!("there is no PostgreSQL server to start here: this test needs `initdb` (package postgresql), whatever \
                server the others use; leave it out with `scripts/test -- --skip own_server`")
    })
}

/// A port that nobody has; nobody is given it by the kernel either, while the server is made or stopped.
fn free_port() -> u16 {
    let (first, many) = GIVEN_TO_NOBODY;
    loop {
        let port = first + u16::from_le_bytes(entropy::bytes()) % many;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}
