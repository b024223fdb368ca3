//! Notices: telling a person by mail what happened to their account.

use countersign_delivery::{Content, SendError};
use countersign_domain::account::{About, Account, AccountCommand, AccountEvent, Notice, SentNotice};
use countersign_domain::decider::Recorded;
use countersign_domain::email::Email;
use countersign_domain::id::{AccountId, ClientId};
use countersign_domain::policy;
use countersign_domain::secret::Personal;
use countersign_domain::time::Timestamp;

use super::code::{message_id, message_to};
use super::{Again, Outcome};
use crate::error::ServiceError;
use crate::service::Service;

impl Service {
    /// Sends a notice about something, once, and records it.
    pub(super) async fn send_notice(
        &self,
        id: AccountId,
        client: Option<ClientId>,
        (notice, about): (Notice, About),
        recorded: &Recorded<AccountEvent>,
        again: &mut Option<Again>,
    ) -> Result<Outcome, ServiceError> {
        let account = self.store().load::<Account>(&id.to_string()).await?;
        let Some(person) = account.state.person() else { return Ok(Outcome::Done) };
        let sent = person.notices.contains(&SentNotice { notice, about });
        let last = worth_telling_until(recorded);
        let email = addressee(notice, &recorded.event).unwrap_or(&person.holder.email);
        let Some(email) = email.known().filter(|_| !sent && self.now() < last) else {
            return Ok(Outcome::Done);
        };
        let (name, content) = self.notice_content(id, notice, recorded)?;
        let message_id = match about {
            About::BackupCode(code) => message_id(code, name),
            About::Event(sequence) => message_id(id, &format!("{name}-{sequence}")),
        };
        let message = message_to(&message_id, email, &person.holder.locale, content, recorded.at)?;
        let Some(_place) = self.begin_sending(again.take()).await? else { return Ok(Outcome::NoRoom) };
        match self.hand_over(&message).await? {
            Ok(()) => {
                let command = AccountCommand::RecordNoticeSent { notice, about };
                self.record(id, client, None, command).await?;
                Ok(Outcome::Done)
            }
            Err(error @ SendError::Permanent { .. }) => {
                tracing::warn!(account = %id, %error, "a notice was refused for good");
                Ok(Outcome::Done)
            }
            Err(error) => {
                tracing::warn!(account = %id, %error, "a notice could not be sent and will be tried again");
                Ok(Outcome::Later { last, may_have_left: true })
            }
        }
    }

    /// What a notice is called in its message's id, and what it says.
    fn notice_content(
        &self,
        id: AccountId,
        notice: Notice,
        recorded: &Recorded<AccountEvent>,
    ) -> Result<(&'static str, Content), ServiceError> {
        let at = recorded.at.to_string();
        Ok(match (notice, &recorded.event) {
            (Notice::BackupCodeRedeemed, _) => ("redeemed", Content::BackupCodeRedeemed { at }),
            (Notice::BackupCodeReplaced, _) => ("replaced", Content::BackupCodeReplaced { at }),
            (Notice::PasswordChanged, _) => ("password", Content::PasswordChanged { at }),
            (
                Notice::RecoveryPrepared | Notice::AddressStated,
                AccountEvent::OperatorCodeIssued { operator_code, valid_from, email, .. },
            ) => {
                let (link, valid_from) = (self.cancel_link(id, *operator_code)?, valid_from.to_string());
                let another_address = email.is_some();
                let name = if notice == Notice::AddressStated { "stated" } else { "prepared" };
                (name, Content::RecoveryPrepared { at, valid_from, link, another_address })
            }
            (Notice::RecoveryPrepared | Notice::AddressStated, _) => {
                return Err(ServiceError::broken("a recovery was prepared without a code"));
            }
            (Notice::RecoveryCancelled, _) => ("cancelled", Content::RecoveryCancelled { at }),
            (Notice::EmailChanged, _) => ("address", Content::EmailChanged { at }),
            (Notice::AccountRecovered, _) => ("recovered", Content::AccountRecovered { at }),
        })
    }
}

/// Whom a notice is for, where that is not the account's address.
fn addressee(notice: Notice, event: &AccountEvent) -> Option<&Personal<Email>> {
    match (notice, event) {
        (Notice::AddressStated, AccountEvent::OperatorCodeIssued { email, .. }) => email.as_ref(),
        (Notice::EmailChanged, AccountEvent::EmailChanged { previous, .. }) => Some(previous),
        _ => None,
    }
}

/// How long it helps to tell of an event: of what can be cancelled, until it cannot be any more.
fn worth_telling_until(recorded: &Recorded<AccountEvent>) -> Timestamp {
    match &recorded.event {
        AccountEvent::OperatorCodeIssued { expires_at, .. } => *expires_at,
        _ => recorded.at + policy::NOTICE_LIFETIME.value,
    }
}
