//! What a signed-in person sees of their own account, and whether a session is good.

use countersign_domain::account::Account;
use countersign_domain::id::{AccountId, SessionId};
use countersign_domain::session::{Live, Session};
use countersign_stores::Loaded;

use crate::access_token::{Claims, TokenSession};
use crate::error::ServiceError;
use crate::service::Service;
use crate::view::AccountView;

/// A session that is good, and its account.
pub(super) struct Honoured {
    pub(super) account: AccountId,
    pub(super) session: SessionId,
    pub(super) person: Loaded<Account>,
    pub(super) live: Live,
}

impl Service {
    /// The account of the session that an access token stands for.
    pub async fn me(&self, access_token: &str) -> Result<AccountView, ServiceError> {
        let Honoured { account, person, .. } = self.honoured_token(access_token).await?;
        let view = AccountView::of(account, &person.state, person.version, self.now());
        view.ok_or_else(|| ServiceError::broken("an active account cannot be read"))
    }

    /// The session that an access token stands for, and its account.
    pub(super) async fn honoured_token(&self, access_token: &str) -> Result<Honoured, ServiceError> {
        let found = self.honoured_claims(access_token).await?;
        found.map(|(honoured, _)| honoured).ok_or(ServiceError::TokenRejected)
    }

    /// The same, and what the token says; nothing if it is not good. It must have been meant for the session's client.
    pub(super) async fn honoured_claims(
        &self,
        access_token: &str,
    ) -> Result<Option<(Honoured, Claims)>, ServiceError> {
        let (keys, issuer) = (&self.parts().keys, &self.parts().issuer);
        let Ok(claims) = keys.read_access_token(issuer, access_token, self.now()) else { return Ok(None) };
        let found = self.honoured(claims.sub, claims.sid).await?;
        let meant = |honoured: &Honoured| claims.aud == issuer.audience(honoured.live.granted.client);
        Ok(found.filter(meant).map(|honoured| (honoured, claims)))
    }

    /// The session and its account, if it is good: its own stream, the account's and its client's say so.
    pub(super) async fn honoured(
        &self,
        account: AccountId,
        session: SessionId,
    ) -> Result<Option<Honoured>, ServiceError> {
        let person = self.store().load::<Account>(&account.to_string()).await?;
        let live = self.live_session(account, &person.state, session).await?;
        Ok(live.map(|live| Honoured { account, session, person, live }))
    }

    /// The session of an account, if it is good. One that was granted and has not started is started first.
    pub(super) async fn live_session(
        &self,
        account: AccountId,
        person: &Account,
        session: SessionId,
    ) -> Result<Option<Live>, ServiceError> {
        let Account::Active(active) = person else { return Ok(None) };
        let state = self.followed_session(account, person, session).await?;
        let live = state.live(self.now());
        let live = live.filter(|live| live.granted.account == account && active.honours(session));
        let Some(live) = live else { return Ok(None) };
        let served = self.is_served(live.granted.client).await?;
        Ok(served.then(|| live.clone()))
    }

    /// A session as its stream says it. One that was granted and has not started is started first.
    pub(super) async fn followed_session(
        &self,
        account: AccountId,
        person: &Account,
        session: SessionId,
    ) -> Result<Session, ServiceError> {
        let state = self.store().load::<Session>(&session.to_string()).await?.state;
        if state == Session::None { self.follow_grant(account, person, session).await } else { Ok(state) }
    }
}

impl Honoured {
    /// What access tokens are made of.
    pub(super) fn token_session(&self) -> TokenSession<'_> {
        let granted = &self.live.granted;
        TokenSession {
            account: self.account,
            session: self.session,
            client: granted.client,
            amr: &granted.amr,
            aal: granted.aal,
            granted_at: self.live.started_at,
            expires_at: granted.expires_at,
        }
    }
}
