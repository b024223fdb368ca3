//! The settings: one struct, read once, from flags, the environment and a file; all errors together.

mod serving;
mod sources;

use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use countersign_delivery::{Sender, SenderError};
use countersign_stores::{Keyring, Limits};
use url::Url;

pub use serving::{LogForm, ServingSettings};
pub use sources::{Overrides, Sources};

/// Everything that can be set. Each field says its default.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Development mode; default off.
    pub dev: bool,
    /// Whether a database that is set so that acknowledged events can be lost is refused; default off.
    pub strict: bool,
    /// The folder for what is not set elsewhere; default `countersign-data` in this folder.
    pub data_dir: PathBuf,
    /// The database; default `countersign.db` in the data directory.
    pub database_url: String,
    /// How many connections to a server there are, and how long they are waited for; default 20, and 5 seconds.
    pub database_limits: Limits,
    /// Where the API listens; default `127.0.0.1:8080`.
    pub listen: SocketAddr,
    /// Where the operators' addresses listen; default `127.0.0.1:8081`.
    pub ops_listen: SocketAddr,
    /// Where people reach the service; default `http://` and the listening address.
    pub public_url: Url,
    /// Where messages go; default `dir:` and `mailbox` in the data directory.
    pub mail: String,
    /// Who messages come from; default `no-reply@` and the public address's host.
    pub mail_from: String,
    /// The keyring.
    pub secret_key: SecretKey,
    /// Threads that hash passwords; default the number of cores.
    pub hash_threads: usize,
    /// The folder that the ledger's newest signed head is written to; default none.
    pub checkpoint_dir: Option<PathBuf>,
    /// How requests are served, and logged.
    pub serving: ServingSettings,
}

/// Where the keyring comes from.
#[derive(Clone, PartialEq, Eq)]
pub enum SecretKey {
    /// It was given.
    Given(String),
    /// It is in a file of the data directory, which development mode makes.
    InDataDirectory(PathBuf),
}

/// All that is wrong with the settings, by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingsError(Vec<(String, String)>);

/// Every setting's name in a file; in the environment it is `COUNTERSIGN_` and upper case.
pub const NAMES: [&str; 20] = [
    "database_url",
    "database_connections",
    "database_wait",
    "listen",
    "ops_listen",
    "public_url",
    "data_dir",
    "mail",
    "mail_from",
    "secret_key",
    "hash_threads",
    "checkpoint_dir",
    "strict",
    "trusted_hops",
    "connections",
    "connections_per_address",
    "limit_sign_in",
    "limit_api",
    "limit_public",
    "log",
];

/// The name that messages come from.
const SENDER_NAME: &str = "Countersign";
/// The most hashing threads that make sense.
const HASH_THREADS_MOST: usize = 256;
/// The fewest connections that make sense: one has the lead of what one server does at a time.
const DATABASE_CONNECTIONS_FEWEST: u32 = 4;
/// The most: a server of its own takes a hundred unless it is told otherwise.
const DATABASE_CONNECTIONS_MOST: u32 = 1_000;
/// The longest wait for a connection, in seconds: who asks has gone away by then.
const DATABASE_WAIT_MOST: u64 = 60;

impl Settings {
    /// Reads the settings, flags before the environment before the file, or says all that is wrong.
    pub fn read(overrides: &Overrides, sources: &Sources) -> Result<Self, SettingsError> {
        let mut reader = Reader { overrides, sources, errors: sources.complaints() };
        let settings = reader.settings();
        match settings {
            Some(settings) if reader.errors.is_empty() => Ok(settings),
            _ => Err(SettingsError(reader.errors)),
        }
    }
}

/// Whether an address is of this machine alone.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Reads one setting after the other, and keeps what is wrong.
struct Reader<'a> {
    overrides: &'a Overrides,
    sources: &'a Sources,
    errors: Vec<(String, String)>,
}

