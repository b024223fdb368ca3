//! What is counted while the service runs, and measured when somebody asks.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use countersign_delivery::SendError;
use countersign_stores::StoreError;
use countersign_stores::read_models::Progress;

use crate::error::ServiceError;
use crate::follow_up::{Waiting, waiting};
use crate::hashing::HashingMeasured;
use crate::service::Service;

/// How long the database has to answer who measures: less than whoever asks waits.
const ANSWERS_WITHIN: Duration = Duration::from_secs(1);

/// What this process counted, and what stands in the database.
#[derive(Debug, Clone)]
pub struct Measurements {
    /// Whether this server found a stream to be other than it was.
    pub breached: bool,
    /// How often a loop failed since the process began, by its name.
    pub failures: BTreeMap<&'static str, u64>,
    /// Attempts to hand a message over since the process began, by what came of them and why.
    pub messages: BTreeMap<(&'static str, &'static str), u64>,
    /// What the hash pool did since the process began.
    pub hashing: HashingMeasured,
    /// What stands in the database; nothing while it is away.
    pub stored: Option<Stored>,
}

/// What the ledger, the read models and the work that commits left are at.
#[derive(Debug, Clone)]
pub struct Stored {
    /// Events that have an index.
    pub ledger_size: u64,
    /// Events that wait for one.
    pub pending: u64,
    /// Events below the newest signed head; 0 before the first.
    pub signed: u64,
    /// How far each read model is.
    pub read_models: Vec<Progress>,
    /// What commits left to be done and nobody has, by its kind.
    pub follow_ups: BTreeMap<&'static str, Waiting>,
}

/// How often each thing happened.
#[derive(Debug, Default)]
pub(crate) struct Counts<K>(Mutex<BTreeMap<K, u64>>);

impl<K: Ord + Copy> Counts<K> {
    /// Things that are there from the beginning, so that none is missing where it never happened.
    pub(crate) fn of(things: impl IntoIterator<Item = K>) -> Self {
        Self(Mutex::new(things.into_iter().map(|thing| (thing, 0)).collect()))
    }

    /// Counts one more.
    pub(crate) fn count(&self, thing: K) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(thing).or_default() += 1;
    }

    fn so_far(&self) -> BTreeMap<K, u64> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// What came of an attempt to hand a message over, and why.
pub(crate) fn of_attempt(attempt: Result<(), SendError>) -> (&'static str, &'static str) {
    match attempt {
        Ok(()) => TAKEN,
        Err(error @ SendError::Transient { .. }) => ("put_off", error.reason().code()),
        Err(error @ SendError::InDoubt { .. }) => ("in_doubt", error.reason().code()),
        Err(error @ SendError::Permanent { .. }) => ("refused", error.reason().code()),
    }
}

/// A message that was taken.
pub(crate) const TAKEN: (&str, &str) = ("taken", "none");

impl Service {
    /// Measures what everything is at. What this process counted is told while the database is away, too.
    pub async fn measure(&self) -> Measurements {
        let stored = match tokio::time::timeout(ANSWERS_WITHIN, self.measure_stored()).await {
            Ok(Ok(stored)) => Some(stored),
            Ok(Err(error)) => {
                tracing::warn!(%error, "what stands in the database could not be measured");
                None
            }
            Err(_) => {
                tracing::warn!("the database did not answer who measured in time");
                None
            }
        };
        Measurements {
            breached: self.parts().ledger.borrow().breached,
            failures: self.parts().failures.so_far(),
            messages: self.parts().messages.so_far(),
            hashing: self.parts().hashing.measure(),
            stored,
        }
    }

    async fn measure_stored(&self) -> Result<Stored, ServiceError> {
        let store = self.store();
        let read_models = store.progress().await.map_err(StoreError::Database)?;
        let ledger_size = store.ledger_size().await.map_err(StoreError::Database)?;
        let pending = store.pending_events().await?;
        let signed = self.newest_head().await?.map_or(0, |head| head.size);
        let follow_ups = waiting(store.waiting_follow_ups().await?, self.now());
        Ok(Stored { ledger_size, pending, signed, read_models, follow_ups })
    }
}
