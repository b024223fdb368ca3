//! Ask for an account. Every address is answered alike, and costs the same work.

use countersign_domain::account::{self, Account, AccountCommand, CodeMessage};
use countersign_domain::email::Email;
use countersign_domain::password::Password;
use countersign_domain::policy;
use countersign_domain::secret::Verifier;
use countersign_domain::word::Locale;

use crate::answering::Target;
use crate::command::{Done, Undone};
use crate::context::Context;
use crate::entropy;
use crate::error::ServiceError;
use crate::floor::{Floor, LOOK_UP_TAKES};
use crate::hashing::Place;
use crate::once::{Asked, Keeper};
use crate::service::Service;
use crate::shown::Shown;
use crate::view::RegistrationReply;

/// What a person states to get an account.
#[derive(Debug, Clone)]
pub struct Register {
    /// The address.
    pub email: Email,
    /// The password that they chose.
    pub password: Password,
    /// The language to write to them in.
    pub locale: Locale,
}

impl Service {
    /// Registers an account without power, and mails what belongs to it: a code, or, where the address is
    /// an account's already, that it is.
    pub async fn register(
        &self,
        asked: impl Into<Asked<RegistrationReply>>,
        request: Register,
    ) -> Result<RegistrationReply, ServiceError> {
        let place = self.parts().hashing.place()?;
        let service = self.clone();
        self.once(asked.into(), move |context, keeper| async move {
            service.do_register(&context, &keeper, place, request).await
        })
        .await
    }

    async fn do_register(
        &self,
        context: &Context,
        keeper: &Keeper<RegistrationReply>,
        place: Place,
        request: Register,
    ) -> Result<RegistrationReply, ServiceError> {
        let chosen = judge(&place, request.password, Some(request.email.clone())).await?;
        let looked_up = Floor::of(LOOK_UP_TAKES);
        let claimed = self.holder(&request.email).await?.is_some();
        looked_up.reached().await;
        let password = place.hash(chosen).await?;
        drop(place);
        let account = keeper.account()?;
        let command = self.registration(&request.email, request.locale, password, claimed).await?;
        let id = command.registration;
        let metadata = context.metadata(self.now(), None);
        let make = |_: &Account| Ok(AccountCommand::Register(command.clone()));
        let answer = |done: &Done<Account>| {
            let token = Shown::new(self.parts().keys.registration_token(account, id, context.client)?);
            Ok(RegistrationReply { id, token, expires_at: done.now + policy::CODE_LIFETIME.value })
        };
        let target = Target { account, known: None, metadata: &metadata, until: None };
        self.answer_with(target, keeper, make, answer).await.map_err(Undone::into_service_error)
    }

    async fn registration(
        &self,
        email: &Email,
        locale: Locale,
        password: Verifier,
        claimed: bool,
    ) -> Result<account::Register, ServiceError> {
        let keys = self.parts().keys.address_keys(email)?;
        let email_key =
            keys.into_iter().next().ok_or_else(|| ServiceError::broken("the keyring is empty"))?;
        let challenge = self.new_challenge();
        let message = match self.may_mail_stranger(challenge.id, &email_key).await? {
            false => CodeMessage::Withheld,
            true if claimed => CodeMessage::AlreadyRegistered,
            true => CodeMessage::Code,
        };
        let registration = entropy::id(self.now());
        let email = email.clone();
        Ok(account::Register { registration, email, email_key, password, locale, challenge, message })
    }
}

/// Judges a password where it will be hashed: it takes milliseconds. It must not be easy to guess for who knows the
/// address, where that is known.
pub(super) async fn judge(
    place: &Place,
    password: Password,
    email: Option<Email>,
) -> Result<Password, ServiceError> {
    let accepted = place.judge(password, email).await?.map_err(ServiceError::PasswordTooWeak)?;
    Ok(accepted.password().clone())
}
