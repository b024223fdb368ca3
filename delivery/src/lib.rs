//! How Countersign speaks to a person: codes and notices, and the transports that carry them.
//!
//! The service says *what* is to be said ([`Message`], [`Content`]); this crate chooses the words and
//! hands the message over, once per call. When and how often to try is the service's business, so every
//! failure says whether another try can help ([`SendError`]).
//!
//! ```text
//! Message ── template (words in the person's language, the rule of six digits)
//!    └────── compose  (headers, text and HTML parts: one internet message, the same on every attempt)
//!               └──── Transport ── Mailbox  dir:PATH            one .eml a message
//!                               └─ Smtp     smtp:// smtps://    a relay
//! ```
//!
//! | file | what it holds |
//! |---|---|
//! | `message`, `message_id`, `sender` | what the service hands over, parsed once |
//! | `template` | subjects and parts, per language; texts are in `delivery/templates` |
//! | `compose` | from a [`Message`] to an internet message |
//! | `transport` | the choice of transport, and its URL |
//! | `mailbox`, `stored_message` | the folder, and reading it back for the development page |
//! | `smtp` | the relay: its URL, its connections, what its answers mean |
//! | `error` | why a message was not handed over |
//!
//! Two promises are kept here and nowhere else. *Six digits*: a message with a code holds one run of six
//! digits, alone on a line of its text part; any other message holds none; a message that would break this
//! is not sent. *Silence*: no `Debug` and no `Display` of this crate holds an address, a code, a relay's
//! password or the text of a relay's answer.

mod compose;
mod error;
mod mailbox;
mod message;
mod message_id;
mod sender;
mod smtp;
mod stored_message;
mod template;
mod transport;

#[cfg(test)]
mod tests;

pub use error::{Reason, SendError};
pub use mailbox::{MAX_LISTED, Mailbox};
pub use message::{Content, Message};
pub use message_id::{MessageId, MessageIdError};
pub use sender::{Sender, SenderError};
pub use smtp::{MAX_CONNECTIONS, SEND_DEADLINE, Smtp};
pub use stored_message::StoredMessage;
pub use transport::{Transport, TransportUrlError};
