//! Whether a token is good (RFC 7662), as its client asks: from the streams, so that what was ended a moment ago is not.

use countersign_domain::id::{AccountId, ClientId, SessionId};
use countersign_domain::word::{Aal, Amr};
use uuid::Uuid;

use super::me::Honoured;
use crate::access_token::seconds;
use crate::error::ServiceError;
use crate::service::Service;

/// What a good token stands for. Times are whole seconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Introspected {
    /// What kind of token it is.
    pub kind: TokenKind,
    /// Who made it.
    pub issuer: String,
    /// Who it is meant for.
    pub audience: String,
    /// Whose session it is.
    pub account: AccountId,
    /// The session.
    pub session: SessionId,
    /// How the person authenticated.
    pub amr: Vec<Amr>,
    /// How sure that makes us.
    pub aal: Aal,
    /// When they did.
    pub authenticated_at: i64,
    /// When the token was made.
    pub issued_at: i64,
    /// When it ends.
    pub expires_at: i64,
}

/// A kind of token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// For requests.
    Access {
        /// The token's own id.
        id: Uuid,
    },
    /// For a new access token.
    Refresh,
}

impl Service {
    /// What a token stands for, if it is good and its session belongs to the client that asks.
    pub async fn introspect(
        &self,
        client: Option<ClientId>,
        token: &str,
    ) -> Result<Option<Introspected>, ServiceError> {
        let found = match self.introspect_access_token(token).await? {
            None => self.introspect_refresh_token(token).await?,
            found => found,
        };
        Ok(found.filter(|(owner, _)| *owner == client).map(|(_, introspected)| introspected))
    }

    async fn introspect_access_token(
        &self,
        token: &str,
    ) -> Result<Option<(Option<ClientId>, Introspected)>, ServiceError> {
        let Some((honoured, claims)) = self.honoured_claims(token).await? else { return Ok(None) };
        let introspected = Introspected {
            kind: TokenKind::Access { id: claims.jti },
            issued_at: claims.iat,
            expires_at: claims.exp,
            ..self.introspected(&honoured)
        };
        Ok(Some((honoured.live.granted.client, introspected)))
    }

    /// One that was exchanged is good no more, though its reply can be asked for again.
    async fn introspect_refresh_token(
        &self,
        token: &str,
    ) -> Result<Option<(Option<ClientId>, Introspected)>, ServiceError> {
        let Ok(bearer) = self.parts().keys.read_refresh_token(token) else { return Ok(None) };
        let Some(honoured) = self.honoured(bearer.account, bearer.thing).await? else { return Ok(None) };
        if !self.is_refresh_token(&honoured.live.refresh_token, token)? {
            return Ok(None);
        }
        Ok(Some((honoured.live.granted.client, self.introspected(&honoured))))
    }

    /// What is so of a session's refresh token, and of most of its access tokens.
    fn introspected(&self, honoured: &Honoured) -> Introspected {
        let (issuer, live) = (&self.parts().issuer, &honoured.live);
        let issued_at = live.last_refreshed_at().unwrap_or(live.started_at);
        Introspected {
            kind: TokenKind::Refresh,
            issuer: issuer.as_str().to_owned(),
            audience: issuer.audience(live.granted.client),
            account: honoured.account,
            session: honoured.session,
            amr: live.granted.amr.clone(),
            aal: live.granted.aal,
            authenticated_at: seconds(live.started_at),
            issued_at: seconds(issued_at),
            expires_at: seconds(live.ends_at()),
        }
    }
}
