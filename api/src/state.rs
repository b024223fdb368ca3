//! What every handler shares.

use std::sync::Arc;

use countersign_service::Service;
use tokio::sync::watch;

use crate::admission::RequestBounds;
use crate::limits::{Limits, Rates};
use crate::pulse::Pulse;
use crate::serving::Places;
use crate::traffic::Traffic;

/// What every handler shares; cheap to clone.
#[derive(Clone)]
pub struct Api {
    pub(crate) service: Service,
    pub(crate) access: Access,
    pub(crate) conditions: Conditions,
    pub(crate) limits: Arc<Limits>,
    pub(crate) places: Places,
    pub(crate) pulse: Pulse,
}

/// What holds for every request, whoever asks for what.
#[derive(Debug, Clone, Default)]
pub struct Conditions {
    /// Proxies in front whose word for the client's address is taken.
    pub trusted_hops: usize,
    /// How many requests may come from one address in a minute.
    pub rates: Rates,
    /// How many may be under way, and how long each.
    pub requests: RequestBounds,
    /// What is counted.
    pub traffic: Traffic,
    /// Becomes true when the service stops; without it, it never does.
    pub stopped: Option<watch::Receiver<bool>>,
}

/// Who may call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Anybody on this machine: for development.
    Open,
    /// Clients that have a key.
    ClientKeys,
}

impl Api {
    /// The API over a service, made in the runtime that does the work.
    pub fn new(service: Service, access: Access, conditions: Conditions) -> Self {
        let limits = Arc::new(Limits::new(&conditions.rates));
        let RequestBounds { requests, requests_per_address, .. } = conditions.requests;
        let places = Places::new(requests, requests_per_address);
        Self { service, access, conditions, limits, places, pulse: Pulse::of_this_runtime() }
    }

    /// Whether the service stops.
    pub(crate) fn is_stopping(&self) -> bool {
        self.conditions.stopped.as_ref().is_some_and(|stopped| *stopped.borrow())
    }

    /// Waits until the service stops.
    pub(crate) async fn stopped(self) {
        if let Some(mut stopped) = self.conditions.stopped
            && stopped.wait_for(|stopped| *stopped).await.is_ok()
        {
            return;
        }
        std::future::pending::<()>().await;
    }
}
