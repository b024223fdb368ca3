//! What the servers of one database share: the database, the key, the mailbox.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use countersign_service::entropy;
use countersign_service::keys::Keys;
use countersign_stores::{EventStore, Keyring};
use tempfile::TempDir;

use super::api::{Api, Journal};
use super::binary::countersign;
use super::mailbox::Mailbox;
use super::person::Person;
use super::server::Server;
use crate::database::TestDatabase;

/// The file whose time says when an installation was made.
const BEGAN: &str = "began";
/// The setting that is the keyring, and its file in the data directory.
const KEY: &str = "COUNTERSIGN_SECRET_KEY";
const KEY_FILE: &str = "secret.key";
/// What the servers log unless a test asks for more.
const LOGGED: &str = "info,sqlx=warn";

/// A database, a key, a mailbox, and a folder for what the servers write; gone when it is dropped.
#[derive(Debug)]
pub struct Installation {
    database: TestDatabase,
    folder: TempDir,
    secret_key: String,
    mailbox: Arc<Mailbox>,
    logged: &'static str,
    mail: String,
    /// What the program is told beside that; an empty value takes something back.
    told: Vec<(&'static str, String)>,
    servers: AtomicUsize,
}

impl Installation {
    /// A new one, with nothing in it.
    pub async fn new() -> Self {
        Self::over(TestDatabase::new().await)
    }

    /// A new one over a database that is there.
    pub fn over(database: TestDatabase) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        fs::write(folder.path().join(BEGAN), "").expect("a file can be written");
        let mailbox = folder.path().join("mailbox");
        Self {
            database,
            mail: format!("dir:{}", mailbox.display()),
            mailbox: Arc::new(Mailbox::in_folder(mailbox)),
            folder,
            secret_key: STANDARD.encode(entropy::bytes::<32>()),
            logged: LOGGED,
            told: Vec::new(),
            servers: AtomicUsize::new(0),
        }
    }

    /// The same, with other things logged.
    #[must_use]
    pub fn logging(self, logged: &'static str) -> Self {
        Self { logged, ..self }
    }

    /// The same, whose messages go to a relay; one that writes what it takes to the mailbox is a mailbox.
    #[must_use]
    pub fn mailing_to(self, url: String) -> Self {
        Self { mail: url, ..self }
    }

    /// The same, told one thing more.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: &str) -> Self {
        self.tell(name, value);
        self
    }

    /// Tells what starts from now on one thing more, or another.
    pub fn tell(&mut self, name: &'static str, value: &str) {
        self.told.push((name, value.to_owned()));
    }

    /// The same, whose keyring is a file in the data directory.
    #[must_use]
    pub fn with_key_in_file(self) -> Self {
        let folder = self.data_folder();
        fs::create_dir_all(&folder).expect("a folder can be made");
        fs::write(folder.join(KEY_FILE), format!("{}\n", self.secret_key)).expect("a file can be written");
        self.with(KEY, "")
    }

    /// The database.
    pub fn database(&self) -> &TestDatabase {
        &self.database
    }

    /// The messages that were sent.
    pub fn mailbox(&self) -> &Arc<Mailbox> {
        &self.mailbox
    }

    /// The secret that every key comes from.
    pub fn secret_key(&self) -> &str {
        &self.secret_key
    }

    /// The folder with the servers' logs, and with the mailbox.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The service's data directory.
    pub fn data_folder(&self) -> PathBuf {
        self.folder().join("data")
    }

    /// When it was made.
    pub fn began(&self) -> SystemTime {
        let began = fs::metadata(self.folder().join(BEGAN)).and_then(|began| began.modified());
        began.expect("the mark of the beginning is there")
    }

    /// The logs of all servers so far.
    pub fn logs(&self) -> Vec<PathBuf> {
        (0..self.servers.load(Ordering::Relaxed)).map(|number| self.log(number)).collect()
    }

    /// A server of this installation, serving for development.
    pub async fn serve(&self) -> Server {
        self.serve_with(&["--dev"]).await
    }

    /// A server of this installation, serving those who have keys.
    pub async fn serve_for_keys(&self) -> Server {
        self.serve_with(&[]).await
    }

    /// The key of a new client with a role.
    pub async fn add_client(&self, role: &str) -> String {
        let added = self.operate(&["client", "add", "--role", role, &format!("a new {role}")]).await;
        assert!(added.status.success(), "{}", String::from_utf8_lossy(&added.stderr));
        String::from_utf8_lossy(&added.stdout).trim().to_owned()
    }

    async fn serve_with(&self, flags: &[&str]) -> Server {
        let number = self.servers.fetch_add(1, Ordering::Relaxed);
        let mut command = self.command();
        command.arg("serve").args(flags);
        let mut server = Server::of(command, self.log(number));
        server.start().await;
        server
    }

    /// Somebody new, who talks to a server.
    pub fn person(&self, server: &Server) -> Person {
        self.person_on_record(server, &Journal::default())
    }

    /// Somebody new, through an app that has a key.
    pub fn person_with_key(&self, server: &Server, key: &str) -> Person {
        let api = Api::of(server, &Journal::default()).with_key(key);
        Person::somebody(api, Arc::clone(&self.mailbox))
    }

    /// The same, with every exchange on record.
    pub fn person_on_record(&self, server: &Server, journal: &Journal) -> Person {
        Person::somebody(Api::of(server, journal), Arc::clone(&self.mailbox))
    }

    /// An operator's command, run to its end.
    pub async fn operate(&self, arguments: &[&str]) -> Output {
        let mut command = self.command();
        command.args(arguments);
        let ended = tokio::task::spawn_blocking(move || command.output()).await;
        ended.expect("nothing panics while a command runs").expect("the program can be started")
    }

    /// An operator's command that is killed after a time, unless it has ended.
    pub async fn operate_and_kill(&self, arguments: &[&str], after: Duration) {
        let mut command = self.command();
        command.args(arguments).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().expect("the program can be started");
        tokio::time::sleep(after).await;
        child.kill().expect("a child can be killed");
        child.wait().expect("a killed child ends");
    }

    /// The program, told where everything is, and nothing else.
    pub fn command(&self) -> Command {
        let folder = self.folder();
        let mut command = Command::new(countersign());
        command
            .env_clear()
            .env("COUNTERSIGN_DATABASE_URL", self.database.url())
            .env("COUNTERSIGN_DATA_DIR", self.data_folder())
            .env("COUNTERSIGN_LISTEN", "127.0.0.1:0")
            .env("COUNTERSIGN_OPS_LISTEN", "127.0.0.1:0")
            .env("COUNTERSIGN_MAIL", &self.mail)
            .env(KEY, &self.secret_key)
            .env("RUST_LOG", self.logged)
            .env("RUST_BACKTRACE", "1")
            .current_dir(folder)
            .stdin(Stdio::null());
        for (name, value) in &self.told {
            if value.is_empty() {
                command.env_remove(name)
            } else {
                command.env(name, value)
            };
        }
        command
    }

    /// The store, as a server sees it.
    pub async fn store(&self) -> EventStore {
        EventStore::new(self.database.connect().await, self.keyring())
    }

    /// The keys, as a server has them.
    pub fn keys(&self) -> Keys {
        Keys::new(self.keyring())
    }

    fn keyring(&self) -> Arc<Keyring> {
        Arc::new(Keyring::parse(&self.secret_key).expect("the key is one"))
    }

    fn log(&self, number: usize) -> PathBuf {
        self.folder().join(format!("server-{number}.log"))
    }
}
