//! One message over one connection, each step within its time.

use std::fmt::Display;
use std::time::Duration;

use lettre::address::Envelope;
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{Extension, MailBodyParameter, MailParameter};
use tokio::time::timeout;

use super::verdict::about_the_message;
use crate::{Reason, SendError};

/// How long the relay may take to answer one command. Behind the message's end it has what is left of the whole
/// send's time: who gives up there does not know whether the message was taken.
const COMMAND_TIMEOUT: Duration = Duration::from_secs(10);

/// Hands a message over. After an error the connection is of no use: it may be in mid-sentence.
///
/// `lettre` would say `QUIT` after a refusal and wait for the answer: a relay that falls silent there would turn what
/// it said for good into a time-out.
pub(super) async fn hand_over(
    connection: &mut AsyncSmtpConnection,
    envelope: &Envelope,
    message: &[u8],
) -> Result<(), SendError> {
    let parameters = parameters(connection, envelope, message)?;
    say(connection, Mail::new(envelope.from().cloned(), parameters)).await?;
    for recipient in envelope.to() {
        say(connection, Rcpt::new(recipient.clone(), Vec::new())).await?;
    }
    say(connection, Data).await?;
    connection.message(message).await.map_err(|error| about_the_message(&error))?;
    Ok(())
}

async fn say(connection: &mut AsyncSmtpConnection, command: impl Display) -> Result<(), SendError> {
    let answered = timeout(COMMAND_TIMEOUT, connection.command(command)).await;
    let answered = answered.map_err(|_| SendError::transient(Reason::TimedOut))?;
    answered.map(drop).map_err(|error| about_the_message(&error))
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
