//! What a password reset and a recovery have in common. Every address is answered alike and costs the same work: where
//! nothing can be done, the token leads nowhere, no code fits, and it ends at the same time.

use countersign_domain::account::{
    Account, AccountCommand, AccountRefusal, Challenge, CodeCheck, NewChallenge,
};
use countersign_domain::code::{Digits, OperatorCode};
use countersign_domain::email::Email;
use countersign_domain::id::{AccountId, OperatorCodeId, SignInId};
use countersign_domain::password::Password;
use countersign_domain::policy;
use countersign_domain::secret::Verifier;
use countersign_domain::time::{Span, Timestamp};
use countersign_domain::word::{AddressKey, CodePurpose};
use countersign_stores::Loaded;

use super::register::judge;
use crate::answering::Target;
use crate::attempt_token::{AttemptBearer, AttemptKind};
use crate::command::{Done, Undone};
use crate::context::Context;
use crate::entropy;
use crate::error::ServiceError;
use crate::floor::{Floor, LOOK_UP_TAKES, RECORDING_TAKES};
use crate::once::Keeper;
use crate::service::Service;
use crate::shown::Shown;
use crate::view::AttemptReply;

/// How long an attempt for nobody is counted.
const STRANGERS_REMEMBERED: Span = Span::hours(24);

/// An address that nobody has, judged with where an attempt leads nowhere, so that the work is the same.
const NOBODYS_ADDRESS: &str = "nobody@countersign.invalid";

/// An attempt that is asked for.
struct AskedAttempt {
    kind: AttemptKind,
    id: SignInId,
    challenge: NewChallenge,
    expires_at: Timestamp,
    /// The operator code that was shown, if it fits and is valid.
    operator_code: Option<OperatorCodeId>,
}

/// What an attempt is completed on, whether or not its proofs are right.
pub(super) struct Completing {
    pub(super) bearer: AttemptBearer,
    /// The account, as it was a moment ago.
    pub(super) known: Loaded<Account>,
    /// None where it is too easy to guess from the address.
    pub(super) password: Option<Verifier>,
    pub(super) ending: Ending,
}

/// What is left to be done where an attempt is not completed.
pub(super) struct Ending {
    attempt: SignInId,
    unsuitable: Option<ServiceError>,
    recorded: Floor,
}

impl AttemptKind {
    fn command(
        self,
        id: SignInId,
        challenge: NewChallenge,
        operator_code: Option<OperatorCodeId>,
    ) -> AccountCommand {
        match self {
            Self::Reset => AccountCommand::RequestPasswordReset { reset: id, challenge },
            Self::Recovery => AccountCommand::RequestRecovery { recovery: id, challenge, operator_code },
        }
    }
}

impl Service {
    /// Asks for an attempt, and mails a code where the address is an active account's.
    pub(super) async fn request_attempt(
        &self,
        kind: AttemptKind,
        context: &Context,
        keeper: &Keeper<AttemptReply>,
        email: &Email,
        shown: Option<&OperatorCode>,
    ) -> Result<AttemptReply, ServiceError> {
        let looked_up = Floor::of(LOOK_UP_TAKES);
        let holder = self.holder(email).await?;
        looked_up.reached().await;
        let recorded = Floor::of(RECORDING_TAKES);
        let now = self.now();
        let expires_at = now + policy::CODE_LIFETIME.value;
        let operator_code = match (&holder, shown) {
            (Some(holder), Some(shown)) => {
                self.valid_operator_code(holder.id, &holder.account.state, shown)?
            }
            _ => None,
        };
        let challenge = self.new_challenge();
        let asked = AskedAttempt { kind, id: entropy::id(now), challenge, expires_at, operator_code };
        let key = self.current_address_key(email)?;
        let may_mail = match operator_code {
            Some(_) => self.may_mail_vouched(asked.challenge.id, &key).await?,
            None => self.may_mail_stranger(asked.challenge.id, &key).await?,
        };
        let holder = holder.filter(|_| may_mail).map(|holder| holder.id);
        let reply = match self.ask_account(context, keeper, holder, &asked).await? {
            Some(reply) => reply,
            None => self.ask_for_nobody(context, keeper, &key, &asked).await?,
        };
        recorded.reached().await;
        Ok(reply)
    }

    /// Asks the account, if there is one; none where nothing can be begun now.
    async fn ask_account(
        &self,
        context: &Context,
        keeper: &Keeper<AttemptReply>,
        holder: Option<AccountId>,
        asked: &AskedAttempt,
    ) -> Result<Option<AttemptReply>, ServiceError> {
        let Some(account) = holder else { return Ok(None) };
        let command = asked.kind.command(asked.id, asked.challenge.clone(), asked.operator_code);
        let metadata = context.metadata(self.now(), None);
        let target = Target { account, known: None, metadata: &metadata, until: None };
        let answer = |_: &Done<Account>| self.asked_attempt(context, account, asked);
        match self.answer_with(target, keeper, |_| Ok(command.clone()), answer).await {
            Ok(reply) => Ok(Some(reply)),
            Err(Undone::Refused(..)) => Ok(None),
            Err(Undone::Failed(error)) => Err(error),
        }
    }

