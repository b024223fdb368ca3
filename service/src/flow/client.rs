//! Clients of the API: given a key, recognised by it, revoked.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};

use countersign_domain::client::{Client, ClientCommand, ClientRefusal, Role};
use countersign_domain::decider::Decider;
use countersign_domain::id::ClientId;
use countersign_domain::time::{Span, Timestamp};
use countersign_domain::word::Reason;
use countersign_stores::Purpose;

use crate::command::Undone;
use crate::context::Context;
use crate::entropy;
use crate::error::ServiceError;
use crate::service::Service;
use crate::shown::Shown;
use crate::tokens;

/// How often it is noted that a key was accepted.
const NOTED_EVERY: Span = Span::minutes(1);
/// Keys whose last use is remembered; behind that all are noted anew.
const REMEMBERED_MOST: usize = 10_000;

/// A new key beside the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rotation {
    /// How long older keys are accepted beside it.
    pub overlap: Span,
    /// When the new key stops being accepted; never, if nothing is said.
    pub expires_at: Option<Timestamp>,
    /// Whether a key may end for it before the overlap is over.
    pub may_end_a_key: bool,
}

/// A client that was given a key.
#[derive(Debug, Clone, PartialEq)]
pub struct KnownClient {
    /// Its id.
    pub id: ClientId,
    /// What its stream says.
    pub client: Client,
    /// When which of its keys was last accepted, to the minute; under
    /// [`SOME_KEY`](countersign_stores::key_uses::SOME_KEY) what an earlier version noted.
    pub uses: BTreeMap<u32, Timestamp>,
}

impl KnownClient {
    /// When a key of it was last accepted, to the minute; nothing if none ever was.
    pub fn last_used_at(&self) -> Option<Timestamp> {
        self.uses.values().max().copied()
    }
}

/// When keys of clients were last noted as accepted, in this process.
#[derive(Debug, Default)]
pub(crate) struct KeyUses(Mutex<HashMap<(ClientId, u32), Timestamp>>);

impl KeyUses {
    /// Whether it is worth noting that a key is accepted now; from then on it is noted.
    fn is_news(&self, key: (ClientId, u32), now: Timestamp) -> bool {
        let mut noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if noted.get(&key).is_some_and(|last| now < *last + NOTED_EVERY) {
            return false;
        }
        if noted.len() >= REMEMBERED_MOST {
            noted.clear();
        }
        noted.insert(key, now);
        true
    }
}

impl Service {
    /// Makes a client known and gives it a key, which is shown once.
    pub async fn add_client(
        &self,
        context: Context,
        name: Reason,
        role: Role,
        expires_at: Option<Timestamp>,
    ) -> Result<(ClientId, Shown), ServiceError> {
        let id: ClientId = entropy::id(self.now());
        let key = tokens::client_key(id);
        let verifier = self.parts().keys.token_verifier(Purpose::ClientKeys, &key)?;
        let command = ClientCommand::Register { name, role, key: verifier, expires_at };
        self.ask_client(context, id, command).await?;
        Ok((id, Shown::new(key)))
    }

    /// Gives a client a new key, which is shown once; the one before is accepted beside it for a while. One that is still
    /// accepted ends before only where it is said that it may.
    pub async fn rotate_client_key(
        &self,
        context: Context,
        id: ClientId,
        rotation: Rotation,
    ) -> Result<Shown, ServiceError> {
        let key = tokens::client_key(id);
        let verifier = self.parts().keys.token_verifier(Purpose::ClientKeys, &key)?;
        let Rotation { overlap, expires_at, may_end_a_key } = rotation;
        let command = ClientCommand::RotateKey { key: verifier, expires_at, overlap, may_end_a_key };
        self.ask_client(context, id, command).await?;
        Ok(Shown::new(key))
    }

    /// Knows a client no more.
    pub async fn revoke_client(&self, context: Context, id: ClientId) -> Result<(), ServiceError> {
        self.ask_client(context, id, ClientCommand::Revoke).await
    }

    /// The client that a key belongs to, and what it may do.
    pub async fn client_of(&self, key: &str) -> Result<(ClientId, Role), ServiceError> {
        let id = tokens::client_of(key).map_err(|_| ServiceError::TokenRejected)?;
        let client = self.store().load::<Client>(&id.to_string()).await?.state;
        let Some((role, accepted)) = client.accepted(self.now()) else {
            return Err(ServiceError::TokenRejected);
        };
        let mut fitting = None;
        for accepted in accepted {
            if self.parts().keys.is_token(Purpose::ClientKeys, &accepted.verifier, key)? {
                fitting = Some(accepted.number);
            }
        }
        let number = fitting.ok_or(ServiceError::TokenRejected)?;
        self.note_use(id, number);
        Ok((id, role))
    }

    /// Whether what was given to a client is good, as far as the client goes: with it, its sessions and sign-ins end.
    pub(crate) async fn is_served(&self, client: Option<ClientId>) -> Result<bool, ServiceError> {
        let Some(id) = client else { return Ok(true) };
        let client = self.store().load::<Client>(&id.to_string()).await?.state;
        Ok(matches!(client, Client::Registered { .. }))
    }

    /// Notes that a key was accepted, once a minute, without anybody waiting for it.
    fn note_use(&self, id: ClientId, number: u32) {
        let now = self.now();
        if !self.parts().key_uses.is_news((id, number), now) {
            return;
        }
        let service = self.clone();
        self.spawn(async move {
            if let Err(error) = service.store().note_key_use(&id.to_string(), number, now).await {
                tracing::warn!(client = %id, %error, "it could not be noted that a key was accepted");
            }
        });
    }

    /// Every client that was ever given a key, and when each of its keys was last accepted.
    pub async fn clients(&self) -> Result<Vec<KnownClient>, ServiceError> {
        let mut uses = self.store().key_uses().await?;
        let mut clients = Vec::new();
        for stream in self.store().streams(Client::TYPE).await? {
            let id = stream.parse().map_err(ServiceError::broken)?;
            let client = self.store().load::<Client>(&stream).await?.state;
            clients.push(KnownClient { id, client, uses: uses.remove(&stream).unwrap_or_default() });
        }
        Ok(clients)
    }

    pub(crate) async fn ask_client(
        &self,
        context: Context,
        id: ClientId,
        command: ClientCommand,
    ) -> Result<(), ServiceError> {
        let service = self.clone();
        self.run(async move {
            let metadata = context.metadata(service.now(), None);
            let make = |_: &Client| Ok(command.clone());
            match service.parts().commands.execute(&id.to_string(), &metadata, make).await {
                Ok(_) => Ok(()),
                Err(Undone::Refused(ClientRefusal::ExpiredAlready, _)) => Err(ServiceError::ExpiredAlready),
                Err(Undone::Refused(ClientRefusal::WouldEndAKey, _)) => Err(ServiceError::WouldEndAKey),
                Err(Undone::Refused(..)) => Err(ServiceError::NotFound),
                Err(Undone::Failed(error)) => Err(error),
            }
        })
        .await
    }
}
