//! Refresh a session: its refresh token is exchanged for a new one, and a new access token is made.

use countersign_domain::decider::Recorded;
use countersign_domain::id::SessionId;
use countersign_domain::secret::Verifier;
use countersign_domain::session::{Presented, Refresh, Session, SessionCommand, SessionEvent};
use countersign_domain::time::Timestamp;
use countersign_domain::word::KeyId;
use countersign_stores::Purpose;

use super::me::Honoured;
use crate::access_token::{Claims, TokenSession};
use crate::command::{Done, Undone};
use crate::context::Context;
use crate::error::ServiceError;
use crate::once::{Asked, Keeper};
use crate::service::Service;
use crate::shown::Shown;
use crate::tokens::Bearer;
use crate::view::SessionReply;

/// What a refresh token can be exchanged for: a token for each key of the keyring.
type Children = Vec<(KeyId, String)>;

impl Service {
    /// Exchanges a refresh token of a session that belongs to the client that asks.
    pub async fn refresh(
        &self,
        asked: impl Into<Asked<SessionReply>>,
        token: &str,
    ) -> Result<SessionReply, ServiceError> {
        let read = self.parts().keys.read_refresh_token(token);
        let bearer = read.map_err(|_| ServiceError::RefreshTokenRejected)?;
        let (service, token) = (self.clone(), Shown::new(token.to_owned()));
        self.once(asked.into(), move |context, keeper| async move {
            service.do_refresh(&context, &keeper, bearer, token.expose()).await
        })
        .await
    }

    async fn do_refresh(
        &self,
        context: &Context,
        keeper: &Keeper<SessionReply>,
        bearer: Bearer<SessionId>,
        token: &str,
    ) -> Result<SessionReply, ServiceError> {
        let honoured = self.honoured(bearer.account, bearer.thing).await?;
        let honoured = honoured.ok_or(ServiceError::RefreshTokenRejected)?;
        let children = self.parts().keys.refresh_children(token, bearer)?;
        let child = self.offered(&children)?;
        let metadata = context.metadata(self.now(), None);
        let make = |state: &Session| {
            let presented = self.presented(state, token)?;
            Ok(SessionCommand::Refresh(Refresh { client: context.client, presented, child: child.clone() }))
        };
        let stream = bearer.thing.to_string();
        let answer = |done: &Done<Session>| self.refreshed(&honoured, done, &children);
        match self.answer_from(&stream, (None, &metadata, None), keeper, make, answer).await {
            Ok((answer, _)) => answer,
            Err(Undone::Refused(..)) => Err(ServiceError::RefreshTokenRejected),
            Err(Undone::Failed(error)) => Err(error),
        }
    }

    /// What is stored of the token that is offered: the current key's.
    fn offered(&self, children: &Children) -> Result<Verifier, ServiceError> {
        let (_, child) = children.first().ok_or_else(|| ServiceError::broken("the keyring is empty"))?;
        Ok(self.parts().keys.token_verifier(Purpose::RefreshTokens, child)?)
    }

    fn presented(&self, session: &Session, token: &str) -> Result<Presented, ServiceError> {
        let Session::Live(live) = session else { return Ok(Presented::Older) };
        if self.is_refresh_token(&live.refresh_token, token)? {
            return Ok(Presented::Current);
        }
        match &live.replaced {
            Some(replaced) if self.is_refresh_token(&replaced.refresh_token, token)? => {
                Ok(Presented::Replaced)
            }
            _ => Ok(Presented::Older),
        }
    }

    pub(super) fn is_refresh_token(&self, verifier: &Verifier, token: &str) -> Result<bool, ServiceError> {
        Ok(self.parts().keys.is_token(Purpose::RefreshTokens, verifier, token)?)
    }

    /// Answers from the committed facts: with the token that was stored, whoever stored it. It is derived anew, since
    /// another server with another current key may have.
    fn refreshed(
        &self,
        honoured: &Honoured,
        done: &Done<Session>,
        children: &Children,
    ) -> Result<SessionReply, ServiceError> {
        let stored = stored(done).ok_or(ServiceError::RefreshTokenRejected)?;
        for (_, child) in children {
            if self.is_refresh_token(stored, child)? {
                let child = Shown::new(child.clone());
                return self.session_reply(&honoured.token_session(), child, done.now);
            }
        }
        Err(ServiceError::broken("a refresh token that was exchanged has no child"))
    }

    /// A session as its client gets it, with a new access token.
    pub(crate) fn session_reply(
        &self,
        of: &TokenSession<'_>,
        refresh_token: Shown,
        now: Timestamp,
    ) -> Result<SessionReply, ServiceError> {
        let claims = Claims::new(&self.parts().issuer, of, now);
        Ok(SessionReply {
            id: of.session,
            access_token: Shown::new(self.parts().keys.sign_access_token(&claims)?),
            refresh_token,
            expires_in: claims.expires_in(),
            amr: of.amr.to_vec(),
            aal: of.aal,
        })
    }
}

/// What is stored of the token that the exchange came to: none if it ended the session.
fn stored(done: &Done<Session>) -> Option<&Verifier> {
    match (done.events.first(), &done.loaded.state) {
        (Some((_, Recorded { event: SessionEvent::Refreshed { refresh_token, .. }, .. })), _) => {
            Some(refresh_token)
        }
        (None, Session::Live(live)) => Some(&live.refresh_token),
        _ => None,
    }
}
