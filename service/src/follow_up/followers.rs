//! Steps over two streams: what follows a commit point in another stream, which anybody may append again.

use countersign_domain::account::{Account, AccountEvent, Grant, SignIn, Stage};
use countersign_domain::decider::Recorded;
use countersign_domain::email::Email;
use countersign_domain::id::{AccountId, SessionId};
use countersign_domain::secret::Personal;
use countersign_domain::session::{Session, SessionCommand, SessionEnd, Started};
use countersign_stores::Loaded;

use super::Outcome;
use crate::command::Undone;
use crate::context::Context;
use crate::error::ServiceError;
use crate::service::Service;

impl Service {
    /// `session.started` follows `sign_in.signed_in`, which says all that there is to know, but for what the person
    /// calls the device: that is known while the account remembers the sign-in.
    pub(super) async fn follow_signed_in(
        &self,
        account: AccountId,
        known: Option<Loaded<Account>>,
        granted: &Recorded<AccountEvent>,
    ) -> Result<Outcome, ServiceError> {
        if let AccountEvent::SignedIn {
            sign_in,
            session,
            refresh_token,
            amr,
            aal,
            generation,
            client,
            session_expires_at,
            ..
        } = &granted.event
        {
            let known = match known {
                Some(known) => known,
                None => self.store().load(&account.to_string()).await?,
            };
            let started = Started {
                account,
                sign_in: *sign_in,
                client: *client,
                refresh_token: refresh_token.clone(),
                amr: amr.clone(),
                aal: *aal,
                generation: *generation,
                expires_at: *session_expires_at,
                granted_at: Some(granted.at),
                device_label: known.state.sign_in(*sign_in).and_then(device_label),
            };
            self.start_session(*session, started).await?;
        }
        Ok(Outcome::Done)
    }

    /// Starts a session that was granted, unless it has been started.
    async fn start_session(&self, session: SessionId, started: Started) -> Result<Session, ServiceError> {
        let metadata = Context::follower(started.client).metadata(self.now(), None);
        let make = |_: &Session| Ok(SessionCommand::Start(started.clone()));
        let done = self.parts().commands.execute(&session.to_string(), &metadata, make).await;
        done.map(|done| done.loaded.state).map_err(never_refused)
    }

    /// Appends `session.started`, which follows `sign_in.signed_in`, if the account says that it was granted.
    pub(crate) async fn follow_grant(
        &self,
        id: AccountId,
        account: &Account,
        session: SessionId,
    ) -> Result<Session, ServiceError> {
        let sign_ins = account.person().into_iter().flat_map(|person| &person.sign_ins);
        let mut granted = sign_ins.filter_map(|sign_in| match &sign_in.stage {
            Stage::SignedIn(grant) if grant.session == session => Some((sign_in, grant)),
            _ => None,
        });
        let Some((sign_in, grant)) = granted.next_back() else { return Ok(Session::None) };
        self.start_session(session, of_grant(id, sign_in, grant)).await
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
            self.end_session_of_closed(id, &account.state, session.id).await?;
        }
        Ok(Outcome::Done)
    }

    /// `email.released` follows `account.email_changed`, for every stream of the address before that is none of the one in
    /// force. That one was claimed before it was changed to; claiming it again changes nothing.
    pub(super) async fn follow_email_changed(
        &self,
        id: AccountId,
        previous: &Personal<Email>,
    ) -> Result<(), ServiceError> {
        let account = self.store().load::<Account>(&id.to_string()).await?.state;
        let mut kept = Vec::new();
        if let Account::Active(person) | Account::Suspended(person) = &account
            && let Some(email) = person.holder.email.known()
        {
            let metadata = Context::service().metadata(self.now(), None);
            if let Some(claim) = self.claim_only(id, email, &metadata).await? {
                self.claim_followed(&claim).await;
            }
            kept = self.parts().keys.address_keys(email)?;
        }
        let Some(previous) = previous.known() else { return Ok(()) };
        for key in self.parts().keys.address_keys(previous)? {
            if !kept.contains(&key) {
                self.release(id, &key).await?;
            }
        }
        Ok(())
    }

    /// Ends a session of a closed account. One that was granted and has not started is started first: its
    /// start, appended later, would outlive the end.
    async fn end_session_of_closed(
        &self,
        id: AccountId,
        account: &Account,
        session: SessionId,
    ) -> Result<(), ServiceError> {
        self.follow_grant(id, account, session).await?;
        let metadata = Context::service().metadata(self.now(), None);
        let make = |_: &Session| Ok(SessionCommand::Revoke { cause: SessionEnd::AccountClosed, by: None });
        match self.parts().commands.execute::<Session>(&session.to_string(), &metadata, make).await {
            Ok(_) | Err(Undone::Refused(..)) => Ok(()),
            Err(Undone::Failed(error)) => Err(error),
        }
    }
}

fn of_grant(account: AccountId, sign_in: &SignIn, grant: &Grant) -> Started {
    Started {
        account,
        sign_in: sign_in.id,
        client: sign_in.client,
        refresh_token: grant.refresh_token.clone(),
        amr: grant.amr.clone(),
        aal: grant.aal,
        generation: grant.generation,
        expires_at: grant.expires_at,
        granted_at: Some(grant.granted_at),
        device_label: device_label(sign_in),
    }
}

/// What the person calls the device, if it can still be read.
fn device_label(sign_in: &SignIn) -> Option<Personal<String>> {
    sign_in.device_label.clone().filter(|label| label.known().is_some())
}

fn never_refused<R: std::fmt::Display>(undone: Undone<R>) -> ServiceError {
    match undone {
        Undone::Refused(refusal, _) => ServiceError::broken(refusal),
        Undone::Failed(error) => error,
    }
}
