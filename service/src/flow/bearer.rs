//! Who holds a sign-in's token, or a session's: everything under a sign-in asks for the one, and what a person does with
//! their own account for the other.

use countersign_domain::id::{AccountId, SessionId, SignInId};
use countersign_domain::session::Session;

use crate::error::ServiceError;
use crate::service::Service;

/// The proof that a request carried a sign-in's own token.
#[derive(Debug, Clone, Copy)]
pub struct SignInBearer {
    pub(super) account: AccountId,
    pub(super) sign_in: SignInId,
}

/// The proof that a request carried the access token of a session that was good a moment ago.
#[derive(Debug, Clone, Copy)]
pub struct SessionBearer {
    pub(super) account: AccountId,
    pub(super) session: SessionId,
}

impl Service {
    /// Looks at the session once more, now that the whole request is there: a body takes its time to come, and what was
    /// ended meanwhile does nothing any more. The account asks for itself whether it ended the session.
    pub(super) async fn still_signed_in(&self, bearer: SessionBearer) -> Result<(), ServiceError> {
        let session = self.store().load::<Session>(&bearer.session.to_string()).await?.state;
        session.live(self.now()).map(drop).ok_or(ServiceError::TokenRejected)
    }

    /// Reads an access token, and asks its session's stream and the account's whether it is good.
    pub async fn authenticate_session(&self, access_token: &str) -> Result<SessionBearer, ServiceError> {
        let honoured = self.honoured_token(access_token).await?;
        Ok(SessionBearer { account: honoured.account, session: honoured.session })
    }

    /// Reads the token of a sign-in; another sign-in's token is as good as none.
    pub fn authenticate(&self, token: &str, sign_in: SignInId) -> Result<SignInBearer, ServiceError> {
        let read = self.parts().keys.read_sign_in_token(token).map_err(|_| ServiceError::TokenRejected)?;
        if read.thing == sign_in {
            Ok(SignInBearer { account: read.account, sign_in })
        } else {
            Err(ServiceError::TokenRejected)
        }
    }
}
