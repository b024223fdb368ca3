//! What every handler shares.

use countersign_service::Service;

/// What every handler shares; cheap to clone.
#[derive(Clone)]
pub struct Api {
    pub(crate) service: Service,
    pub(crate) access: Access,
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
    /// The API over a service.
    pub fn new(service: Service, access: Access) -> Self {
        Self { service, access }
    }
}
