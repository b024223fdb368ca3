//! What is counted while the service runs, and measured when somebody asks.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use countersign_stores::StoreError;
use countersign_stores::read_models::Progress;

use crate::error::ServiceError;
use crate::hashing::HashingMeasured;
use crate::service::Service;

/// What the ledger and the read models are at, and how often their loops failed in this process.
#[derive(Debug, Clone)]
pub struct Measurements {
    /// Events that have an index.
    pub ledger_size: u64,
    /// Events that wait for one.
    pub pending: u64,
    /// Events below the newest signed head; 0 before the first.
    pub signed: u64,
    /// Whether this server found a stream to be other than it was.
    pub breached: bool,
    /// How far each read model is.
    pub read_models: Vec<Progress>,
    /// What the hash pool did since the process began.
    pub hashing: HashingMeasured,
    /// How often a loop failed since the process began, by its name.
    pub failures: BTreeMap<&'static str, u64>,
}

/// How often each loop failed.
#[derive(Debug, Default)]
pub(crate) struct Failures(Mutex<BTreeMap<&'static str, u64>>);

impl Failures {
    /// Loops that are there from the beginning, so that none is missing where it never failed.
    pub(crate) fn of(loops: impl IntoIterator<Item = &'static str>) -> Self {
        Self(Mutex::new(loops.into_iter().map(|name| (name, 0)).collect()))
    }

    /// Counts a failure of a loop.
    pub(crate) fn count(&self, name: &'static str) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(name).or_default() += 1;
    }

    fn so_far(&self) -> BTreeMap<&'static str, u64> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Service {
    /// Measures what the ledger and the read models are at.
    pub async fn measure(&self) -> Result<Measurements, ServiceError> {
        let store = self.store();
        let read_models = store.progress().await.map_err(StoreError::Database)?;
        let ledger_size = store.ledger_size().await.map_err(StoreError::Database)?;
        let pending = store.pending_events().await?;
        let signed = self.newest_head().await?.map_or(0, |head| head.size);
        let breached = self.parts().ledger.borrow().breached;
        let failures = self.parts().failures.so_far();
        let hashing = self.parts().hashing.measure();
        Ok(Measurements { ledger_size, pending, signed, breached, read_models, hashing, failures })
    }
}
