//! Who holds a sign-in's token, or a session's: everything under a sign-in asks for the one, and what a person does with
//! their own account for the other.

use countersign_domain::id::{AccountId, ClientId, SessionId, SignInId};
use countersign_domain::session::Session;

use crate::error::ServiceError;
use crate::service::Service;
use crate::tokens::Bearer;

/// The proof that a request carried a sign-in's own token.
#[derive(Debug, Clone, Copy)]
pub struct SignInBearer {
    pub(super) account: AccountId,
    pub(super) sign_in: SignInId,
    pub(super) client: Option<ClientId>,
}

/// The proof that a request carried the access token of a session that was good a moment ago.
#[derive(Debug, Clone, Copy)]
pub struct SessionBearer {
    pub(super) account: AccountId,
    pub(super) session: SessionId,
    pub(super) client: Option<ClientId>,
}

impl SignInBearer {
    /// The client that the sign-in belongs to; none in development.
    pub fn client(&self) -> Option<ClientId> {
        self.client
    }
}

impl SessionBearer {
    /// The client that the session was granted through; none in development.
    pub fn client(&self) -> Option<ClientId> {
        self.client
    }
}

impl Service {
    /// Looks at the session once more, now that the whole request is there: a body takes its time to come, and what was
    /// ended meanwhile does nothing any more. The account asks for itself whether it ended the session.
    pub(super) async fn still_signed_in(&self, bearer: SessionBearer) -> Result<(), ServiceError> {
        let session = self.store().load::<Session>(&bearer.session.to_string()).await?.state;
        session.live(self.now()).ok_or(ServiceError::TokenRejected)?;
        self.still_served(bearer.client).await
    }

    /// Refuses what belongs to a client that was revoked.
    pub(super) async fn still_served(&self, client: Option<ClientId>) -> Result<(), ServiceError> {
        if self.is_served(client).await? { Ok(()) } else { Err(ServiceError::TokenRejected) }
    }

    /// Reads an access token, and asks its session's stream, the account's and the client's whether it is good.
    pub async fn authenticate_session(&self, access_token: &str) -> Result<SessionBearer, ServiceError> {
        let honoured = self.honoured_token(access_token).await?;
        let client = honoured.live.granted.client;
        Ok(SessionBearer { account: honoured.account, session: honoured.session, client })
    }

    /// Reads the token of a sign-in; another sign-in's token is as good as none, and so is a revoked client's.
    pub async fn authenticate(&self, token: &str, sign_in: SignInId) -> Result<SignInBearer, ServiceError> {
        let read = self.parts().keys.read_sign_in_token(token).map_err(|_| ServiceError::TokenRejected)?;
        let (Bearer { account, thing }, client) = read;
        if thing != sign_in {
            return Err(ServiceError::TokenRejected);
        }
        self.still_served(client).await?;
        Ok(SignInBearer { account, sign_in, client })
    }
}