impl Reader<'_> {
    fn settings(&mut self) -> Option<Settings> {
        let data_dir = PathBuf::from(self.text("data_dir").unwrap_or_else(|| "countersign-data".to_owned()));
        let database_url = self.text("database_url").unwrap_or_else(|| default_database(&data_dir));
        let listen = self.parsed("listen", "127.0.0.1:8080");
        let ops_listen = self.parsed("ops_listen", "127.0.0.1:8081");
        let default_url = listen.map(|address: SocketAddr| format!("http://{address}")).unwrap_or_default();
        let public_url: Option<Url> = self.parsed("public_url", &default_url);
        let mail = self.text("mail").unwrap_or_else(|| format!("dir:{}", data_dir.join("mailbox").display()));
        let default_from = public_url.as_ref().and_then(Url::host_str).map(default_sender);
        let mail_from = self.text("mail_from").or(default_from);
        let secret_key = self.text("secret_key").map(SecretKey::Given);
        let secret_key =
            secret_key.unwrap_or_else(|| SecretKey::InDataDirectory(data_dir.join("secret.key")));
        let hash_threads = self.hash_threads();
        let serving = self.serving();
        let database_limits = self.database_limits();
        let strict: Option<bool> = self.parsed("strict", "false");
        self.check_forms(&database_url, &mail, mail_from.as_deref(), &secret_key);
        if self.overrides.dev {
            self.check_loopback(listen, ops_listen, public_url.as_ref());
        }
        Some(Settings {
            dev: self.overrides.dev,
            strict: strict? || self.overrides.strict,
            database_url,
            database_limits: database_limits?,
            listen: listen?,
            ops_listen: ops_listen?,
            public_url: public_url?,
            mail,
            mail_from: mail_from?,
            secret_key,
            hash_threads: hash_threads?,
            checkpoint_dir: self.text("checkpoint_dir").map(PathBuf::from),
            serving: serving?,
            data_dir,
        })
    }

    /// Values that are read further when they are used, checked here so that all errors come together.
    fn check_forms(
        &mut self,
        database_url: &str,
        mail: &str,
        mail_from: Option<&str>,
        secret_key: &SecretKey,
    ) {
        self.expect_scheme("database_url", database_url, &["sqlite://", "postgres://", "postgresql://"]);
        self.expect_scheme("mail", mail, &["dir:", "smtp://", "smtps://"]);
        if let Some(Err(error)) = mail_from.map(sender) {
            self.complain("mail_from", &error);
        }
        if let SecretKey::Given(text) = secret_key
            && let Err(error) = Keyring::parse(text.trim())
        {
            self.complain("secret_key", &error);
        }
    }

    fn expect_scheme(&mut self, name: &str, value: &str, schemes: &[&str]) {
        if !schemes.iter().any(|scheme| value.starts_with(scheme)) {
            self.complain(name, &format_args!("must begin with {}", schemes.join(" or ")));
        }
    }

    /// Development mode has no keys, so that it must not be reachable from elsewhere.
    fn check_loopback(&mut self, listen: Option<SocketAddr>, ops: Option<SocketAddr>, url: Option<&Url>) {
        let addresses = [("listen", listen), ("ops_listen", ops)];
        let reachable =
            addresses.into_iter().filter(|(_, address)| address.is_some_and(|a| !a.ip().is_loopback()));
        let public = url.filter(|url| !is_loopback(url)).map(|_| "public_url");
        for name in reachable.map(|(name, _)| name).chain(public) {
            self.complain(name, &"must be a loopback address with --dev");
        }
    }

    fn complain(&mut self, name: &str, reason: &dyn fmt::Display) {
        self.errors.push((name.to_owned(), reason.to_string()));
    }

    fn hash_threads(&mut self) -> Option<usize> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let threads = self.parsed("hash_threads", &cores.to_string())?;
        if (1..=HASH_THREADS_MOST).contains(&threads) {
            return Some(threads);
        }
        self.errors.push(("hash_threads".to_owned(), format!("must be 1 to {HASH_THREADS_MOST}")));
        None
    }

    fn database_limits(&mut self) -> Option<Limits> {
        let Limits { connections, wait } = Limits::default();
        let connections = self.parsed("database_connections", &connections.to_string());
        let wait = self.parsed("database_wait", &wait.as_secs().to_string());
        let (fewest, most) = (DATABASE_CONNECTIONS_FEWEST, DATABASE_CONNECTIONS_MOST);
        if connections.is_some_and(|connections| !(fewest..=most).contains(&connections)) {
            self.complain("database_connections", &format_args!("must be {fewest} to {most}"));
        }
        if wait.is_some_and(|wait| !(1..=DATABASE_WAIT_MOST).contains(&wait)) {
            self.complain("database_wait", &format_args!("must be 1 to {DATABASE_WAIT_MOST} seconds"));
        }
        Some(Limits { connections: connections?, wait: Duration::from_secs(wait?) })
    }

    fn text(&mut self, name: &str) -> Option<String> {
        if let Some(typed) = self.overrides.get(name) {
            return Some(typed.to_owned());
        }
        match self.sources.get(name) {
            Ok(Some(text)) if text.trim().is_empty() => {
                self.complain(name, &"is empty; leave it out where nothing is meant");
                None
            }
            Ok(found) => found,
            Err(reason) => {
                self.errors.push((name.to_owned(), reason));
                None
            }
        }
    }

    fn parsed<T: std::str::FromStr<Err: fmt::Display>>(&mut self, name: &str, default: &str) -> Option<T> {
        let text = self.text(name).unwrap_or_else(|| default.to_owned());
        text.parse().map_err(|error: T::Err| self.errors.push((name.to_owned(), error.to_string()))).ok()
    }
}

/// Who messages come from, by the address that is set.
pub(crate) fn sender(mail_from: &str) -> Result<Sender, SenderError> {
    let domain = mail_from.rsplit_once('@').map_or("localhost", |(_, domain)| domain);
    Sender::new(mail_from, SENDER_NAME, domain)
}

fn default_database(data_dir: &Path) -> String {
    format!("sqlite://{}", data_dir.join("countersign.db").display())
}

/// Mail from an address that is a number would be refused; a name stands in for it.
fn default_sender(host: &str) -> String {
    let is_number = host.parse::<std::net::IpAddr>().is_ok() || host.starts_with('[');
    format!("no-reply@{}", if is_number { "localhost" } else { host })
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Given(_) => f.write_str("[secret]"),
            Self::InDataDirectory(path) => path.fmt(f),
        }
    }
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the settings are wrong:")?;
        self.0.iter().try_for_each(|(name, reason)| write!(f, "\n  {name}: {reason}"))
    }
}

impl std::error::Error for SettingsError {}

#[cfg(test)]
mod tests;
