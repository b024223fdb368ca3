//! What is recorded beside each event: who asked for it, from where, and through which request.

use countersign_domain::id::{ClientId, DeviceId};
use countersign_domain::secret::Personal;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::refused::{Refused, RefusedBecause};

/// What is recorded beside each event of one command. The keys are a closed set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Metadata {
    /// The command (`UUIDv7`), the same beside each of its events.
    pub command_id: Uuid,
    /// The keyed hash of the request's idempotency key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idempotency: Option<String>,
    /// The request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// Who asked for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// The API client that asked for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<ClientId>,
    /// The person's address on the network.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ip: Option<Personal<String>>,
    /// What the person's program calls itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<Personal<String>>,
    /// The client that stated the address, where it was not seen by the service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ip_stated_by: Option<ClientId>,
    /// The person's known device.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<DeviceId>,
    /// The version of the service.
    pub service_version: String,
}

impl Metadata {
    /// Refuses personal values that are not plain: a text that passes for a sealed one would be stored as
    /// it is.
    pub(crate) fn check(&self) -> Result<(), Refused> {
        for (value, path) in [(&self.ip, "/metadata/ip"), (&self.user_agent, "/metadata/user_agent")] {
            if value.as_ref().is_some_and(|value| value.known().is_none()) {
                return Err(Refused { path: path.to_owned(), because: RefusedBecause::NotPlain });
            }
        }
        Ok(())
    }
}
