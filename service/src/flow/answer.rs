//! Answer a sign-in with a code that was mailed, or with a backup code.

use countersign_domain::account::{
    Account, AccountCommand, AccountEvent, AnswerEmailCode, BackupCodeMatch, CodeCheck, NewBackupCode,
    NewDevice, NewSession,
};
use countersign_domain::code::{BackupCode, Digits};
use countersign_domain::id::{AccountId, ChallengeId, DeviceId, SessionId, SignInId};
use countersign_domain::word::CodePurpose;
use countersign_stores::Purpose;

use super::bearer::SignInBearer;
use crate::command::Done;
use crate::context::Context;
use crate::entropy;
use crate::error::ServiceError;
use crate::service::Service;
use crate::shown::Shown;
use crate::tokens::{self, ACCESS_TOKEN_LIFETIME};
use crate::view::{BackupCodeReply, DeviceReply, SessionReply, SignInReply, SignInView, grant_of};

/// What a person answers with.
#[derive(Debug, Clone)]
pub enum Answer {
    /// The digits that were mailed.
    EmailCode {
        /// The challenge that they answer; none means the live one.
        challenge: Option<ChallengeId>,
        /// The digits.
        code: Digits,
    },
    /// A saved backup code.
    BackupCode {
        /// The code.
        code: BackupCode,
    },
}

/// A session that may be granted: what is stored of it, and what its reply shows.
pub(crate) struct SessionOffer {
    pub(crate) proposal: NewSession,
    refresh_token: Shown,
    device_token: Shown,
}

/// A backup code that may be issued: what is stored of it, and what its reply shows.
pub(crate) struct BackupCodeOffer {
    pub(crate) proposal: NewBackupCode,
    pub(crate) code: Shown,
}

impl Service {
    /// Answers a sign-in.
    pub async fn answer(
        &self,
        context: Context,
        bearer: SignInBearer,
        answer: Answer,
    ) -> Result<SignInReply, ServiceError> {
        let SignInBearer { account, sign_in: id } = bearer;
        let service = self.clone();
        self.run(async move { service.do_answer(&context, account, id, answer).await }).await
    }

    async fn do_answer(
        &self,
        context: &Context,
        account: AccountId,
        id: SignInId,
        answer: Answer,
    ) -> Result<SignInReply, ServiceError> {
        let session = self.offer_session(account)?;
        let backup_code = self.offer_backup_code(account)?;
        let metadata = context.metadata(self.now(), None);
        let make = |state: &Account| match &answer {
            Answer::EmailCode { challenge, code } => Ok(AccountCommand::AnswerEmailCode(AnswerEmailCode {
                sign_in: id,
                challenge: *challenge,
                check: self.check_code(account, state, id, code)?,
                backup_code: backup_code.proposal.clone(),
                session: session.proposal.clone(),
            })),
            Answer::BackupCode { code } => Ok(AccountCommand::AnswerBackupCode {
                sign_in: id,
                found: self.find_backup_code(account, state, code)?,
                replacement: backup_code.proposal.clone(),
            }),
        };
        let done = self.parts().commands.execute_account(&account.to_string(), &metadata, make).await?;
        if done.events.iter().any(|(_, recorded)| is_rejection(&recorded.event)) {
            return Err(ServiceError::CodeRejected);
        }
        self.reply(account, id, done, Some(session), Some(backup_code)).await
    }

    fn check_code(
        &self,
        account: AccountId,
        state: &Account,
        id: SignInId,
        typed: &Digits,
    ) -> Result<CodeCheck, ServiceError> {
        let Some(challenge) = state.sign_in(id).and_then(|sign_in| sign_in.challenge()) else {
            return Ok(CodeCheck { challenge: None, fits: false });
        };
        let fits = self.parts().keys.fits(CodePurpose::SignIn, account, Some(id), challenge, typed)?;
        Ok(CodeCheck { challenge: Some(challenge.id), fits })
    }

    pub(super) fn find_backup_code(
        &self,
        account: AccountId,
        state: &Account,
        typed: &BackupCode,
    ) -> Result<BackupCodeMatch, ServiceError> {
        let mut found = BackupCodeMatch::None;
        for held in state.person().into_iter().flat_map(|person| person.backup_codes.comparable()) {
            if self.parts().keys.is_backup_code(account, held, typed)? {
                found = BackupCodeMatch::Code(held.id);
            }
        }
        Ok(found)
    }

    pub(crate) fn offer_session(&self, account: AccountId) -> Result<SessionOffer, ServiceError> {
        let now = self.now();
        let (id, device): (SessionId, DeviceId) = (entropy::id(now), entropy::id(now));
        let refresh_token = tokens::refresh_token(account, id);
        let device_token = tokens::device_token();
        let keys = &self.parts().keys;
        let device =
            NewDevice { id: device, token: keys.token_verifier(Purpose::DeviceTokens, &device_token)? };
        let refresh = keys.token_verifier(Purpose::RefreshTokens, &refresh_token)?;
        Ok(SessionOffer {
            proposal: NewSession { id, refresh_token: refresh, device: Some(device) },
            refresh_token: Shown::new(refresh_token),
            device_token: Shown::new(device_token),
        })
    }

    pub(crate) fn offer_backup_code(&self, account: AccountId) -> Result<BackupCodeOffer, ServiceError> {
        let code = entropy::backup_code();
        let proposal = self.parts().keys.new_backup_code(account, entropy::id(self.now()), &code)?;
        Ok(BackupCodeOffer { proposal, code: Shown::new(code.grouped()) })
    }

    /// Answers from the committed facts: what was offered is shown only if it was taken.
    pub(crate) async fn reply(
        &self,
        account: AccountId,
        id: SignInId,
        done: Done<Account>,
        session: Option<SessionOffer>,
        backup_code: Option<BackupCodeOffer>,
    ) -> Result<SignInReply, ServiceError> {
        let now = done.now;
        let state = &done.loaded.state;
        let sign_in = state.sign_in(id).ok_or(ServiceError::NotFound)?;
        let view = SignInView::of(account, state, done.loaded.version, sign_in, now);
        let mut reply = SignInReply::without_secrets(view);
        if let (Some(grant), Some(offer)) = (grant_of(sign_in), session) {
            let access_token = self.parts().keys.access_token(account, grant.session, now)?;
            reply.device = new_device(&done).map(|id| DeviceReply { id, token: offer.device_token });
            reply.session = Some(SessionReply {
                id: grant.session,
                access_token: Shown::new(access_token),
                refresh_token: offer.refresh_token,
                expires_in: ACCESS_TOKEN_LIFETIME.as_seconds_up(),
                amr: grant.amr.clone(),
                aal: grant.aal,
            });
        } else if let Some(offer) = backup_code {
            reply.backup_code = Some(BackupCodeReply { id: offer.proposal.id, code: offer.code });
        }
        self.follow(account, done).await;
        Ok(reply)
    }
}

fn new_device(done: &Done<Account>) -> Option<DeviceId> {
    done.events.iter().find_map(|(_, recorded)| match &recorded.event {
        AccountEvent::SignedIn { device: Some(device), .. } => Some(device.id),
        _ => None,
    })
}

fn is_rejection(event: &AccountEvent) -> bool {
    matches!(event, AccountEvent::CodeRejected { .. } | AccountEvent::BackupCodeRejected { .. })
}
