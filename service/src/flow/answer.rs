//! Answer a sign-in with a code that was mailed, or with a backup code.

use countersign_domain::account::{
    Account, AccountCommand, AccountEvent, AnswerEmailCode, BackupCodeMatch, CodeCheck, Grant, NewBackupCode,
    NewDevice, NewSession,
};
use countersign_domain::code::{BackupCode, Digits};
use countersign_domain::id::{AccountId, ChallengeId, ClientId, DeviceId, SessionId, SignInId};
use countersign_domain::word::CodePurpose;
use countersign_stores::Purpose;

use super::bearer::SignInBearer;
use crate::access_token::TokenSession;
use crate::answering::Target;
use crate::command::{Done, Undone};
use crate::context::Context;
use crate::entropy;
use crate::error::ServiceError;
use crate::once::{Asked, Keeper, Until};
use crate::service::Service;
use crate::shown::Shown;
use crate::tokens;
use crate::view::{BackupCodeReply, DeviceReply, SignInReply, SignInView, grant_of};

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

/// What may be taken by a command, and shown if it was.
pub(crate) struct Offers {
    pub(crate) session: Option<SessionOffer>,
    pub(crate) backup_code: Option<BackupCodeOffer>,
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
        asked: impl Into<Asked<SignInReply>>,
        bearer: SignInBearer,
        answer: Answer,
    ) -> Result<SignInReply, ServiceError> {
        let service = self.clone();
        self.once(asked.into(), move |context, keeper| async move {
            service.do_answer(&context, &keeper, bearer, answer).await
        })
        .await
    }

    async fn do_answer(
        &self,
        context: &Context,
        keeper: &Keeper<SignInReply>,
        bearer: SignInBearer,
        answer: Answer,
    ) -> Result<SignInReply, ServiceError> {
        let SignInBearer { account, sign_in: id, .. } = bearer;
        let session = self.offer_session(account)?;
        let backup_code = self.offer_backup_code(account)?;
        let (session_proposal, code_proposal) = (session.proposal.clone(), backup_code.proposal.clone());
        let make = |state: &Account| match &answer {
            Answer::EmailCode { challenge, code } => Ok(AccountCommand::AnswerEmailCode(AnswerEmailCode {
                sign_in: id,
                challenge: *challenge,
                check: self.check_code(account, state, id, code)?,
                backup_code: code_proposal.clone(),
                session: session_proposal.clone(),
            })),
            Answer::BackupCode { code } => Ok(AccountCommand::AnswerBackupCode {
                sign_in: id,
                found: self.find_backup_code(account, state, code)?,
                replacement: code_proposal.clone(),
            }),
        };
        let offers = Offers { session: Some(session), backup_code: Some(backup_code) };
        self.answer_sign_in(context, keeper, bearer, make, &offers).await
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
        let keys = &self.parts().keys;
        let refresh_token = keys.refresh_token(account, id)?;
        let device_token = tokens::device_token();
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

    /// Carries a command to the account of a sign-in, and answers with the sign-in.
    pub(crate) async fn answer_sign_in(
        &self,
        context: &Context,
        keeper: &Keeper<SignInReply>,
        bearer: SignInBearer,
        command: impl FnMut(&Account) -> Result<AccountCommand, ServiceError> + Send,
        offers: &Offers,
    ) -> Result<SignInReply, ServiceError> {
        let SignInBearer { account, sign_in, client } = bearer;
        // A session can be granted here, and the client may have been revoked while the body came.
        self.still_served(client).await?;
        let metadata = context.metadata(self.now(), None);
        let target =
            Target { account, known: None, metadata: &metadata, until: Some(Until::SignIn(sign_in)) };
        let answer = |done: &Done<Account>| self.sign_in_reply(bearer, done, offers);
        let answered = self.answer_with(target, keeper, command, answer).await;
        answered.map_err(Undone::into_service_error)
    }

    /// The answer that facts make: what was offered is shown only if it was taken.
    fn sign_in_reply(
        &self,
        SignInBearer { account, sign_in: id, .. }: SignInBearer,
        done: &Done<Account>,
        offers: &Offers,
    ) -> Result<SignInReply, ServiceError> {
        if done.events.iter().any(|(_, recorded)| is_rejection(&recorded.event)) {
            return Err(ServiceError::CodeRejected);
        }
        let now = done.now;
        let state = &done.loaded.state;
        let sign_in = state.sign_in(id).ok_or(ServiceError::NotFound)?;
        let view = SignInView::of(account, state, done.loaded.version, sign_in, now);
        let mut reply = SignInReply::without_secrets(view);
        if let (Some(grant), Some(offer)) = (grant_of(sign_in), &offers.session) {
            let granted = granted(account, sign_in.client, grant);
            let token = offer.device_token.clone();
            reply.device = new_device(done).map(|id| DeviceReply { id, token });
            reply.session = Some(self.session_reply(&granted, offer.refresh_token.clone(), now)?);
        } else if let Some(offer) = &offers.backup_code {
            reply.backup_code = Some(BackupCodeReply { id: offer.proposal.id, code: offer.code.clone() });
        }
        Ok(reply)
    }
}

fn granted(account: AccountId, client: Option<ClientId>, grant: &Grant) -> TokenSession<'_> {
    TokenSession {
        account,
        session: grant.session,
        client,
        amr: &grant.amr,
        aal: grant.aal,
        granted_at: grant.granted_at,
        expires_at: grant.expires_at,
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
