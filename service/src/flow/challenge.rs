//! Look at a sign-in, ask for a code, give it up.

use countersign_domain::account::{Account, AccountCommand};
use countersign_domain::id::AccountId;
use countersign_domain::word::Factor;

use super::bearer::SignInBearer;
use crate::answering::Target;
use crate::command::{Done, Undone};
use crate::context::Context;
use crate::error::ServiceError;
use crate::once::Asked;
use crate::service::Service;
use crate::view::{self, ChallengeView, SignInReply, SignInView};

impl Service {
    /// The sign-in that a token stands for.
    pub async fn show_sign_in(&self, bearer: SignInBearer) -> Result<SignInReply, ServiceError> {
        let SignInBearer { account, sign_in: id, .. } = bearer;
        let loaded = self.store().load::<Account>(&account.to_string()).await?;
        let now = self.now().max(loaded.last_at);
        let sign_in = loaded.state.sign_in(id).ok_or(ServiceError::NotFound)?;
        Ok(SignInReply::without_secrets(SignInView::of(account, &loaded.state, loaded.version, sign_in, now)))
    }

    /// Sends a code, or the same code again while it lives.
    pub async fn request_challenge(
        &self,
        asked: impl Into<Asked<(ChallengeView, Version)>>,
        bearer: SignInBearer,
        factor: Factor,
    ) -> Result<(ChallengeView, Version), ServiceError> {
        let SignInBearer { account, sign_in: id, .. } = bearer;
        let service = self.clone();
        self.once(asked.into(), move |context, keeper| async move {
            let challenge = service.new_challenge();
            let command = AccountCommand::RequestChallenge { sign_in: id, factor, challenge };
            let metadata = context.metadata(service.now(), None);
            let target = Target { account, known: None, metadata: &metadata, until: None };
            let answer = |done: &Done<Account>| {
                let sign_in = done.loaded.state.sign_in(id).ok_or(ServiceError::NotFound)?;
                let sent = view::challenge(&done.loaded.state, sign_in, done.now);
                let version = Version { account, version: done.loaded.version };
                Ok((sent.ok_or_else(|| ServiceError::broken("a code that was sent is not there"))?, version))
            };
            let answered = service.answer_with(target, &keeper, |_| Ok(command.clone()), answer).await;
            answered.map_err(Undone::into_service_error)
        })
        .await
    }

    /// Gives a sign-in up.
    pub async fn cancel_sign_in(
        &self,
        context: Context,
        bearer: SignInBearer,
    ) -> Result<Version, ServiceError> {
        let SignInBearer { account, sign_in: id, .. } = bearer;
        let service = self.clone();
        self.run(async move {
            let done = service.carry(&context, account, AccountCommand::CancelSignIn { sign_in: id }).await?;
            if let Err(error) = service.store().forget_replies(&[id.to_string()], None).await {
                tracing::warn!(sign_in = %id, %error, "kept replies could not be forgotten and expire by themselves");
            }
            Ok(Version { account, version: done.loaded.version })
        })
        .await
    }

    /// Carries a command that depends on nothing but itself, and starts what it leaves to be done.
    pub(crate) async fn carry(
        &self,
        context: &Context,
        account: AccountId,
        command: AccountCommand,
    ) -> Result<Done<Account>, ServiceError> {
        let done = self.decide_for(context, account, command).await?;
        self.follow(account, context.client, done.clone()).await;
        Ok(done)
    }

    /// Carries a command that depends on nothing but itself.
    pub(crate) async fn decide_for(
        &self,
        context: &Context,
        account: AccountId,
        command: AccountCommand,
    ) -> Result<Done<Account>, ServiceError> {
        let metadata = context.metadata(self.now(), None);
        let make = |_: &Account| Ok(command.clone());
        self.parts().commands.execute_account(&account.to_string(), &metadata, make).await
    }
}

/// The version that an account's stream has come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Version {
    /// The account.
    pub account: AccountId,
    /// The version of its stream.
    pub version: u64,
}

impl SignInReply {
    pub(crate) fn without_secrets(sign_in: SignInView) -> Self {
        Self { sign_in, token: None, backup_code: None, session: None, device: None }
    }
}
