//! The choice of transport.

use std::fmt;
use std::io;

use crate::{Mailbox, Message, SendError, Sender, Smtp};

/// What carries messages; one of them per service.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "there is one of them in a service")]
pub enum Transport {
    /// A folder, one file a message
    Mailbox(Mailbox),
    /// A relay
    Smtp(Smtp),
}

/// The transport's URL is not usable. It is not repeated here: it may hold a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransportUrlError {
    /// It does not begin with `dir:`, `smtp://` or `smtps://`
    Scheme,
    /// The folder cannot be made or is none
    Directory {
        /// The kind of failure
        kind: io::ErrorKind,
    },
    /// It is not a URL, or has no usable host or port
    Host,
    /// The user name or password is not percent-encoded UTF-8, or there is a password alone
    Credentials,
    /// It has a path or a fragment, which mean nothing here
    Surplus,
    /// What stands behind its question mark is not `tls`, `ca` or `timeout`, stands twice, or has no such value
    Option,
    /// The file of certificates that `ca` names cannot be used
    Authority {
        /// The kind of failure
        kind: io::ErrorKind,
    },
    /// A password would leave this machine unencrypted
    CredentialsInTheClear,
    /// TLS cannot be set up for this host
    Tls,
}

impl Transport {
    /// The transport that a URL names: `dir:PATH`, `smtp://[user:password@]host[:port]` or
    /// `smtps://[user:password@]host[:port]`.
    ///
    /// `smtps` encrypts from the first byte (port 465 unless given). `smtp` demands STARTTLS (port 587), except
    /// to this machine itself, where it is plain (port 25). Behind a question mark may stand `tls` (what `smtp`
    /// demands: `required`, `offered` or `none`), `ca` (a file of certificates, one of which must have signed the
    /// relay's, in place of the public authorities) and `timeout` (seconds for one message).
    pub fn from_url(url: &str, sender: Sender) -> Result<Self, TransportUrlError> {
        if let Some(path) = url.strip_prefix("dir:") {
            let mailbox = Mailbox::open(path, sender)
                .map_err(|error| TransportUrlError::Directory { kind: error.kind() })?;
            return Ok(Self::Mailbox(mailbox));
        }
        if url.starts_with("smtp://") || url.starts_with("smtps://") {
            return Smtp::from_url(url, sender).map(Self::Smtp);
        }
        Err(TransportUrlError::Scheme)
    }

    /// Hands one message over. `Ok` means that the folder has it on disk, or that the relay took it.
    pub async fn send(&self, message: &Message) -> Result<(), SendError> {
        match self {
            Self::Mailbox(mailbox) => mailbox.send(message).await,
            Self::Smtp(smtp) => smtp.send(message).await,
        }
    }

    /// The folder, where the transport is one.
    pub fn mailbox(&self) -> Option<&Mailbox> {
        match self {
            Self::Mailbox(mailbox) => Some(mailbox),
            Self::Smtp(_) => None,
        }
    }
}

impl fmt::Display for TransportUrlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scheme => f.write_str("a mail transport begins with dir:, smtp:// or smtps://"),
            Self::Directory { kind } => write!(f, "the mailbox folder cannot be used: {kind}"),
            Self::Host => f.write_str("the relay's URL has no usable host or port"),
            Self::Credentials => {
                f.write_str("the relay's user name and password must both stand in its URL, percent-encoded")
            }
            Self::Surplus => f.write_str("the relay's URL has no path and no fragment"),
            Self::Option => f.write_str(
                "the relay's URL takes tls=none, tls=offered or tls=required (smtps:// is always encrypted), \
                 ca=FILE and timeout=SECONDS (1 to 25), each once",
            ),
            Self::Authority { kind } => write!(f, "the file of certificates cannot be used: {kind}"),
            Self::CredentialsInTheClear => {
                f.write_str("a user name and password need smtps:// or tls=required, except on this machine")
            }
            Self::Tls => f.write_str("TLS cannot be set up for the relay's host"),
        }
    }
}

impl std::error::Error for TransportUrlError {}
