//! Complete a registration: prove control of the address, claim it, and be an account.

use countersign_domain::account::{Account, AccountCommand, CodeCheck};
use countersign_domain::code::Digits;
use countersign_domain::decider::Decider;
use countersign_domain::email::Email;
use countersign_domain::email_address::EmailAddress;
use countersign_domain::id::{AccountId, RegistrationId};
use countersign_domain::word::CodePurpose;

use crate::command::{Done, Undone};
use crate::context::Context;
use crate::error::ServiceError;
use crate::once::{Asked, Keeper};
use crate::service::Service;
use crate::shown::Shown;
use crate::tokens::Bearer;
use crate::view::AccountView;

impl Service {
    /// Verifies the account that a registration token stands for.
    pub async fn verify(
        &self,
        asked: impl Into<Asked<AccountView>>,
        token: &str,
        code: Digits,
    ) -> Result<AccountView, ServiceError> {
        let (service, token) = (self.clone(), Shown::new(token.to_owned()));
        self.once(asked.into(), move |context, keeper| async move {
            let read = service.parts().keys.read_registration_token(token.expose(), context.client);
            let Bearer { account, thing } = read.map_err(|_| ServiceError::CodeRejected)?;
            if let Some(verified) = service.verified_before(&context, &keeper, account).await? {
                return Ok(verified);
            }
            service.do_verify(&context, &keeper, account, thing, &code).await
        })
        .await
    }

    /// The account, where this very request claimed its address before. Whether the code fits is not looked at, and need
    /// not be: it did when the address was claimed.
    async fn verified_before(
        &self,
        context: &Context,
        keeper: &Keeper<AccountView>,
        id: AccountId,
    ) -> Result<Option<AccountView>, ServiceError> {
        if !keeper.has_taken_over() {
            return Ok(None);
        }
        let loaded = self.store().load::<Account>(&id.to_string()).await?;
        let Some(email) = loaded.state.holder().and_then(|holder| holder.email.known()) else {
            return Ok(None);
        };
        for claim in self.parts().keys.address_keys(email)? {
            if keeper.was_done_in(EmailAddress::TYPE, &claim.to_string()).await? {
                let account = self.follow_claim(id, context.client).await?;
                return Ok(AccountView::of(id, &account.state, account.version, self.now()));
            }
        }
        Ok(None)
    }

    async fn do_verify(
        &self,
        context: &Context,
        keeper: &Keeper<AccountView>,
        id: AccountId,
        registration: RegistrationId,
        code: &Digits,
    ) -> Result<AccountView, ServiceError> {
        let email = self.check_registration(context, keeper, (id, registration), Some(code)).await?;
        let metadata = context.metadata(self.now(), None);
        let Some(account) = self.claim(id, &email, &metadata).await? else {
            self.check_registration(context, keeper, (id, registration), None).await?;
            return Err(ServiceError::CodeRejected);
        };
        let view = AccountView::of(id, &account.state, account.version, self.now());
        view.ok_or_else(|| ServiceError::broken("a verified account cannot be read"))
    }

    /// Checks the code, and counts it where it is wrong; no code at all counts as a wrong one.
    async fn check_registration(
        &self,
        context: &Context,
        keeper: &Keeper<AccountView>,
        (id, registration): (AccountId, RegistrationId),
        code: Option<&Digits>,
    ) -> Result<Email, ServiceError> {
        let metadata = context.metadata(self.now(), None);
        let make = |account: &Account| {
            let check = self.check_digits(id, account, registration, code)?;
            Ok(AccountCommand::CheckRegistrationCode { check })
        };
        // All that a check appends is that the code was wrong; that it was right is said by what follows the claim.
        let rejected = |_: &Done<Account>| Err(ServiceError::CodeRejected);
        let given = (None, &metadata, None);
        let checked = self.answer_from(&id.to_string(), given, keeper, make, rejected).await;
        let (_, done) = checked.map_err(Undone::into_service_error)?;
        if !done.events.is_empty() {
            return Err(ServiceError::CodeRejected);
        }
        let email = done.loaded.state.holder().and_then(|holder| holder.email.known()).cloned();
        email.ok_or_else(|| ServiceError::broken("an account's address cannot be read"))
    }

    fn check_digits(
        &self,
        id: AccountId,
        account: &Account,
        registration: RegistrationId,
        code: Option<&Digits>,
    ) -> Result<CodeCheck, ServiceError> {
        let Account::Unverified(unverified) = account else {
            return Ok(CodeCheck { challenge: None, fits: false });
        };
        if unverified.registration.id != registration {
            return Err(ServiceError::CodeRejected);
        }
        let Some(challenge) = &unverified.registration.challenge else {
            return Ok(CodeCheck { challenge: None, fits: false });
        };
        let fits = match code {
            Some(typed) => self.parts().keys.fits(CodePurpose::Registration, id, None, challenge, typed)?,
            None => false,
        };
        Ok(CodeCheck { challenge: Some(challenge.id), fits })
    }
}
