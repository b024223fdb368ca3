//! Choose another password without the old one. Every address is answered alike and costs the same work: where
//! nothing can be reset, the token leads nowhere, no code fits, and it ends at the same time.

use std::fmt;

use countersign_domain::account::{
    Account, AccountCommand, AccountEvent, AccountRefusal, CodeCheck, CompletePasswordReset, NewBackupCode,
    NewChallenge,
};
use countersign_domain::code::{BackupCode, Digits};
use countersign_domain::email::Email;
use countersign_domain::id::{AccountId, SignInId};
use countersign_domain::password::Password;
use countersign_domain::policy;
use countersign_domain::secret::Verifier;
use countersign_domain::time::{Span, Timestamp};
use countersign_domain::word::{AddressKey, CodePurpose};
use countersign_stores::Loaded;

use super::answer::BackupCodeOffer;
use super::challenge::Version;
use super::register::judge;
use crate::answering::Target;
use crate::command::{Done, Undone};
use crate::context::Context;
use crate::entropy;
use crate::error::ServiceError;
use crate::floor::{Floor, LOOK_UP_TAKES, RECORDING_TAKES};
use crate::once::{Asked, Keeper, Until};
use crate::reset_token::ResetBearer;
use crate::service::Service;
use crate::shown::Shown;
use crate::view::{BackupCodeReply, PasswordResetReply, ResetPasswordReply};

/// How long an attempt for nobody is counted.
const STRANGERS_REMEMBERED: Span = Span::hours(24);

/// An address that nobody has, judged with where a reset leads nowhere, so that the work is the same.
const NOBODYS_ADDRESS: &str = "nobody@countersign.invalid";

/// A reset that is asked for.
struct AskedReset {
    id: SignInId,
    challenge: NewChallenge,
    expires_at: Timestamp,
}

