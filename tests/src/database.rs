//! A database for one test: a SQLite file, or a database of its own on a PostgreSQL server.
//!
//! `COUNTERSIGN_TEST_DATABASE` chooses: `sqlite` (or nothing), or the `postgres://` URL of a database whose role
//! may create others. There each test gets a copy of a migrated template, which is made once for each set
//! of migrations.

use std::hash::{BuildHasher, RandomState};
use std::net::SocketAddr;
use std::path::Path;

use countersign_stores::Database;
use sha2::{Digest, Sha256};
use sqlx::migrate::Migrator;
use sqlx::postgres::PgConnection;
use sqlx::sqlite::SqliteConnection;
use sqlx::{Connection, Executor};
use tempfile::TempDir;
use url::Url;

/// The variable that chooses the database.
const CHOICE: &str = "COUNTERSIGN_TEST_DATABASE";
/// The migrations that the template is keyed by.
const MIGRATIONS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../stores/migrations/postgres");
/// What the service's role may do, as an operator runs it.
const ROLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/postgres-roles.sql");
/// Where a PostgreSQL server listens that says nothing else.
const POSTGRES_PORT: u16 = 5432;
/// The advisory lock under which the template is made.
const TEMPLATE_LOCK: i64 = 0x636f_756e_7465_7273;

/// A migrated database that is gone when it is dropped.
#[derive(Debug)]
pub struct TestDatabase {
    url: String,
    place: Place,
}

#[derive(Debug)]
enum Place {
    File { _directory: TempDir },
    Server { admin: String, name: String },
}

/// The role that a service signs in as, which owns nothing.
#[derive(Debug)]
pub struct ServiceRole {
    /// Its name.
    pub name: String,
    /// The URL to sign in as it.
    pub url: String,
}

impl TestDatabase {
    /// A new database, migrated.
    pub async fn new() -> Self {
        match std::env::var(CHOICE).as_deref() {
            Err(_) | Ok("" | "sqlite") => Self::in_file().await,
            Ok(admin) => Self::on_server(admin).await,
        }
    }

    /// A new database on another server than the one that is chosen, migrated.
    pub async fn on(admin: &str) -> Self {
        Self::on_server(admin).await
    }

    /// A database beside this one, which somebody else makes; gone when it is dropped. Nothing where this one is a file.
    pub fn beside(&self, suffix: &str) -> Option<Self> {
        let Place::Server { admin, name } = &self.place else { return None };
        let name = format!("{name}_{suffix}");
        Some(Self { url: with_name(&self.url, &name), place: Place::Server { admin: admin.clone(), name } })
    }

    /// Its name; nothing where it is a file.
    pub fn name(&self) -> Option<&str> {
        let Place::Server { name, .. } = &self.place else { return None };
        Some(name)
    }

    /// Whether the choice is PostgreSQL.
    pub fn is_postgres_chosen() -> bool {
        std::env::var(CHOICE).is_ok_and(|choice| choice.starts_with("postgres"))
    }

    /// The URL that the service is given.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Connects as the service does.
    pub async fn connect(&self) -> Database {
        Database::connect(&self.url).await.expect("the test's database can be reached")
    }

    /// Where its server listens; nothing where it is a file.
    pub fn server(&self) -> Option<SocketAddr> {
        let url = Url::parse(&self.url).ok().filter(|_| self.is_postgres())?;
        url.socket_addrs(|| Some(POSTGRES_PORT)).ok()?.into_iter().next()
    }

    /// Connects as the service does, by way of another address.
    pub async fn connect_at(&self, address: SocketAddr) -> Database {
        let mut url = Url::parse(&self.url).expect("the database has a URL");
        let set = url.set_ip_host(address.ip()).and_then(|()| url.set_port(Some(address.port())));
        set.expect("the URL has a host and a port");
        Database::connect(url.as_str()).await.expect("the test's database can be reached")
    }

    /// Whether it is on a PostgreSQL server.
    pub fn is_postgres(&self) -> bool {
        matches!(self.place, Place::Server { .. })
    }

    /// Runs statements as another program would, with none of the service's settings.
    pub async fn execute(&self, sql: &str) -> Result<(), sqlx::Error> {
        if self.is_postgres() {
            PgConnection::connect(&self.url).await?.execute(sql).await.map(drop)
        } else {
            SqliteConnection::connect(&self.url).await?.execute(sql).await.map(drop)
        }
    }

    /// Reads one column of texts, as another program would.
    pub async fn texts(&self, sql: &str) -> Vec<String> {
        let rows: Result<Vec<(String,)>, _> = if self.is_postgres() {
            let mut connection = PgConnection::connect(&self.url).await.expect("the database can be reached");
            sqlx::query_as(sql).fetch_all(&mut connection).await
        } else {
            let mut connection =
                SqliteConnection::connect(&self.url).await.expect("the database can be opened");
            sqlx::query_as(sql).fetch_all(&mut connection).await
        };
        rows.expect("the statement reads one column of texts").into_iter().map(|(text,)| text).collect()
    }

