//! Who holds a sign-in's token: everything under a sign-in asks for it.

use countersign_domain::id::{AccountId, SignInId};

use crate::error::ServiceError;
use crate::service::Service;

/// The proof that a request carried a sign-in's own token.
#[derive(Debug, Clone, Copy)]
pub struct SignInBearer {
    pub(super) account: AccountId,
    pub(super) sign_in: SignInId,
}

impl Service {
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
