//! Sign in with e-mail and password. Unknown, wrong, throttled, disabled, unverified, suspended and closed
//! are answered alike, after the same work: a look-up, one hash, one small commit; the look-up and the
//! commit take at least as long as they ever need on a machine that is not overloaded.

use std::fmt;

use countersign_domain::account::{
    Account, AccountCommand, AccountRefusal, NewChallenge, PasswordCheck, Person, StartSignIn,
};
use countersign_domain::email::Email;
use countersign_domain::id::{AccountId, DeviceId, SignInId};
use countersign_domain::password::Password;
use countersign_domain::secret::Personal;
use countersign_domain::time::Span;
use countersign_domain::word::{CodeId, Locale, SignInPurpose};
use countersign_stores::Purpose;

use crate::address::AddressHolder;
use crate::answering::Target;
use crate::command::{Done, Undone};
use crate::context::Context;
use crate::entropy;
use crate::error::{BUSY_RETRY_AFTER, ServiceError};
use crate::floor::{Floor, LOOK_UP_TAKES, RECORDING_TAKES};
use crate::hashing::Place;
use crate::once::{Asked, Keeper};
use crate::service::Service;
use crate::shown::Shown;
use crate::view::{SignInReply, SignInView};

/// How often a password is checked anew because it changed meanwhile.
const CHECKS: usize = 3;
/// How long a failed sign-in for an address that nobody owns is counted.
const STRANGERS_REMEMBERED: Span = Span::hours(24);

/// What a person states to sign in; its `Debug` says nothing of it.
#[derive(Clone)]
pub struct SignInRequest {
    /// The address.
    pub email: Email,
    /// The password.
    pub password: Password,
    /// The token of a known device.
    pub device_token: Option<String>,
    /// What the person calls the device.
    pub device_label: Option<String>,
    /// The language that the client states for the person.
    pub locale: Locale,
    /// What it is for.
    pub purpose: SignInPurpose,
}

impl fmt::Debug for SignInRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignInRequest").finish_non_exhaustive()
    }
}

impl Service {
    /// Starts a sign-in, and mails the code for it.
    pub async fn sign_in(
        &self,
        asked: impl Into<Asked<SignInReply>>,
        request: SignInRequest,
    ) -> Result<SignInReply, ServiceError> {
        let place = self.place_for_sign_in(&request).await?;
        let service = self.clone();
        self.once(asked.into(), move |context, keeper| async move {
            service.do_sign_in(&context, &keeper, place, request).await
        })
        .await
    }

    async fn do_sign_in(
        &self,
        context: &Context,
        keeper: &Keeper<SignInReply>,
        place: Place,
        request: SignInRequest,
    ) -> Result<SignInReply, ServiceError> {
        let looked_up = Floor::of(LOOK_UP_TAKES);
        let holder = self.holder(&request.email).await?;
        looked_up.reached().await;
        let Some(mut holder) = holder else { return self.turn_away(keeper, &place, &request).await };
        for _ in 0..CHECKS {
            let Some((device, person)) = self.may_try(&holder.account.state, &request)? else {
                return self.turn_away(keeper, &place, &request).await;
            };
            let check = check_password(&place, &request.password, person).await?;
            let recorded = Floor::of(RECORDING_TAKES);
            match self.start(context, keeper, &holder, &request, device, check).await {
                Ok(started) => {
                    self.move_address(&holder, &request.email).await;
                    return Ok(started);
                }
                Err(Undone::Refused(AccountRefusal::StaleCheck, _)) => {
                    holder.account = self.store().load(&holder.id.to_string()).await?;
                }
                Err(Undone::Refused(..)) => return self.count_stranger(keeper, &request, recorded).await,
                Err(Undone::Failed(error)) => {
                    recorded.reached().await;
                    return Err(error);
                }
            }
        }
        Err(ServiceError::Busy { retry_after: BUSY_RETRY_AFTER })
    }

