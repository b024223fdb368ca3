//! A person's own sessions: which there are, and to end them.

use countersign_domain::account::{Account, AccountCommand};
use countersign_domain::id::SessionId;
use countersign_domain::session::{Live, Session, SessionCommand, SessionEnd};

use super::bearer::SessionBearer;
use super::challenge::Version;
use crate::command::Undone;
use crate::context::Context;
use crate::error::ServiceError;
use crate::service::Service;
use crate::view::SessionView;

/// Which sessions a person ends together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndedSessions {
    /// All of them.
    All,
    /// All but the one that asks.
    Others,
}

impl Service {
    /// The sessions that are good, the newest first, from the streams: what was ended a moment ago is not among them.
    pub async fn sessions(&self, bearer: SessionBearer) -> Result<Vec<SessionView>, ServiceError> {
        let SessionBearer { account: id, session: current, .. } = bearer;
        let account = self.store().load::<Account>(&id.to_string()).await?.state;
        let mut views = Vec::new();
        for known in account.person().into_iter().flat_map(|person| person.sessions.iter().rev()) {
            if let Some(live) = self.live_session(id, &account, known.id).await? {
                views.push(SessionView::of(known.id, live, current));
            }
        }
        Ok(views)
    }

    /// Ends one of the person's sessions; another person's is not there.
    pub async fn end_session(
        &self,
        context: Context,
        bearer: SessionBearer,
        session: SessionId,
    ) -> Result<(), ServiceError> {
        let service = self.clone();
        self.run(async move { service.do_end_session(&context, bearer, session).await }).await
    }

    async fn do_end_session(
        &self,
        context: &Context,
        bearer: SessionBearer,
        session: SessionId,
    ) -> Result<(), ServiceError> {
        let SessionBearer { account: id, session: current, .. } = bearer;
        self.still_signed_in(bearer).await?;
        let account = self.store().load::<Account>(&id.to_string()).await?.state;
        account.asked_in(current).map_err(|_| ServiceError::TokenRejected)?;
        if self.followed_session(id, &account, session).await?.account() != Some(id) {
            return Err(ServiceError::NotFound);
        }
        let metadata = context.metadata(self.now(), None);
        let revoke = SessionCommand::Revoke { cause: SessionEnd::Requested, by: Some(current) };
        let make = |_: &Session| Ok(revoke.clone());
        match self.parts().commands.execute::<Session>(&session.to_string(), &metadata, make).await {
            Ok(_) => Ok(()),
            Err(Undone::Refused(..)) => Err(ServiceError::NotFound),
            Err(Undone::Failed(error)) => Err(error),
        }
    }

    /// Ends the person's sessions together.
    pub async fn end_sessions(
        &self,
        context: Context,
        bearer: SessionBearer,
        which: EndedSessions,
    ) -> Result<Version, ServiceError> {
        let SessionBearer { account, session, .. } = bearer;
        let stays = which == EndedSessions::Others;
        let service = self.clone();
        self.run(async move {
            service.still_signed_in(bearer).await?;
            let command = AccountCommand::RevokeSessions { session, stays };
            let done = service.carry(&context, account, command).await?;
            Ok(Version { account, version: done.loaded.version })
        })
        .await
    }
}

impl SessionView {
    fn of(id: SessionId, live: Live, current: SessionId) -> Self {
        let (last_refreshed_at, expires_at) = (live.last_refreshed_at(), live.ends_at());
        Self {
            id,
            created_at: live.started_at,
            last_refreshed_at,
            expires_at,
            client: live.granted.client,
            device_label: live.granted.device_label,
            amr: live.granted.amr,
            aal: live.granted.aal,
            current: id == current,
        }
    }
}