    /// The same work where there is nothing to begin; the account is one that never was.
    async fn ask_for_nobody(
        &self,
        context: &Context,
        keeper: &Keeper<AttemptReply>,
        key: &AddressKey,
        asked: &AskedAttempt,
    ) -> Result<AttemptReply, ServiceError> {
        self.store().count_stranger(key, self.now(), STRANGERS_REMEMBERED).await?;
        let reply = self.asked_attempt(context, entropy::id(self.now()), asked)?;
        keeper.keep_as_it_is(Ok(&reply)).await?;
        Ok(reply)
    }

    fn asked_attempt(
        &self,
        context: &Context,
        account: AccountId,
        asked: &AskedAttempt,
    ) -> Result<AttemptReply, ServiceError> {
        let AskedAttempt { kind, id, expires_at, .. } = *asked;
        let bearer = AttemptBearer { account, attempt: id, expires_at };
        let token = Shown::new(self.parts().keys.attempt_token(kind, bearer, context.client)?);
        Ok(AttemptReply { id, token, expires_at })
    }

    /// The stream that an address would be claimed in today.
    pub(super) fn current_address_key(&self, email: &Email) -> Result<AddressKey, ServiceError> {
        let keys = self.parts().keys.address_keys(email)?;
        keys.into_iter().next().ok_or_else(|| ServiceError::broken("the keyring is empty"))
    }

    /// What comes before the proofs of an attempt are looked at, the same for one that leads nowhere.
    pub(super) async fn begin_completion(
        &self,
        kind: AttemptKind,
        context: &Context,
        token: &str,
        password: &Password,
    ) -> Result<Completing, ServiceError> {
        let place = self.parts().hashing.place()?;
        let chosen = judge(&place, password.clone(), None).await?;
        let bearer = self.open_attempt(kind, context, token)?;
        let looked_up = Floor::of(LOOK_UP_TAKES);
        let known = self.store().load::<Account>(&bearer.account.to_string()).await?;
        let unsuitable = judge(&place, chosen.clone(), Some(address_of(&known.state)?)).await.err();
        looked_up.reached().await;
        let hashed = place.hash(chosen).await?;
        drop(place);
        let password = unsuitable.is_none().then_some(hashed);
        let ending = Ending { attempt: bearer.attempt, unsuitable, recorded: Floor::of(RECORDING_TAKES) };
        Ok(Completing { bearer, known, password, ending })
    }

    /// The attempt that a token stands for in its client's hands, until its end, which is the same for one that leads nowhere.
    fn open_attempt(
        &self,
        kind: AttemptKind,
        context: &Context,
        token: &str,
    ) -> Result<AttemptBearer, ServiceError> {
        let now = self.now();
        let read = self.parts().keys.read_attempt_token(kind, token, context.client);
        let bearer = read.map_err(|_| ServiceError::CodeRejected)?;
        if now < bearer.expires_at {
            Ok(bearer)
        } else {
            Err(ServiceError::Refused { refusal: AccountRefusal::ChallengeExpired, now })
        }
    }

    /// What came of comparing the mailed code with an open attempt's.
    pub(super) fn check_attempt_code(
        &self,
        purpose: CodePurpose,
        bearer: AttemptBearer,
        open: Option<&Challenge>,
        typed: &Digits,
    ) -> Result<CodeCheck, ServiceError> {
        let Some(challenge) = open else { return Ok(CodeCheck { challenge: None, fits: false }) };
        let AttemptBearer { account, attempt, .. } = bearer;
        let fits = self.parts().keys.fits(purpose, account, Some(attempt), challenge, typed)?;
        Ok(CodeCheck { challenge: Some(challenge.id), fits })
    }

    /// The answer, which is one for whatever is wrong, and takes as long.
    pub(super) async fn completed<T: Send + Sync>(
        &self,
        keeper: &Keeper<T>,
        ending: Ending,
        outcome: Result<T, Undone<AccountRefusal>>,
    ) -> Result<T, ServiceError> {
        let Ending { attempt, unsuitable, recorded } = ending;
        match outcome {
            Ok(reply) => Ok(reply),
            Err(Undone::Refused(AccountRefusal::UnsuitablePassword, _)) => {
                Err(unsuitable.unwrap_or_else(|| ServiceError::broken("the password was found suitable")))
            }
            Err(Undone::Refused(..)) => self.count_nobody(keeper, attempt, recorded).await,
            Err(Undone::Failed(error)) => {
                recorded.reached().await;
                Err(error)
            }
        }
    }

    /// The same small commit where nothing was looked at.
    async fn count_nobody<T: Send + Sync>(
        &self,
        keeper: &Keeper<T>,
        attempt: SignInId,
        recorded: Floor,
    ) -> Result<T, ServiceError> {
        let key = self.parts().keys.attempt_counter(attempt)?;
        self.store().count_stranger(&key, self.now(), STRANGERS_REMEMBERED).await?;
        keeper.keep_as_it_is(Err(&ServiceError::CodeRejected)).await?;
        recorded.reached().await;
        Err(ServiceError::CodeRejected)
    }
}

/// The address that a password must not be easy to guess from: the account's, or one that nobody has.
fn address_of(account: &Account) -> Result<Email, ServiceError> {
    match account.holder().and_then(|holder| holder.email.known()) {
        Some(email) => Ok(email.clone()),
        None => NOBODYS_ADDRESS.parse().map_err(ServiceError::broken),
    }
}
