//! The one event store, generic over aggregates, on either database.

mod append;
mod background;
mod fold;
mod history;
mod load;
mod outcome;
mod repository;
mod snapshot;
mod stored_event;
mod upcaster;

use std::fmt;
use std::sync::Arc;

use countersign_domain::decider::{Decider, Recorded};
use countersign_domain::time::Timestamp;

use self::background::Background;
use self::repository::Repository;
use crate::database::Database;
use crate::error::StoreError;
use crate::keyring::Keyring;
use crate::subject_keys::SubjectKeys;

pub use self::history::Opening;
pub use self::outcome::AppendError;
pub use self::snapshot::SNAPSHOT_EVERY;
pub use self::stored_event::StoredEvent;
pub use self::upcaster::{UPCASTERS, Upcaster};

/// The streams of events. Cloning it is cheap, and gives the same store.
#[derive(Clone)]
pub struct EventStore {
    pub(crate) database: Database,
    pub(crate) keyring: Arc<Keyring>,
    repository: Arc<Repository>,
    upcasters: &'static [Upcaster],
    background: Background,
    /// Tells this store's notifications from others'.
    pub(crate) instance: u64,
}

/// An aggregate as its stream tells it.
#[derive(Clone)]
pub struct Loaded<D> {
    /// The stream.
    pub stream: String,
    /// What its events amount to.
    pub state: D,
    /// The sequence of its last event; 0 when there is none.
    pub version: u64,
    /// When its last event happened; the start of 1970 when there is none.
    pub last_at: Timestamp,
    /// The keys that its events were sealed with: an append has no need to read them again.
    keys: SubjectKeys,
}

/// What an append committed.
#[derive(Debug, Clone, PartialEq)]
pub struct Committed<D: Decider> {
    /// The aggregate with the new events.
    pub loaded: Loaded<D>,
    /// The new events and their places in the stream.
    pub events: Vec<(u64, Recorded<D::Event>)>,
}

impl<D: Default> Loaded<D> {
    /// An aggregate of which nothing was recorded, as a stream with a fresh id is.
    pub fn fresh(stream: impl Into<String>) -> Self {
        Self {
            stream: stream.into(),
            state: D::default(),
            version: 0,
            last_at: Timestamp::default(),
            keys: SubjectKeys::default(),
        }
    }
}

impl<D: fmt::Debug> fmt::Debug for Loaded<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { stream, state, version, last_at, keys: _ } = self;
        f.debug_struct("Loaded")
            .field("stream", stream)
            .field("state", state)
            .field("version", version)
            .field("last_at", last_at)
            .finish_non_exhaustive()
    }
}

/// Equal where the streams tell the same, whatever was needed to read them.
impl<D: PartialEq> PartialEq for Loaded<D> {
    fn eq(&self, other: &Self) -> bool {
        let told = |loaded: &Self| (loaded.version, loaded.last_at);
        self.stream == other.stream && told(self) == told(other) && self.state == other.state
    }
}

impl EventStore {
    /// The store in a database, with the keyring that wraps the keys of what is sealed.
    pub fn new(database: Database, keyring: Arc<Keyring>) -> Self {
        Self {
            repository: Arc::new(Repository::in_database(&database)),
            database,
            keyring,
            upcasters: UPCASTERS,
            background: Background::default(),
            instance: rand::random(),
        }
    }

    /// The database that the store is in.
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// The same store, reading events of past shapes through another table.
    #[must_use]
    pub fn with_upcasters(self, upcasters: &'static [Upcaster]) -> Self {
        Self { upcasters, ..self }
    }

    /// Destroys the key of a subject (an account, a client) for ever: what was sealed with it reads as
    /// erased, and events with something to seal are refused; what was loaded before may still be appended to,
    /// and reads as erased too. Doing it again changes nothing.
    pub async fn destroy_key(&self, subject: &str) -> Result<(), StoreError> {
        self.database.destroy_subject_key(&self.keyring, subject).await
    }

    /// Waits until what was left to the background (snapshots) is done, as before the end of a process.
    pub async fn settled(&self) {
        self.background.settled().await;
    }
}
