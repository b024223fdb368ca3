//! The gate: a new backup code is replaced unseen, or confirmed as saved, before a session is granted.

use countersign_domain::account::AccountCommand;
use countersign_domain::id::BackupCodeId;

use super::answer::Offers;
use super::bearer::SignInBearer;
use crate::error::ServiceError;
use crate::once::Asked;
use crate::service::Service;
use crate::view::SignInReply;

impl Service {
    /// Replaces a backup code that was not seen.
    pub async fn reissue_backup_code(
        &self,
        asked: impl Into<Asked<SignInReply>>,
        bearer: SignInBearer,
    ) -> Result<SignInReply, ServiceError> {
        let service = self.clone();
        self.once(asked.into(), move |context, keeper| async move {
            let offer = service.offer_backup_code(bearer.account)?;
            let replacement = offer.proposal.clone();
            let command = AccountCommand::ReissueBackupCode { sign_in: bearer.sign_in, replacement };
            let offers = Offers { session: None, backup_code: Some(offer) };
            service.answer_sign_in(&context, &keeper, bearer, |_| Ok(command.clone()), &offers).await
        })
        .await
    }

    /// Takes the person's word that the code is saved, and grants the session.
    pub async fn confirm_save(
        &self,
        asked: impl Into<Asked<SignInReply>>,
        bearer: SignInBearer,
        backup_code: BackupCodeId,
        saved: bool,
    ) -> Result<SignInReply, ServiceError> {
        let SignInBearer { account, sign_in, .. } = bearer;
        let service = self.clone();
        self.once(asked.into(), move |context, keeper| async move {
            let offer = service.offer_session(account)?;
            let session = offer.proposal.clone();
            let command = AccountCommand::ConfirmSave { sign_in, backup_code, saved, session };
            let offers = Offers { session: Some(offer), backup_code: None };
            service.answer_sign_in(&context, &keeper, bearer, |_| Ok(command.clone()), &offers).await
        })
        .await
    }
}
