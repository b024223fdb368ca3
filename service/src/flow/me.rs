//! What a signed-in person sees of their own account.

use countersign_domain::account::Account;
use countersign_domain::id::{AccountId, SessionId};
use countersign_domain::session::Session;
use countersign_stores::Loaded;

use crate::error::ServiceError;
use crate::service::Service;
use crate::tokens::Bearer;
use crate::view::AccountView;

impl Service {
    /// The account of the session that an access token stands for.
    pub async fn me(&self, access_token: &str) -> Result<AccountView, ServiceError> {
        let (account, _, loaded) = self.honoured_token(access_token).await?;
        let view = AccountView::of(account, &loaded.state, loaded.version);
        view.ok_or_else(|| ServiceError::broken("an active account cannot be read"))
    }

    /// The account and the session that an access token stands for.
    pub(super) async fn signed_in_as(
        &self,
        access_token: &str,
    ) -> Result<(AccountId, SessionId), ServiceError> {
        let (account, session, _) = self.honoured_token(access_token).await?;
        Ok((account, session))
    }

    async fn honoured_token(
        &self,
        access_token: &str,
    ) -> Result<(AccountId, SessionId, Loaded<Account>), ServiceError> {
        let read = self.parts().keys.read_access_token(access_token, self.now());
        let Bearer { account, thing: session } = read.map_err(|_| ServiceError::TokenRejected)?;
        let loaded = self.honoured(account, session).await?.ok_or(ServiceError::TokenRejected)?;
        Ok((account, session, loaded))
    }

    /// The account, if the session is good: its own stream and the account's both say so.
    async fn honoured(
        &self,
        account: AccountId,
        session: SessionId,
    ) -> Result<Option<Loaded<Account>>, ServiceError> {
        let loaded = self.store().load::<Account>(&account.to_string()).await?;
        let Account::Active(person) = &loaded.state else { return Ok(None) };
        let mut state = self.store().load::<Session>(&session.to_string()).await?.state;
        if state == Session::None {
            state = self.follow_grant(account, &loaded.state, session).await?;
        }
        let good = state
            .live(self.now())
            .is_some_and(|started| started.account == account && person.honours(session, started.generation));
        Ok(good.then_some(loaded))
    }
}
