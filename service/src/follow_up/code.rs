//! Sending a verification code: the digits are derived anew, so that a retry sends the same ones.

use countersign_delivery::{Content, Message, MessageId, SendError};
use countersign_domain::account::{Account, AccountCommand, AccountEvent, CodeMessage, DeliveryFailure};
use countersign_domain::decider::Recorded;
use countersign_domain::email::Email;
use countersign_domain::id::{AccountId, ChallengeId, ClientId, Id, Kind, SignInId};
use countersign_domain::policy;
use countersign_domain::time::{Span, Timestamp};
use countersign_domain::word::{AddressKey, CodePurpose, Locale};
use countersign_stores::Loaded;

use super::{Again, Outcome};
use crate::error::ServiceError;
use crate::keys::CodeInputs;
use crate::service::Service;

/// Which sending of a challenge is its first.
const FIRST_SEND: &str = "1";
/// The class in which mail that a stranger can cause is counted.
const STRANGER: &str = "stranger";
/// The class of what only who has an operator code can cause, so that no stranger uses it up.
const OPERATOR_CODE: &str = "operator_code";

/// What came of trying to send.
enum Attempt {
    Sent,
    Failed(DeliveryFailure),
    /// None was made: nobody can use the code any more, or somebody has.
    Ended,
    /// To be tried again until the code has expired.
    Later {
        /// Whether the message may have left all the same.
        may_have_left: bool,
    },
}

impl Service {
    /// Counts the first message of a registration, a reset or a recovery before it is committed: for an address that had too many
    /// no message is sent, and then no code may fit, or who cannot be mailed could guess instead.
    pub(crate) async fn may_mail_stranger(
        &self,
        challenge: ChallengeId,
        address: &AddressKey,
    ) -> Result<bool, ServiceError> {
        self.may_mail(challenge, address, STRANGER).await
    }

    /// The same for a recovery that is asked for with an operator code that is valid.
    pub(crate) async fn may_mail_vouched(
        &self,
        challenge: ChallengeId,
        address: &AddressKey,
    ) -> Result<bool, ServiceError> {
        self.may_mail(challenge, address, OPERATOR_CODE).await
    }

    async fn may_mail(
        &self,
        challenge: ChallengeId,
        address: &AddressKey,
        class: &str,
    ) -> Result<bool, ServiceError> {
        let limits = [
            (Span::hours(1), policy::STRANGER_MAIL_PER_HOUR.value),
            (Span::days(1), policy::STRANGER_MAIL_PER_DAY.value),
        ];
        let message = message_id(challenge, FIRST_SEND);
        Ok(self.store().take_message(&message, address, class, &limits, self.now()).await?)
    }

    /// Sends the message of a `code.requested`, and records what came of it. One that has to end although an attempt may
    /// have left it is not said to have expired before it left.
    pub(super) async fn send_code(
        &self,
        id: AccountId,
        client: Option<ClientId>,
        known: Option<Loaded<Account>>,
        requested: &Recorded<AccountEvent>,
        again: Option<Again>,
    ) -> Result<Outcome, ServiceError> {
        let AccountEvent::CodeRequested { challenge, sign_in, send, expires_at, .. } = &requested.event
        else {
            return Ok(Outcome::Done);
        };
        let (challenge, send) = (*challenge, *send);
        let account = match known {
            Some(known) => known,
            None => self.store().load::<Account>(&id.to_string()).await?,
        };
        let Some(sending) = account.state.unsettled_sending(challenge, send) else {
            return Ok(Outcome::Done);
        };
        let now = self.now();
        let holder =
            account.state.holder().ok_or_else(|| ServiceError::broken("an account without a holder"))?;
        let recovery = sign_in.and_then(|recovery| account.state.recovery(recovery));
        let stated = recovery.and_then(|recovery| recovery.stated.as_ref()).map(|stated| &stated.email);
        let is_awaited = !sending.used && now < *expires_at && is_awaited(&account.state, *sign_in, now);
        let may_have_left = Again::may_have_left(again.as_ref());
        let attempt = match stated.unwrap_or(&holder.email).known().filter(|_| is_awaited) {
            Some(email) => {
                let Some(_place) = self.begin_sending(again).await? else { return Ok(Outcome::NoRoom) };
                self.try_code(id, &requested.event, (email, &holder.locale), requested.at).await?
            }
            None => Attempt::Ended,
        };
        let failed = |cause| AccountCommand::RecordCodeFailed { challenge, send, cause };
        let ended = |may_have_left| {
            failed(if may_have_left { DeliveryFailure::Unknown } else { DeliveryFailure::Expired })
        };
        let command = match attempt {
            Attempt::Sent => AccountCommand::RecordCodeSent { challenge, send },
            Attempt::Failed(cause) => failed(cause),
            Attempt::Ended => ended(may_have_left),
            Attempt::Later { may_have_left: this } if self.now() >= *expires_at => {
                ended(may_have_left || this)
            }
            Attempt::Later { may_have_left: this } => {
                return Ok(Outcome::Later { last: *expires_at, may_have_left: may_have_left || this });
            }
        };
        self.record(id, client, Some(account), command).await?;
        Ok(Outcome::Settled)
    }