    /// The person and the known device, if the password may be looked at now.
    pub(super) fn may_try<'a>(
        &self,
        account: &'a Account,
        request: &SignInRequest,
    ) -> Result<Option<(Option<DeviceId>, &'a Person)>, ServiceError> {
        let Some(person) = account.person() else { return Ok(None) };
        let device = self.known_device(person, request.device_token.as_deref())?;
        let open = account.may_try_password(device, self.now()).is_ok();
        Ok(open.then_some((device, person)))
    }

    fn known_device(&self, person: &Person, token: Option<&str>) -> Result<Option<DeviceId>, ServiceError> {
        let Some(token) = token else { return Ok(None) };
        let mut known = None;
        for device in &person.devices {
            if self.parts().keys.is_token(Purpose::DeviceTokens, &device.token, token)? {
                known = Some(device.id);
            }
        }
        Ok(known)
    }

    async fn start(
        &self,
        context: &Context,
        keeper: &Keeper<SignInReply>,
        holder: &AddressHolder,
        request: &SignInRequest,
        device: Option<DeviceId>,
        check: PasswordCheck,
    ) -> Result<SignInReply, Undone<AccountRefusal>> {
        let now = self.now();
        let sign_in = entropy::id(now);
        let start = StartSignIn {
            sign_in,
            client: context.client,
            device,
            device_label: request.device_label.clone().map(Personal::plain),
            locale: request.locale.clone(),
            purpose: request.purpose,
            check,
            challenge: self.new_challenge(),
        };
        let metadata = context.metadata(now, device);
        let make = |_: &Account| Ok(AccountCommand::StartSignIn(start.clone()));
        let known = Some(holder.account.clone());
        // Its token is worth nothing behind the sign-in's end, and who asks again late must not start another.
        let target = Target { account: holder.id, known, metadata: &metadata, until: None };
        let answer = |done: &Done<Account>| self.started(holder.id, sign_in, done);
        self.answer_with(target, keeper, make, answer).await
    }

    /// The answer that facts make: a sign-in, if one was started.
    fn started(
        &self,
        account: AccountId,
        id: SignInId,
        done: &Done<Account>,
    ) -> Result<SignInReply, ServiceError> {
        let Some(sign_in) = done.loaded.state.sign_in(id) else {
            return Err(ServiceError::CredentialsRejected);
        };
        let view = SignInView::of(account, &done.loaded.state, done.loaded.version, sign_in, done.now);
        let token = self.parts().keys.sign_in_token(account, id, sign_in.client)?;
        Ok(SignInReply { token: Some(Shown::new(token)), ..SignInReply::without_secrets(view) })
    }

    async fn move_address(&self, holder: &AddressHolder, email: &Email) {
        if let Err(error) = self.move_to_current_key(holder, email).await {
            tracing::warn!(account = %holder.id, %error, "an address could not be moved; the next sign-in moves it");
        }
    }

    /// The same work for who cannot get in whatever the password: one hash, one small commit.
    async fn turn_away(
        &self,
        keeper: &Keeper<SignInReply>,
        place: &Place,
        request: &SignInRequest,
    ) -> Result<SignInReply, ServiceError> {
        place.hash(request.password.clone()).await?;
        self.count_stranger(keeper, request, Floor::of(RECORDING_TAKES)).await
    }

    async fn count_stranger(
        &self,
        keeper: &Keeper<SignInReply>,
        request: &SignInRequest,
        recorded: Floor,
    ) -> Result<SignInReply, ServiceError> {
        let keys = self.parts().keys.address_keys(&request.email)?;
        let key = keys.first().ok_or_else(|| ServiceError::broken("the keyring is empty"))?;
        self.store().count_stranger(key, self.now(), STRANGERS_REMEMBERED).await?;
        // In the same phase as where an event is appended: when the answer comes tells nothing.
        keeper.keep_as_it_is(Err(&ServiceError::CredentialsRejected)).await?;
        recorded.reached().await;
        Err(ServiceError::CredentialsRejected)
    }

    /// What a challenge is made of.
    pub(crate) fn new_challenge(&self) -> NewChallenge {
        let now = self.now();
        NewChallenge {
            id: entropy::id(now),
            code_id: CodeId(entropy::uuid(now)),
            key: self.parts().keys.current(),
        }
    }
}

async fn check_password(
    place: &Place,
    password: &Password,
    person: &Person,
) -> Result<PasswordCheck, ServiceError> {
    let checked = place.check(password.clone(), person.password.clone()).await?;
    let mut rehashed = None;
    if checked.fits && checked.outdated {
        rehashed = Some(place.hash(password.clone()).await?);
    }
    Ok(PasswordCheck { version: person.password_version, fits: checked.fits, rehashed })
}
