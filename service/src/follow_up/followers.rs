//! Steps over two streams: what follows a commit point in another stream, which anybody may append again.

use countersign_domain::account::{Account, Grant, SignIn, Stage};
use countersign_domain::id::{AccountId, SignInId};
use countersign_domain::session::{Session, SessionCommand, SessionEnd, Started};

use super::Outcome;
use crate::command::Undone;
use crate::context::Context;
use crate::error::ServiceError;
use crate::service::Service;

impl Service {
    /// `session.started` follows `sign_in.signed_in`.
    pub(super) async fn follow_signed_in(
        &self,
        id: AccountId,
        sign_in: SignInId,
    ) -> Result<Outcome, ServiceError> {
        let account = self.store().load::<Account>(&id.to_string()).await?;
        if let Some(sign_in) = account.state.sign_in(sign_in)
            && let Stage::SignedIn(grant) = &sign_in.stage
        {
            self.start_session(id, sign_in, grant).await?;
        }
        Ok(Outcome::Done)
    }

    /// Starts a session that was granted, unless it has been started.
    pub(crate) async fn start_session(
        &self,
        account: AccountId,
        sign_in: &SignIn,
        grant: &Grant,
    ) -> Result<Session, ServiceError> {
        let started = Started {
            account,
            sign_in: sign_in.id,
            client: sign_in.client,
            refresh_token: grant.refresh_token.clone(),
            amr: grant.amr.clone(),
            aal: grant.aal,
            generation: grant.generation,
            expires_at: grant.expires_at,
        };
        let metadata = Context::service().metadata(self.now(), None);
        let make = |_: &Session| Ok(SessionCommand::Start(started.clone()));
        let done = self.parts().commands.execute(&grant.session.to_string(), &metadata, make).await;
        done.map(|done| done.loaded.state).map_err(never_refused)
    }

    /// `email.released`, and the end of every session, follow `account.closed`.
    pub(super) async fn follow_closed(&self, id: AccountId) -> Result<Outcome, ServiceError> {
        let account = self.store().load::<Account>(&id.to_string()).await?;
        let Some(person) = account.state.person() else { return Ok(Outcome::Done) };
        if let Some(email) = person.holder.email.known() {
            for key in self.parts().keys.address_keys(email)? {
                self.release(id, &key).await?;
            }
        }
        for session in &person.sessions {
            let metadata = Context::service().metadata(self.now(), None);
            let make = |_: &Session| Ok(SessionCommand::Revoke { cause: SessionEnd::AccountClosed });
            match self.parts().commands.execute::<Session>(&session.to_string(), &metadata, make).await {
                Ok(_) | Err(Undone::Refused(..)) => {}
                Err(Undone::Failed(error)) => return Err(error),
            }
        }
        Ok(Outcome::Done)
    }
}

fn never_refused<R: std::fmt::Display>(undone: Undone<R>) -> ServiceError {
    match undone {
        Undone::Refused(refusal, _) => ServiceError::broken(refusal),
        Undone::Failed(error) => error,
    }
}
