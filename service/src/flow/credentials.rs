//! What a signed-in person changes of their own credentials, each after a step-up.

use countersign_domain::account::{Account, AccountCommand, AccountEvent, AccountRefusal};
use countersign_domain::id::{AccountId, BackupCodeId, SessionId};
use countersign_domain::password::Password;
use countersign_stores::Loaded;

use super::challenge::Version;
use super::register::judge;
use crate::command::Done;
use crate::context::Context;
use crate::error::ServiceError;
use crate::service::Service;
use crate::view::{AccountView, BackupCodeReply, RequestedBackupCode};

/// The proof that a request carried the access token of a session that is good.
#[derive(Debug, Clone, Copy)]
pub struct SessionBearer {
    account: AccountId,
    session: SessionId,
}

impl Service {
    /// Reads the access token of a session.
    pub async fn authenticate_session(&self, access_token: &str) -> Result<SessionBearer, ServiceError> {
        let (account, session) = self.signed_in_as(access_token).await?;
        Ok(SessionBearer { account, session })
    }

    /// Chooses another password; all other sessions and every pending sign-in end.
    pub async fn change_password(
        &self,
        context: Context,
        bearer: SessionBearer,
        password: Password,
    ) -> Result<AccountView, ServiceError> {
        let SessionBearer { account, session } = bearer;
        let service = self.clone();
        self.run(async move { service.do_change_password(&context, account, session, password).await }).await
    }

    /// Makes another backup code; the one that is in force stays so until this one is confirmed.
    pub async fn request_backup_code(
        &self,
        context: Context,
        bearer: SessionBearer,
    ) -> Result<RequestedBackupCode, ServiceError> {
        let SessionBearer { account, session } = bearer;
        let service = self.clone();
        self.run(async move {
            let offer = service.offer_backup_code(account)?;
            let code = offer.proposal.clone();
            let done =
                service.carry(&context, account, AccountCommand::RequestBackupCode { session, code }).await?;
            let issued = |event: &AccountEvent| matches!(event, AccountEvent::BackupCodeIssued { .. });
            if !done.events.iter().any(|(_, recorded)| issued(&recorded.event)) {
                return Err(ServiceError::broken("a backup code was not issued"));
            }
            Ok(RequestedBackupCode {
                version: Version { account, version: done.loaded.version },
                backup_code: BackupCodeReply { id: offer.proposal.id, code: offer.code },
            })
        })
        .await
    }

    /// Takes the person's word that a backup code which they asked for is saved.
    pub async fn confirm_backup_code(
        &self,
        context: Context,
        bearer: SessionBearer,
        backup_code: BackupCodeId,
        saved: bool,
    ) -> Result<AccountView, ServiceError> {
        let SessionBearer { account, session } = bearer;
        let service = self.clone();
        self.run(async move {
            let command = AccountCommand::ConfirmBackupCode { session, backup_code, saved };
            let done = service.carry(&context, account, command).await?;
            view_of(account, &done)
        })
        .await
    }

    /// Whether the person proved once more who they are is asked before the password is judged or hashed.
    async fn do_change_password(
        &self,
        context: &Context,
        account: AccountId,
        session: SessionId,
        password: Password,
    ) -> Result<AccountView, ServiceError> {
        let known = self.store().load::<Account>(&account.to_string()).await?;
        self.asks_after_step_up(&known, session)?;
        let place = self.parts().hashing.place()?;
        let email = known.state.holder().and_then(|holder| holder.email.known()).cloned();
        let chosen = judge(password, email).await?;
        let password = place.hash(chosen).await?;
        drop(place);
        let done = self.carry(context, account, AccountCommand::ChangePassword { session, password }).await?;
        view_of(account, &done)
    }

    fn asks_after_step_up(&self, known: &Loaded<Account>, session: SessionId) -> Result<(), ServiceError> {
        let now = self.now().max(known.last_at);
        let refused = |refusal: AccountRefusal| ServiceError::Refused { refusal, now };
        known.state.stepped_up(now, session).map(drop).map_err(refused)
    }
}

fn view_of(account: AccountId, done: &Done<Account>) -> Result<AccountView, ServiceError> {
    let view = AccountView::of(account, &done.loaded.state, done.loaded.version);
    view.ok_or_else(|| ServiceError::broken("an active account cannot be read"))
}
