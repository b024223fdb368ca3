//! Clients of the API: given a key, recognised by it, revoked.

use countersign_domain::client::{Client, ClientCommand, Role};
use countersign_domain::decider::Decider;
use countersign_domain::id::ClientId;
use countersign_domain::word::Reason;
use countersign_stores::Purpose;

use crate::command::Undone;
use crate::context::Context;
use crate::entropy;
use crate::error::ServiceError;
use crate::service::Service;
use crate::shown::Shown;
use crate::tokens;

impl Service {
    /// Makes a client known and gives it a key, which is shown once.
    pub async fn add_client(
        &self,
        context: Context,
        name: Reason,
        role: Role,
    ) -> Result<(ClientId, Shown), ServiceError> {
        let id: ClientId = entropy::id(self.now());
        let key = tokens::client_key(id);
        let verifier = self.parts().keys.token_verifier(Purpose::ClientKeys, &key)?;
        let command = ClientCommand::Register { name, role, key: verifier };
        self.ask_client(context, id, command).await?;
        Ok((id, Shown::new(key)))
    }

    /// Knows a client no more.
    pub async fn revoke_client(&self, context: Context, id: ClientId) -> Result<(), ServiceError> {
        self.ask_client(context, id, ClientCommand::Revoke).await
    }

    /// The client that a key belongs to, and what it may do.
    pub async fn client_of(&self, key: &str) -> Result<(ClientId, Role), ServiceError> {
        let id = tokens::client_of(key).map_err(|_| ServiceError::TokenRejected)?;
        let Client::Registered { key: verifier, role, .. } =
            self.store().load::<Client>(&id.to_string()).await?.state
        else {
            return Err(ServiceError::TokenRejected);
        };
        let fits = self.parts().keys.is_token(Purpose::ClientKeys, &verifier, key)?;
        if fits { Ok((id, role)) } else { Err(ServiceError::TokenRejected) }
    }

    /// Every client that was ever given a key.
    pub async fn clients(&self) -> Result<Vec<(ClientId, Client)>, ServiceError> {
        let mut clients = Vec::new();
        for stream in self.store().streams(Client::TYPE).await? {
            let id = stream.parse().map_err(ServiceError::broken)?;
            clients.push((id, self.store().load::<Client>(&stream).await?.state));
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
                Err(Undone::Refused(..)) => Err(ServiceError::NotFound),
                Err(Undone::Failed(error)) => Err(error),
            }
        })
        .await
    }
}
