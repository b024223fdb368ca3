//! The relay: messages over SMTP.
//!
//! `lettre` speaks the protocol; its pooled transport is not used, because it waits without end for a relay
//! that falls silent, and a send that is given up leaves its connection in the pool in mid-sentence, where the
//! next message reads the answer to the last. Here a connection is kept only after a whole conversation.

mod connections;
mod conversation;
mod endpoint;
mod options;
mod verdict;
mod wary;

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use url::Url;

use crate::compose::compose;
use crate::{Message, Reason, SendError, Sender, TransportUrlError};

use connections::Connections;
pub use connections::MAX_CONNECTIONS;
use endpoint::Endpoint;
use options::Options;

/// How long one call of [`Smtp::send`] may take, waiting for a free connection included, unless the URL says less. It
/// ends before the service's sweep looks at the request again (30 s), so that two attempts never run side by side.
pub const SEND_DEADLINE: Duration = Duration::from_secs(25);

/// A relay that takes messages over SMTP.
pub struct Smtp {
    connections: Connections,
    sender: Sender,
    deadline: Duration,
}

impl Smtp {
    /// The relay that an `smtp:` or `smtps:` URL names. It is not spoken to yet.
    pub(crate) fn from_url(url: &str, sender: Sender) -> Result<Self, TransportUrlError> {
        let url = Url::parse(url).map_err(|_| TransportUrlError::Host)?;
        let options = Options::parse(&url)?;
        let deadline = options.deadline.unwrap_or(SEND_DEADLINE);
        let connections = Connections::new(Endpoint::parse(&url, options)?, sender.domain());
        Ok(Self { connections, sender, deadline })
    }

    /// Hands one message to the relay. Dropping the future gives the connection up.
    pub async fn send(&self, message: &Message) -> Result<(), SendError> {
        let email = compose(message, &self.sender)?;
        let bytes = email.formatted();
        let spoken = AtomicBool::new(false);
        let sent = self.connections.send(email.envelope(), &bytes, &spoken);
        tokio::time::timeout(self.deadline, sent).await.unwrap_or_else(|_| {
            let (spoken, reason) = (spoken.load(Ordering::Relaxed), Reason::TimedOut);
            Err(if spoken { SendError::in_doubt(reason) } else { SendError::transient(reason) })
        })
    }

    #[cfg(test)]
    pub(crate) fn with_deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }
}

impl fmt::Debug for Smtp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Smtp").field("endpoint", self.connections.endpoint()).finish_non_exhaustive()
    }
}
