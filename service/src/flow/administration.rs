//! What operators do: look at an account, suspend, reinstate and close it.

use countersign_domain::account::{Account, AccountCommand};
use countersign_domain::email::Email;
use countersign_domain::id::AccountId;
use countersign_domain::word::Reason;
use countersign_stores::Loaded;

use super::challenge::Version;
use crate::context::Context;
use crate::error::ServiceError;
use crate::service::Service;

/// What an operator does to an account.
#[derive(Debug, Clone)]
pub enum Administration {
    /// Shut it until further notice.
    Suspend(Reason),
    /// Open it again.
    Reinstate,
    /// End it.
    Close(Reason),
}

impl Service {
    /// The account that holds an address.
    pub async fn account_of(&self, email: &Email) -> Result<AccountId, ServiceError> {
        self.holder(email).await?.map(|holder| holder.id).ok_or(ServiceError::NotFound)
    }

    /// An account's state, as its stream says it now.
    pub async fn account(&self, id: AccountId) -> Result<Loaded<Account>, ServiceError> {
        let loaded = self.store().load::<Account>(&id.to_string()).await?;
        if loaded.state == Account::Unregistered { Err(ServiceError::NotFound) } else { Ok(loaded) }
    }

    /// Does to an account what an operator asks for.
    pub async fn administer(
        &self,
        context: Context,
        id: AccountId,
        what: Administration,
    ) -> Result<Version, ServiceError> {
        let command = match what {
            Administration::Suspend(reason) => AccountCommand::Suspend { reason },
            Administration::Reinstate => AccountCommand::Reinstate,
            Administration::Close(reason) => AccountCommand::Close { reason },
        };
        let service = self.clone();
        self.run(async move {
            let done = service.carry(&context, id, command).await?;
            Ok(Version { account: id, version: done.loaded.version })
        })
        .await
    }
}
