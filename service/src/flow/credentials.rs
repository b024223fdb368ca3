//! What a signed-in person changes of their own credentials, each after a step-up.

use countersign_domain::account::{Account, AccountCommand, AccountEvent, AccountRefusal, SignInState};
use countersign_domain::id::{AccountId, BackupCodeId, SessionId};
use countersign_domain::password::Password;
use countersign_stores::Loaded;

use super::answer::BackupCodeOffer;
use super::bearer::SessionBearer;
use super::challenge::Version;
use super::register::judge;
use crate::answering::Target;
use crate::command::{Done, Undone};
use crate::context::Context;
use crate::error::ServiceError;
use crate::once::{Asked, Keeper, Until};
use crate::service::Service;
use crate::view::{AccountView, BackupCodeReply, RequestedBackupCode};

impl Service {
    /// Chooses another password; all other sessions and every pending sign-in end.
    pub async fn change_password(
        &self,
        asked: impl Into<Asked<AccountView>>,
        bearer: SessionBearer,
        password: Password,
    ) -> Result<AccountView, ServiceError> {
        let service = self.clone();
        self.once(asked.into(), move |context, keeper| async move {
            service.do_change_password(&context, &keeper, bearer, password).await
        })
        .await
    }

    /// Makes another backup code; the one that is in force stays so until this one is confirmed.
    pub async fn request_backup_code(
        &self,
        asked: impl Into<Asked<RequestedBackupCode>>,
        bearer: SessionBearer,
    ) -> Result<RequestedBackupCode, ServiceError> {
        let SessionBearer { account, session, .. } = bearer;
        let service = self.clone();
        self.once(asked.into(), move |context, keeper| async move {
            if keeper.was_done(account).await? {
                // The code that it showed is saved, used or replaced by now.
                let refusal = AccountRefusal::WrongState { state: SignInState::SignedIn };
                return Err(ServiceError::Refused { refusal, now: service.now() });
            }
            let offer = service.offer_backup_code(account)?;
            let until = Some(Until::Saved(offer.proposal.id));
            let code = offer.proposal.clone();
            let command = AccountCommand::RequestBackupCode { session, code };
            let answer = |done: &Done<Account>| requested(account, done, &offer);
            service.answer_credentials(&context, &keeper, (bearer, until), command, answer).await
        })
        .await
    }

    /// Takes the person's word that a backup code which they asked for is saved.
    pub async fn confirm_backup_code(
        &self,
        asked: impl Into<Asked<AccountView>>,
        bearer: SessionBearer,
        backup_code: BackupCodeId,
        saved: bool,
    ) -> Result<AccountView, ServiceError> {
        let SessionBearer { account, session, .. } = bearer;
        let service = self.clone();
        self.once(asked.into(), move |context, keeper| async move {
            let command = AccountCommand::ConfirmBackupCode { session, backup_code, saved };
            let answer = |done: &Done<Account>| view_of(account, done);
            service.answer_credentials(&context, &keeper, (bearer, None), command, answer).await
        })
        .await
    }

    /// Carries a command about the account's credentials in a session that is still good, and gives the answer that was
    /// made of it.
    async fn answer_credentials<T: Send + Sync>(
        &self,
        context: &Context,
        keeper: &Keeper<T>,
        (bearer, until): (SessionBearer, Option<Until>),
        command: AccountCommand,
        answer: impl Fn(&Done<Account>) -> Result<T, ServiceError> + Send,
    ) -> Result<T, ServiceError> {
        self.still_signed_in(bearer).await?;
        let metadata = context.metadata(self.now(), None);
        let target = Target { account: bearer.account, known: None, metadata: &metadata, until };
        let answered = self.answer_with(target, keeper, |_| Ok(command.clone()), answer).await;
        answered.map_err(Undone::into_service_error)
    }

    /// Whether the person proved once more who they are is asked before the password is judged or hashed.
    async fn do_change_password(
        &self,
        context: &Context,
        keeper: &Keeper<AccountView>,
        bearer: SessionBearer,
        password: Password,
    ) -> Result<AccountView, ServiceError> {
        let SessionBearer { account, session, .. } = bearer;
        let known = self.store().load::<Account>(&account.to_string()).await?;
        self.asks_after_step_up(&known, session)?;
        let place = self.parts().hashing.place()?;
        let email = known.state.holder().and_then(|holder| holder.email.known()).cloned();
        let chosen = judge(&place, password, email).await?;
        let password = place.hash(chosen).await?;
        drop(place);
        let command = AccountCommand::ChangePassword { session, password };
        let answer = |done: &Done<Account>| view_of(account, done);
        self.answer_credentials(context, keeper, (bearer, None), command, answer).await
    }

    fn asks_after_step_up(&self, known: &Loaded<Account>, session: SessionId) -> Result<(), ServiceError> {
        let now = self.now().max(known.last_at);
        let refused = |refusal: AccountRefusal| Undone::Refused(refusal, now).into_service_error();
        known.state.stepped_up(now, session).map(drop).map_err(refused)
    }
}

/// A backup code that was asked for, as facts make it.
fn requested(
    account: AccountId,
    done: &Done<Account>,
    offer: &BackupCodeOffer,
) -> Result<RequestedBackupCode, ServiceError> {
    let issued = |event: &AccountEvent| matches!(event, AccountEvent::BackupCodeIssued { .. });
    if !done.events.iter().any(|(_, recorded)| issued(&recorded.event)) {
        return Err(ServiceError::broken("a backup code was not issued"));
    }
    Ok(RequestedBackupCode {
        version: Version { account, version: done.loaded.version },
        backup_code: BackupCodeReply { id: offer.proposal.id, code: offer.code.clone() },
    })
}

fn view_of(account: AccountId, done: &Done<Account>) -> Result<AccountView, ServiceError> {
    let view = AccountView::of(account, &done.loaded.state, done.loaded.version, done.now);
    view.ok_or_else(|| ServiceError::broken("an active account cannot be read"))
}
