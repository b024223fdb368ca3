//! From settings to a service.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use countersign_delivery::Transport;
use countersign_service::Service;
use countersign_service::access_token::Issuer;
use countersign_service::clock::Clock;
use countersign_service::entropy;
use countersign_service::hashing::{COST, HashPool};
use countersign_service::keys::Keys;
use countersign_stores::{Database, EventStore, Keyring, Mode};

use crate::durability::check_durability;
use crate::failure::Failure;
use crate::settings::{self, SecretKey, Settings};

/// Bytes of a key.
const KEY_BYTES: usize = 32;

/// Whether the keyring's file was made just now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyFile {
    /// It was there, or is not needed.
    Found,
    /// Development mode made it.
    Made,
}

/// A service to be served, over the database of the settings: one that is marked with the other mode is
/// refused.
pub(crate) async fn service(settings: &Settings) -> Result<(Service, KeyFile), Failure> {
    let (keyring, key_file) = keyring(settings)?;
    let transport = transport(settings)?;
    let database = connected(settings).await?;
    // Before anything is written: what is refused is left as it was.
    check_durability(&database, settings).await?;
    migrate(&database, settings).await?;
    database.claim_mode(mode(settings)).await?;
    Ok((over(database, keyring, Some(transport), settings).await?, key_file))
}

/// A service for an operator's command, which works on a database of either mode and marks none. It sends no message:
/// the command may be run where the servers' mail server and public URL are not known.
pub(crate) async fn operators_service(settings: &Settings) -> Result<Service, Failure> {
    let (keyring, _) = keyring(settings)?;
    let database = connected(settings).await?;
    migrate(&database, settings).await?;
    over(database, keyring, None, settings).await
}

fn mode(settings: &Settings) -> Mode {
    if settings.dev { Mode::Development } else { Mode::Production }
}

async fn over(
    database: Database,
    keyring: Keyring,
    transport: Option<Transport>,
    settings: &Settings,
) -> Result<Service, Failure> {
    database.check_keys(&keyring).await?;
    let keyring = Arc::new(keyring);
    let store = EventStore::new(database, Arc::clone(&keyring));
    let hashing = HashPool::start(settings.hash_threads, COST)?;
    let issuer = Issuer::new(settings.public_url.as_str());
    Ok(Service::new(store, Keys::new(keyring), hashing, transport, Clock::System, issuer))
}

async fn connected(settings: &Settings) -> Result<Database, Failure> {
    Ok(Database::connect_within(&settings.database_url, settings.database_limits).await?)
}

/// Migrates the database where that is the service's business: on SQLite and in development.
async fn migrate(database: &Database, settings: &Settings) -> Result<(), Failure> {
    if settings.dev || matches!(database, Database::Sqlite(_)) {
        database.migrate().await?;
    } else if !database.is_migrated().await? {
        return Err(Failure::Usage(
            "migrations are missing: run `countersign migrate` as the owner".to_owned(),
        ));
    }
    Ok(())
}

fn transport(settings: &Settings) -> Result<Transport, Failure> {
    let usage = |name: &str, error: &dyn std::fmt::Display| Failure::Usage(format!("{name}: {error}"));
    let sender = settings::sender(&settings.mail_from).map_err(|error| usage("mail_from", &error))?;
    Transport::from_url(&settings.mail, sender).map_err(|error| usage("mail", &error))
}

fn keyring(settings: &Settings) -> Result<(Keyring, KeyFile), Failure> {
    if !is_external(settings) {
        fs::create_dir_all(&settings.data_dir)?;
    }
    let (text, made) = match &settings.secret_key {
        SecretKey::Given(text) => (text.clone(), KeyFile::Found),
        SecretKey::InDataDirectory(path) if path.exists() => (fs::read_to_string(path)?, KeyFile::Found),
        SecretKey::InDataDirectory(path) if settings.dev => (make_key(path)?, KeyFile::Made),
        SecretKey::InDataDirectory(path) => {
            let missing = format!("secret_key: is not set, and there is no {}", path.display());
            return Err(Failure::Usage(missing));
        }
    };
    let keyring =
        Keyring::parse(text.trim()).map_err(|error| Failure::Usage(format!("secret_key: {error}")))?;
    Ok((keyring, made))
}

/// Makes a key that nobody but this user can read.
fn make_key(path: &Path) -> Result<String, Failure> {
    let key = STANDARD.encode(entropy::bytes::<KEY_BYTES>());
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    writeln!(file, "{key}")?;
    file.sync_all()?;
    Ok(key)
}

/// Whether nothing of the service lives in the data directory.
fn is_external(settings: &Settings) -> bool {
    let elsewhere = |text: &str| !text.contains(&settings.data_dir.display().to_string());
    matches!(settings.secret_key, SecretKey::Given(_))
        && elsewhere(&settings.database_url)
        && elsewhere(&settings.mail)
}
