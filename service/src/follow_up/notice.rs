//! Notices: telling a person by mail what happened to their account.

use countersign_delivery::{Content, SendError};
use countersign_domain::account::{About, Account, AccountCommand, Notice, SentNotice};
use countersign_domain::id::AccountId;
use countersign_domain::policy;
use countersign_domain::time::Timestamp;

use super::Outcome;
use super::code::{message_id, message_to};
use crate::context::Context;
use crate::error::ServiceError;
use crate::service::Service;

impl Service {
    /// Sends a notice about something, once, and records it.
    pub(super) async fn send_notice(
        &self,
        id: AccountId,
        notice: Notice,
        about: About,
        at: Timestamp,
    ) -> Result<Outcome, ServiceError> {
        let account = self.store().load::<Account>(&id.to_string()).await?;
        let Some(person) = account.state.person() else { return Ok(Outcome::Done) };
        let sent = person.notices.contains(&SentNotice { notice, about });
        let last = at + policy::NOTICE_LIFETIME.value;
        let Some(email) = person.holder.email.known().filter(|_| !sent && self.now() < last) else {
            return Ok(Outcome::Done);
        };
        let (name, content) = match notice {
            Notice::BackupCodeRedeemed => ("redeemed", Content::BackupCodeRedeemed { at: at.to_string() }),
            Notice::PasswordChanged => ("password", Content::PasswordChanged { at: at.to_string() }),
            Notice::BackupCodeReplaced => ("replaced", Content::BackupCodeReplaced { at: at.to_string() }),
        };
        let message_id = match about {
            About::BackupCode(code) => message_id(code, name),
            About::Event(sequence) => message_id(id, &format!("{name}-{sequence}")),
        };
        let message = message_to(&message_id, email, &person.holder.locale, content, at)?;
        match self.parts().transport.send(&message).await {
            Ok(()) => {
                let command = AccountCommand::RecordNoticeSent { notice, about };
                self.decide_for(&Context::service(), id, command).await?;
                Ok(Outcome::Done)
            }
            Err(error @ SendError::Permanent { .. }) => {
                tracing::warn!(account = %id, %error, "a notice was refused for good");
                Ok(Outcome::Done)
            }
            Err(error @ SendError::Transient { .. }) => {
                tracing::warn!(account = %id, %error, "a notice could not be sent and will be tried again");
                Ok(Outcome::Later { last })
            }
        }
    }
}
