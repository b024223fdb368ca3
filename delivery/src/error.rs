//! Why a message was not handed over.

use std::fmt;
use std::io;

/// A message was not handed over, as far as we know.
///
/// It holds no address, no code and no text of the relay (which may repeat either), so it can be logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SendError {
    /// It did not leave. Try again later.
    Transient {
        /// What happened
        reason: Reason,
    },
    /// It may have arrived: it was spoken to its end, and no answer came. Try again later, with the same message id.
    InDoubt {
        /// What happened
        reason: Reason,
    },
    /// Never try this message again.
    Permanent {
        /// What happened
        reason: Reason,
    },
}

/// What happened to a message that was not handed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The address is not one that mail can go to
    Address,
    /// What is to be said cannot be put into a message
    Content,
    /// The relay refused the message for good (5xx)
    Refused {
        /// The relay's status
        status: u16,
    },
    /// The relay put the message off (4xx)
    Deferred {
        /// The relay's status
        status: u16,
    },
    /// The relay refused *us*: the user name or password in its URL is wrong or missing
    LoginRefused {
        /// The relay's status
        status: u16,
    },
    /// The relay lacks what is needed: STARTTLS, a login method, or addresses beyond ASCII
    Incapable,
    /// No encrypted connection came about
    Tls,
    /// The connection failed or broke, or what came over it was no SMTP
    Connection {
        /// The kind of failure, where there was one
        kind: Option<io::ErrorKind>,
    },
    /// It took too long
    TimedOut,
    /// The mailbox folder could not be written
    Mailbox {
        /// The kind of failure
        kind: io::ErrorKind,
    },
}

impl SendError {
    pub(crate) fn transient(reason: Reason) -> Self {
        Self::Transient { reason }
    }

    pub(crate) fn in_doubt(reason: Reason) -> Self {
        Self::InDoubt { reason }
    }

    pub(crate) fn permanent(reason: Reason) -> Self {
        Self::Permanent { reason }
    }

    /// What happened.
    pub fn reason(&self) -> Reason {
        match self {
            Self::Transient { reason } | Self::InDoubt { reason } | Self::Permanent { reason } => *reason,
        }
    }

    /// Whether another try is of no use.
    pub fn is_permanent(&self) -> bool {
        matches!(self, Self::Permanent { .. })
    }
}

impl Reason {
    /// A stable word for events and metrics.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Address => "address_invalid",
            Self::Content => "content_invalid",
            Self::Refused { .. } => "refused",
            Self::Deferred { .. } => "deferred",
            Self::LoginRefused { .. } => "login_refused",
            Self::Incapable => "relay_incapable",
            Self::Tls => "tls_failed",
            Self::Connection { .. } => "connection_failed",
            Self::TimedOut => "timed_out",
            Self::Mailbox { .. } => "mailbox_failed",
        }
    }
}

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Transient { reason } => write!(f, "not sent, to be tried again: {reason}"),
            Self::InDoubt { reason } => write!(f, "perhaps sent, to be tried again: {reason}"),
            Self::Permanent { reason } => write!(f, "not sent, never to be tried again: {reason}"),
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address => f.write_str("the address is not one that mail can go to"),
            Self::Content => f.write_str("the content cannot be put into a message"),
            Self::Refused { status } => write!(f, "the relay refused the message ({status})"),
            Self::Deferred { status } => write!(f, "the relay put the message off ({status})"),
            Self::LoginRefused { status } => write!(f, "the relay refused our login ({status})"),
            Self::Incapable => {
                f.write_str("the relay lacks STARTTLS, a login method or support for the address")
            }
            Self::Tls => f.write_str("no encrypted connection to the relay came about"),
            Self::Connection { kind: Some(kind) } => write!(f, "the connection to the relay failed: {kind}"),
            Self::Connection { kind: None } => f.write_str("the connection to the relay broke"),
            Self::TimedOut => f.write_str("it took too long"),
            Self::Mailbox { kind } => write!(f, "the mailbox folder could not be written: {kind}"),
        }
    }
}

impl std::error::Error for SendError {}