/// Everything that a reset is completed with.
struct Proofs {
    completion: ResetCompletion,
    replacement: NewBackupCode,
    /// None where it is too easy to guess from the address.
    password: Option<Verifier>,
}

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
        asked: impl Into<Asked<PasswordResetReply>>,
        email: Email,
    ) -> Result<PasswordResetReply, ServiceError> {
        let service = self.clone();
        self.once(asked.into(), move |context, keeper| async move {
            service.do_request_reset(&context, &keeper, &email).await
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

    async fn do_request_reset(
        &self,
        context: &Context,
        keeper: &Keeper<PasswordResetReply>,
        email: &Email,
    ) -> Result<PasswordResetReply, ServiceError> {
        let looked_up = Floor::of(LOOK_UP_TAKES);
        let holder = self.holder(email).await?;
        looked_up.reached().await;
        let recorded = Floor::of(RECORDING_TAKES);
        let now = self.now();
        let expires_at = now + policy::CODE_LIFETIME.value;
        let asked = AskedReset { id: entropy::id(now), challenge: self.new_challenge(), expires_at };
        let key = self.current_address_key(email)?;
        let may_mail = self.may_mail_stranger(asked.challenge.id, &key).await?;
        let holder = holder.filter(|_| may_mail).map(|holder| holder.id);
        let reply = match self.ask_for_reset(context, keeper, holder, &asked).await? {
            Some(reply) => reply,
            None => self.ask_for_nobody(keeper, &key, &asked).await?,
        };
        recorded.reached().await;
        Ok(reply)
    }

    /// Asks the account, if there is one; none where it cannot be reset now.
    async fn ask_for_reset(
        &self,
        context: &Context,
        keeper: &Keeper<PasswordResetReply>,
        holder: Option<AccountId>,
        asked: &AskedReset,
    ) -> Result<Option<PasswordResetReply>, ServiceError> {
        let Some(account) = holder else { return Ok(None) };
        let command =
            AccountCommand::RequestPasswordReset { reset: asked.id, challenge: asked.challenge.clone() };
        let metadata = context.metadata(self.now(), None);
        let target = Target { account, known: None, metadata: &metadata, until: None };
        let answer = |_: &Done<Account>| self.asked_reset(account, asked);
        match self.answer_with(target, keeper, |_| Ok(command.clone()), answer).await {
            Ok(reply) => Ok(Some(reply)),
            Err(Undone::Refused(..)) => Ok(None),
            Err(Undone::Failed(error)) => Err(error),
        }
    }

    /// The same work where there is nothing to reset; the account is one that never was.
    async fn ask_for_nobody(
        &self,
        keeper: &Keeper<PasswordResetReply>,
        key: &AddressKey,
        asked: &AskedReset,
    ) -> Result<PasswordResetReply, ServiceError> {
        self.store().count_stranger(key, self.now(), STRANGERS_REMEMBERED).await?;
        let reply = self.asked_reset(entropy::id(self.now()), asked)?;
        keeper.keep_as_it_is(Ok(&reply)).await?;
        Ok(reply)
    }

    fn asked_reset(
        &self,
        account: AccountId,
        asked: &AskedReset,
    ) -> Result<PasswordResetReply, ServiceError> {
        let AskedReset { id: reset, expires_at, .. } = *asked;
        let token = Shown::new(self.parts().keys.reset_token(ResetBearer { account, reset, expires_at })?);
        Ok(PasswordResetReply { id: reset, token, expires_at })
    }

    /// The stream that an address would be claimed in today.
    fn current_address_key(&self, email: &Email) -> Result<AddressKey, ServiceError> {
        let keys = self.parts().keys.address_keys(email)?;
        keys.into_iter().next().ok_or_else(|| ServiceError::broken("the keyring is empty"))
    }

    async fn do_complete_reset(
        &self,
        context: &Context,
        keeper: &Keeper<ResetPasswordReply>,
        completion: ResetCompletion,
    ) -> Result<ResetPasswordReply, ServiceError> {
        let place = self.parts().hashing.place()?;
        let chosen = judge(completion.password.clone(), None).await?;
        let bearer = self.open_reset(&completion.token)?;
        let looked_up = Floor::of(LOOK_UP_TAKES);
        let known = self.store().load::<Account>(&bearer.account.to_string()).await?;
        let unsuitable = judge(chosen.clone(), Some(address_of(&known.state)?)).await.err();
        looked_up.reached().await;
        let hashed = place.hash(chosen).await?;
        drop(place);
        let password = unsuitable.is_none().then_some(hashed);
        let recorded = Floor::of(RECORDING_TAKES);
        let offer = self.offer_backup_code(bearer.account)?;
        let replacement = offer.proposal.clone();
        let proofs = Proofs { completion, replacement, password };
        match self.complete_reset(context, keeper, bearer, &proofs, known, &offer).await {
            Ok(reply) => Ok(reply),
            Err(Undone::Refused(AccountRefusal::UnsuitablePassword, _)) => {
                Err(unsuitable.unwrap_or_else(|| ServiceError::broken("the password was found suitable")))
            }
            Err(Undone::Refused(..)) => self.count_nobody(keeper, bearer, recorded).await,
            Err(Undone::Failed(error)) => {
                recorded.reached().await;
                Err(error)
            }
        }
    }

    /// The reset that a token stands for, until its end, which is the same for one that leads nowhere.
    fn open_reset(&self, token: &str) -> Result<ResetBearer, ServiceError> {
        let now = self.now();
        let bearer = self.parts().keys.read_reset_token(token).map_err(|_| ServiceError::CodeRejected)?;
        if now < bearer.expires_at {
            Ok(bearer)
        } else {
            Err(ServiceError::Refused { refusal: AccountRefusal::ChallengeExpired, now })
        }
    }

    async fn complete_reset(
        &self,
        context: &Context,
        keeper: &Keeper<ResetPasswordReply>,
        bearer @ ResetBearer { account, reset, .. }: ResetBearer,
        proofs: &Proofs,
        known: Loaded<Account>,
        offer: &BackupCodeOffer,
    ) -> Result<ResetPasswordReply, Undone<AccountRefusal>> {
        let metadata = context.metadata(self.now(), None);
        let make = |state: &Account| {
            Ok(AccountCommand::CompletePasswordReset(CompletePasswordReset {
                reset,
                check: self.check_reset_code(account, state, reset, &proofs.completion.code)?,
                found: self.find_backup_code(account, state, &proofs.completion.proof)?,
                replacement: proofs.replacement.clone(),
                password: proofs.password.clone(),
            }))
        };
        let until = Some(Until::Saved(proofs.replacement.id));
        let target = Target { account, known: Some(known), metadata: &metadata, until };
        let answer = |done: &Done<Account>| reply_of(bearer, done, offer).ok_or(ServiceError::CodeRejected);
        self.answer_with(target, keeper, make, answer).await
    }

    fn check_reset_code(
        &self,
        account: AccountId,
        state: &Account,
        reset: SignInId,
        typed: &Digits,
    ) -> Result<CodeCheck, ServiceError> {
        let Some(open) = state.reset(reset) else { return Ok(CodeCheck { challenge: None, fits: false }) };
        let (purpose, challenge) = (CodePurpose::PasswordReset, &open.challenge);
        let fits = self.parts().keys.fits(purpose, account, Some(reset), challenge, typed)?;
        Ok(CodeCheck { challenge: Some(challenge.id), fits })
    }

    /// The same small commit where nothing was looked at.
    async fn count_nobody(
        &self,
        keeper: &Keeper<ResetPasswordReply>,
        bearer: ResetBearer,
        recorded: Floor,
    ) -> Result<ResetPasswordReply, ServiceError> {
        let key = self.parts().keys.reset_counter(bearer.reset)?;
        self.store().count_stranger(&key, self.now(), STRANGERS_REMEMBERED).await?;
        keeper.keep_as_it_is(Err(&ServiceError::CodeRejected)).await?;
        recorded.reached().await;
        Err(ServiceError::CodeRejected)
    }
}

/// The reply to a completed reset; none where a proof was wrong.
fn reply_of(
    bearer: ResetBearer,
    done: &Done<Account>,
    offer: &BackupCodeOffer,
) -> Option<ResetPasswordReply> {
    let changed = |event: &AccountEvent| matches!(event, AccountEvent::PasswordChanged { .. });
    done.events.iter().find(|(_, recorded)| changed(&recorded.event))?;
    Some(ResetPasswordReply {
        id: bearer.reset,
        version: Version { account: bearer.account, version: done.loaded.version },
        backup_code: BackupCodeReply { id: offer.proposal.id, code: offer.code.clone() },
    })
}

/// The address that a password must not be easy to guess from: the account's, or one that nobody has.
fn address_of(account: &Account) -> Result<Email, ServiceError> {
    match account.holder().and_then(|holder| holder.email.known()) {
        Some(email) => Ok(email.clone()),
        None => NOBODYS_ADDRESS.parse().map_err(ServiceError::broken),
    }
}
