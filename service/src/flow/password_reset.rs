//! Choose another password without the old one, with the mailed code and a backup code.

use std::fmt;

use countersign_domain::account::{Account, AccountCommand, AccountEvent, CompletePasswordReset};
use countersign_domain::code::{BackupCode, Digits};
use countersign_domain::email::Email;
use countersign_domain::password::Password;
use countersign_domain::word::CodePurpose;

use super::answer::BackupCodeOffer;
use super::attempt::Completing;
use super::challenge::Version;
use crate::answering::Target;
use crate::attempt_token::{AttemptBearer, AttemptKind};
use crate::command::Done;
use crate::context::Context;
use crate::error::ServiceError;
use crate::once::{Asked, Keeper, Until};
use crate::service::Service;
use crate::view::{AttemptReply, BackupCodeReply, ResetPasswordReply};

/// What completes a reset; its `Debug` says nothing of it.
#[derive(Clone)]
pub struct ResetCompletion {
    /// The token that the reset was answered with.
    pub token: String,
    /// The digits that were mailed.
    pub code: Digits,
    /// The proof that is not mail.
    pub proof: BackupCode,
    /// The password that the person chose.
    pub password: Password,
}

impl fmt::Debug for ResetCompletion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResetCompletion").finish_non_exhaustive()
    }
}

impl Service {
    /// Asks for a password reset, and mails a code where the address is an active account's.
    pub async fn request_password_reset(
        &self,
        asked: impl Into<Asked<AttemptReply>>,
        email: Email,
    ) -> Result<AttemptReply, ServiceError> {
        let service = self.clone();
        self.once(asked.into(), move |context, keeper| async move {
            service.request_attempt(AttemptKind::Reset, &context, &keeper, &email, None).await
        })
        .await
    }

    /// Chooses another password with the mailed code and a backup code.
    pub async fn complete_password_reset(
        &self,
        asked: impl Into<Asked<ResetPasswordReply>>,
        completion: ResetCompletion,
    ) -> Result<ResetPasswordReply, ServiceError> {
        let service = self.clone();
        self.once(asked.into(), move |context, keeper| async move {
            service.do_complete_reset(&context, &keeper, completion).await
        })
        .await
    }

    async fn do_complete_reset(
        &self,
        context: &Context,
        keeper: &Keeper<ResetPasswordReply>,
        completion: ResetCompletion,
    ) -> Result<ResetPasswordReply, ServiceError> {
        let begun =
            self.begin_completion(AttemptKind::Reset, context, &completion.token, &completion.password);
        let Completing { bearer, known, password, ending } = begun.await?;
        let offer = self.offer_backup_code(bearer.account)?;
        let metadata = context.metadata(self.now(), None);
        let make = |state: &Account| {
            let open = state.reset(bearer.attempt).map(|reset| &reset.challenge);
            Ok(AccountCommand::CompletePasswordReset(CompletePasswordReset {
                reset: bearer.attempt,
                check: self.check_attempt_code(CodePurpose::PasswordReset, bearer, open, &completion.code)?,
                found: self.find_backup_code(bearer.account, state, &completion.proof)?,
                replacement: offer.proposal.clone(),
                password: password.clone(),
            }))
        };
        let until = Some(Until::Saved(offer.proposal.id));
        let target = Target { account: bearer.account, known: Some(known), metadata: &metadata, until };
        let answer = |done: &Done<Account>| reply_of(bearer, done, &offer).ok_or(ServiceError::CodeRejected);
        let outcome = self.answer_with(target, keeper, make, answer).await;
        self.completed(keeper, ending, outcome).await
    }
}

/// The reply to a completed reset; none where a proof was wrong.
fn reply_of(
    bearer: AttemptBearer,
    done: &Done<Account>,
    offer: &BackupCodeOffer,
) -> Option<ResetPasswordReply> {
    let changed = |event: &AccountEvent| matches!(event, AccountEvent::PasswordChanged { .. });
    done.events.iter().find(|(_, recorded)| changed(&recorded.event))?;
    Some(ResetPasswordReply {
        id: bearer.attempt,
        version: Version { account: bearer.account, version: done.loaded.version },
        backup_code: BackupCodeReply { id: offer.proposal.id, code: offer.code.clone() },
    })
}
