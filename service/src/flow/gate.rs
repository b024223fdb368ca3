//! The gate: a new backup code is replaced unseen, or confirmed as saved, before a session is granted.

use countersign_domain::account::AccountCommand;
use countersign_domain::id::BackupCodeId;

use super::bearer::SignInBearer;
use crate::context::Context;
use crate::error::ServiceError;
use crate::service::Service;
use crate::view::SignInReply;

impl Service {
    /// Replaces a backup code that was not seen.
    pub async fn reissue_backup_code(
        &self,
        context: Context,
        bearer: SignInBearer,
    ) -> Result<SignInReply, ServiceError> {
        let SignInBearer { account, sign_in: id } = bearer;
        let service = self.clone();
        self.run(async move {
            let offer = service.offer_backup_code(account)?;
            let replacement = offer.proposal.clone();
            let command = AccountCommand::ReissueBackupCode { sign_in: id, replacement };
            let done = service.decide_for(&context, account, command).await?;
            service.reply(account, id, done, None, Some(offer)).await
        })
        .await
    }

    /// Takes the person's word that the code is saved, and grants the session.
    pub async fn confirm_save(
        &self,
        context: Context,
        bearer: SignInBearer,
        backup_code: BackupCodeId,
        saved: bool,
    ) -> Result<SignInReply, ServiceError> {
        let SignInBearer { account, sign_in: id } = bearer;
        let service = self.clone();
        self.run(async move {
            let offer = service.offer_session(account)?;
            let session = offer.proposal.clone();
            let command = AccountCommand::ConfirmSave { sign_in: id, backup_code, saved, session };
            let done = service.decide_for(&context, account, command).await?;
            service.reply(account, id, done, Some(offer), None).await
        })
        .await
    }
}