    /// Takes away what keeps events and the ledger from being changed, as who owns file or table can.
    pub async fn unprotect_events(&self) {
        let unprotect = if self.is_postgres() {
            "ALTER TABLE events DISABLE TRIGGER events_never_change; \
             ALTER TABLE ledger DISABLE TRIGGER ledger_never_changes"
        } else {
            "DROP TRIGGER events_never_change; DROP TRIGGER events_are_never_deleted; \
             DROP TRIGGER ledger_never_changes; DROP TRIGGER ledger_is_never_deleted; \
             DROP TRIGGER ledger_is_never_replaced"
        };
        self.execute(unprotect).await.expect("the owner can do so");
    }

    /// Makes the role that the service has where another one owns the tables; none where there are no roles.
    pub async fn service_role(&self) -> Option<ServiceRole> {
        let Place::Server { name, .. } = &self.place else {
            return None;
        };
        let (role, password) = (role_of(name), RandomState::new().hash_one(name));
        let roles = std::fs::read_to_string(ROLES).expect("the roles are written down");
        let roles = roles.replace("countersign_owner", "CURRENT_USER").replace("countersign_service", &role);
        let make = format!("CREATE ROLE {role} LOGIN PASSWORD '{password:x}'; {roles}");
        self.execute(&make).await.expect("the roles can be given their rights");
        let (_, server) = self.url.rsplit_once('@').expect("the URL names a user");
        let url = format!("postgres://{role}:{password:x}@{server}");
        Some(ServiceRole { name: role, url })
    }

    async fn in_file() -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory can be made");
        let url = format!("sqlite://{}", directory.path().join("countersign.db").display());
        let database = Self { url, place: Place::File { _directory: directory } };
        let connected = database.connect().await;
        connected.migrate().await.expect("a new file can be migrated");
        connected.close().await;
        database
    }

    async fn on_server(admin: &str) -> Self {
        let template = format!("countersign_template_{}", fingerprint().await);
        let name = format!("countersign_test_{:016x}", RandomState::new().hash_one(std::process::id()));
        let mut connection = PgConnection::connect(admin).await.expect("the PostgreSQL server answers");
        provide_template(&mut connection, admin, &template).await;
        let copy = format!("CREATE DATABASE {name} TEMPLATE {template}");
        connection.execute(copy.as_str()).await.expect("a template can be copied");
        Self { url: with_name(admin, &name), place: Place::Server { admin: admin.to_owned(), name } }
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        if let Place::Server { admin, name } = &self.place {
            let admin = admin.clone();
            let drops = [
                // What is thrown away waits for no standby.
                "SET synchronous_commit = local".to_owned(),
                format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"),
                format!("DROP ROLE IF EXISTS {}", role_of(name)),
            ];
            let done = std::thread::spawn(move || run_alone(&admin, &drops)).join();
            assert!(done.is_ok() || std::thread::panicking(), "{name} was not removed");
        }
    }
}

/// The service's role in a test's database.
fn role_of(database: &str) -> String {
    format!("{database}_service")
}

/// Runs statements on a runtime of its own: a drop may happen inside of another one.
fn run_alone(admin: &str, statements: &[String]) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime can be made").block_on(async {
        let mut connection = PgConnection::connect(admin).await.expect("the PostgreSQL server answers");
        for sql in statements {
            connection.execute(sql.as_str()).await.expect("the test's database can be removed");
        }
    });
}

/// Makes the template unless it is there. It gets its name when it is complete.
async fn provide_template(connection: &mut PgConnection, admin: &str, template: &str) {
    let lock = format!("SELECT pg_advisory_lock({TEMPLATE_LOCK})");
    connection.execute(lock.as_str()).await.expect("the template can be locked");
    let exists = format!("SELECT 1 FROM pg_database WHERE datname = '{template}'");
    let exists = connection.fetch_optional(exists.as_str()).await.expect("databases can be listed");
    if exists.is_none() {
        make_template(connection, admin, template).await;
    }
    let unlock = format!("SELECT pg_advisory_unlock({TEMPLATE_LOCK})");
    connection.execute(unlock.as_str()).await.expect("the template can be unlocked");
}

async fn make_template(connection: &mut PgConnection, admin: &str, template: &str) {
    let unfinished = format!("{template}_unfinished");
    for sql in [
        format!("DROP DATABASE IF EXISTS {unfinished} WITH (FORCE)"),
        format!("CREATE DATABASE {unfinished}"),
    ] {
        connection.execute(sql.as_str()).await.expect("the role may create databases");
    }
    let database =
        Database::connect(&with_name(admin, &unfinished)).await.expect("the new database can be reached");
    database.migrate().await.expect("a new database can be migrated");
    database.close().await;
    let rename = format!("ALTER DATABASE {unfinished} RENAME TO {template}");
    connection.execute(rename.as_str()).await.expect("nobody is connected to the template");
}

/// A name for this set of migrations.
async fn fingerprint() -> String {
    let migrations = Migrator::new(Path::new(MIGRATIONS)).await.expect("the migrations can be read");
    let mut hash = Sha256::new();
    for migration in migrations.iter() {
        hash.update(&migration.checksum);
    }
    hex::encode(hash.finalize()).chars().take(16).collect()
}

/// The URL with another database's name.
fn with_name(admin: &str, name: &str) -> String {
    let (address, options) =
        admin.split_once('?').map_or((admin, None), |(url, options)| (url, Some(options)));
    let (server, _) = address.rsplit_once('/').expect("the URL ends in a database's name");
    options.map_or_else(|| format!("{server}/{name}"), |options| format!("{server}/{name}?{options}"))
}
