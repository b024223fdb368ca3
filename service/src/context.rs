//! Who asks, and from where: what a request adds to every event that it causes.

use countersign_domain::id::{ClientId, DeviceId};
use countersign_domain::secret::Personal;
use countersign_domain::time::Timestamp;
use countersign_stores::Metadata;
use uuid::Uuid;

use crate::entropy;

/// The version of the service that is recorded with every event.
pub const SERVICE_VERSION: &str = env!("CARGO_PKG_VERSION");

/// Who asks, and from where.
#[derive(Debug, Clone, Default)]
pub struct Context {
    /// The client whose key was presented, or whose sign-in's or session's token; none in development.
    pub client: Option<ClientId>,
    /// The id of the request, as logged and replied.
    pub request_id: Option<String>,
    /// Who acts, where it is not the person: an operator, or the service itself.
    pub actor: Option<String>,
    /// The person's address on the network.
    pub ip: Option<Personal<String>>,
    /// The person's user agent.
    pub user_agent: Option<Personal<String>>,
    /// The client that stated the address, if it was not seen on the connection.
    pub stated_by: Option<ClientId>,
    /// The command that the request is worked on by, where it may be asked again.
    pub command: Option<Uuid>,
    /// The keyed hash of its idempotency key.
    pub idempotency: Option<String>,
}

impl Context {
    /// What the service does on its own.
    pub fn service() -> Self {
        Self { actor: Some("service".to_owned()), ..Self::default() }
    }

    /// What the service does on its own behind something that a client asked for.
    pub(crate) fn follower(client: Option<ClientId>) -> Self {
        Self { client, ..Self::service() }
    }

    /// What an operator does at the command line.
    pub fn operator() -> Self {
        Self { actor: Some("operator".to_owned()), ..Self::default() }
    }

    /// The metadata of one command.
    pub(crate) fn metadata(&self, now: Timestamp, device: Option<DeviceId>) -> Metadata {
        Metadata {
            command_id: self.command.unwrap_or_else(|| entropy::uuid(now)),
            idempotency: self.idempotency.clone(),
            request_id: self.request_id.clone(),
            actor: self.actor.clone(),
            client: self.client,
            ip: self.ip.clone(),
            user_agent: self.user_agent.clone(),
            ip_stated_by: self.stated_by,
            device,
            service_version: SERVICE_VERSION.to_owned(),
        }
    }
}
