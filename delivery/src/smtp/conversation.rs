//! One message over one connection, each step within its time.

use std::fmt::Display;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use lettre::address::Envelope;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{Extension, MailBodyParameter, MailParameter};
use tokio::time::timeout;

use super::verdict::{about_the_message, about_us};
use crate::{Reason, SendError};

/// How long the relay may take to answer one command. Behind the message's end it has what is left of the whole
/// send's time: who gives up there does not know whether the message was taken.
const COMMAND_TIMEOUT: Duration = Duration::from_secs(10);

/// Hands a message over. After an error the connection is of no use: it may be in mid-sentence.
///
/// `lettre` would say `QUIT` after a refusal and wait for the answer: a relay that falls silent there would turn what
/// it said for good into a time-out.
///
/// `spoken` becomes true where the message begins: from there on, who gives up does not know whether it was taken.
pub(super) async fn hand_over(
    connection: &mut AsyncSmtpConnection,
    envelope: &Envelope,
    message: &[u8],
    spoken: &AtomicBool,
) -> Result<(), SendError> {
    let parameters = parameters(connection, envelope, message)?;
    // Who refuses the sender refuses us, whatever the message: that is for the operator to see to.
    say(connection, Mail::new(envelope.from().cloned(), parameters), about_us).await?;
    for recipient in envelope.to() {
        say(connection, Rcpt::new(recipient.clone(), Vec::new()), about_the_message).await?;
    }
    say(connection, Data, about_the_message).await?;
    spoken.store(true, Ordering::Relaxed);
    let answered = connection.message(message).await;
    answered.map(drop).map_err(|error| match about_the_message(&error) {
        SendError::Transient { reason } if error.status().is_none() => SendError::in_doubt(reason),
        answered => answered,
    })
}

async fn say(
    connection: &mut AsyncSmtpConnection,
    command: impl Display,
    about: fn(&Error) -> SendError,
) -> Result<(), SendError> {
    let answered = timeout(COMMAND_TIMEOUT, connection.command(command)).await;
    let answered = answered.map_err(|_| SendError::transient(Reason::TimedOut))?;
    answered.map(drop).map_err(|error| about(&error))
}

/// What the relay has to be told about an address or a message beyond ASCII, if it can be.
fn parameters(
    connection: &AsyncSmtpConnection,
    envelope: &Envelope,
    message: &[u8],
) -> Result<Vec<MailParameter>, SendError> {
    let mut addresses = envelope.to().iter().chain(envelope.from());
    let is_international = addresses.any(|address| !AsRef::<str>::as_ref(address).is_ascii());
    let needed = [
        (is_international, Extension::SmtpUtfEight, MailParameter::SmtpUtfEight),
        (!message.is_ascii(), Extension::EightBitMime, MailParameter::Body(MailBodyParameter::EightBitMime)),
    ];
    let mut parameters = Vec::new();
    for (is_needed, extension, parameter) in needed {
        if !is_needed {
            continue;
        }
        if !connection.server_info().supports_feature(extension) {
            return Err(SendError::transient(Reason::Incapable));
        }
        parameters.push(parameter);
    }
    Ok(parameters)
}