    async fn try_code(
        &self,
        id: AccountId,
        requested: &AccountEvent,
        (email, locale): (&Email, &Locale),
        at: Timestamp,
    ) -> Result<Attempt, ServiceError> {
        let Some(message) = self.code_message(id, requested, email, locale, at)? else {
            return Ok(Attempt::Failed(DeliveryFailure::TooMany));
        };
        Ok(match self.hand_over(&message).await? {
            Ok(()) => Attempt::Sent,
            Err(SendError::Permanent { .. }) => Attempt::Failed(DeliveryFailure::Refused),
            Err(error) => {
                tracing::warn!(account = %id, %error, "a code could not be sent and will be tried again");
                Attempt::Later { may_have_left: matches!(error, SendError::InDoubt { .. }) }
            }
        })
    }

    /// What is to be sent; nothing where the message is withheld.
    fn code_message(
        &self,
        id: AccountId,
        requested: &AccountEvent,
        email: &Email,
        locale: &Locale,
        at: Timestamp,
    ) -> Result<Option<Message>, ServiceError> {
        let AccountEvent::CodeRequested { challenge, purpose, sign_in, code_id, key, send, message, .. } =
            requested
        else {
            return Ok(None);
        };
        let inputs = CodeInputs {
            purpose: *purpose,
            account: id,
            sign_in: *sign_in,
            challenge: *challenge,
            code_id: *code_id,
        };
        let digits = self.parts().keys.digits(key, inputs)?.as_str().to_owned();
        let minutes = policy::CODE_LIFETIME.value.as_minutes();
        let content = match (message, purpose) {
            (CodeMessage::Withheld, _) => return Ok(None),
            (CodeMessage::AlreadyRegistered, _) => Content::AlreadyRegistered,
            (CodeMessage::Code, CodePurpose::Registration) => Content::RegistrationCode { digits, minutes },
            (CodeMessage::Code, CodePurpose::SignIn) => Content::SignInCode { digits, minutes },
            (CodeMessage::Code, CodePurpose::Recovery) => Content::RecoveryCode { digits, minutes },
            (CodeMessage::Code, CodePurpose::PasswordReset) => Content::PasswordResetCode { digits, minutes },
        };
        message_to(&message_id(*challenge, &send.to_string()), email, locale, content, at).map(Some)
    }
}

/// The id of a message: a thing's id in groups of four, so that it holds no run of six digits, and which
/// message about it this is.
pub(super) fn message_id<K: Kind>(about: Id<K>, which: &str) -> String {
    let hex = about.uuid().simple().to_string();
    let groups: Vec<String> =
        hex.as_bytes().chunks(4).map(|group| String::from_utf8_lossy(group).into_owned()).collect();
    format!("{}_{}.{which}", K::PREFIX, groups.join("-"))
}

/// A message, by the id that makes sending it twice the same as sending it once.
pub(super) fn message_to(
    id: &str,
    email: &Email,
    locale: &Locale,
    content: Content,
    at: Timestamp,
) -> Result<Message, ServiceError> {
    Ok(Message {
        id: id.parse::<MessageId>().map_err(ServiceError::broken)?,
        to: email.as_str().to_owned(),
        locale: locale.to_string(),
        content,
        at_ms: at.as_millis(),
    })
}

/// Whether somebody can still use the code: the registration, the sign-in, the reset or the recovery is alive.
fn is_awaited(account: &Account, sign_in: Option<SignInId>, now: Timestamp) -> bool {
    match sign_in {
        None => matches!(account, Account::Unverified(_)),
        Some(id) => {
            account.sign_in(id).is_some_and(|sign_in| sign_in.is_pending(now))
                || account.reset(id).is_some()
                || account.recovery(id).is_some()
        }
    }
}
