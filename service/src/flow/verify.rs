//! Complete a registration: prove control of the address, claim it, and be an account.

use countersign_domain::account::{Account, AccountCommand, AccountEvent, CodeCheck};
use countersign_domain::code::Digits;
use countersign_domain::email::Email;
use countersign_domain::id::{AccountId, RegistrationId};
use countersign_domain::word::CodePurpose;

use crate::context::Context;
use crate::error::ServiceError;
use crate::once::Asked;
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
            if keeper.has_taken_over()
                && let Some(verified) = service.already_verified(account, thing).await?
            {
                return Ok(verified);
            }
            service.do_verify(&context, account, thing, &code).await
        })
        .await
    }

    /// The account, where the registration was completed before. Good only for who asks the same again: that the code
    /// fits is not looked at, and need not be, since the key of the request stands for it.
    async fn already_verified(
        &self,
        id: AccountId,
        registration: RegistrationId,
    ) -> Result<Option<AccountView>, ServiceError> {
        let loaded = self.store().load::<Account>(&id.to_string()).await?;
        let completed = loaded.state.person().is_some_and(|person| person.registration == registration);
        Ok(if completed { AccountView::of(id, &loaded.state, loaded.version, self.now()) } else { None })
    }

    async fn do_verify(
        &self,
        context: &Context,
        id: AccountId,
        registration: RegistrationId,
        code: &Digits,
    ) -> Result<AccountView, ServiceError> {
        let email = self.check_registration(context, id, registration, Some(code)).await?;
        let metadata = context.metadata(self.now(), None);
        let Some(account) = self.claim(id, &email, &metadata).await? else {
            self.check_registration(context, id, registration, None).await?;
            return Err(ServiceError::CodeRejected);
        };
        let view = AccountView::of(id, &account.state, account.version, self.now());
        view.ok_or_else(|| ServiceError::broken("a verified account cannot be read"))
    }

    /// Checks the code, and counts it where it is wrong; no code at all counts as a wrong one.
    async fn check_registration(
        &self,
        context: &Context,
        id: AccountId,
        registration: RegistrationId,
        code: Option<&Digits>,
    ) -> Result<Email, ServiceError> {
        let metadata = context.metadata(self.now(), None);
        let make = |account: &Account| {
            let check = self.check_digits(id, account, registration, code)?;
            Ok(AccountCommand::CheckRegistrationCode { check })
        };
        let done = self.parts().commands.execute_account(&id.to_string(), &metadata, make).await?;
        let rejected =
            done.events.iter().any(|(_, event)| matches!(event.event, AccountEvent::CodeRejected { .. }));
        if rejected {
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
