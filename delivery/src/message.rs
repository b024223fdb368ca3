//! What the service hands over to be said.

use std::fmt;

use crate::MessageId;

/// What is to be said to a person.
#[derive(Clone, PartialEq, Eq)]
pub enum Content {
    /// The code that proves control of an address that somebody registered.
    RegistrationCode {
        /// The six digits
        digits: String,
        /// How long the code is valid from when it was asked for
        minutes: u64,
    },
    /// Somebody registered an address that already has an account; there is no code.
    AlreadyRegistered,
    /// The code that completes a sign-in whose password was right.
    SignInCode {
        /// The six digits
        digits: String,
        /// How long the code is valid from when it was asked for
        minutes: u64,
    },
    /// The code that, with a proof that is not mail, lets a person choose another password.
    PasswordResetCode {
        /// The six digits
        digits: String,
        /// How long the code is valid from when it was asked for
        minutes: u64,
    },
    /// The code that, with another proof, recovers an account.
    RecoveryCode {
        /// The six digits
        digits: String,
        /// How long the code is valid from when it was asked for
        minutes: u64,
    },
    /// Notice: an operator had a code made to recover the account with.
    RecoveryPrepared {
        /// When, in RFC 3339
        at: String,
        /// When it begins to be valid, in RFC 3339
        valid_from: String,
        /// Where the person says no
        link: String,
        /// Whether the account gets another address with it
        another_address: bool,
    },
    /// Notice: that code was cancelled.
    RecoveryCancelled {
        /// When, in RFC 3339
        at: String,
    },
    /// Notice: the account was recovered.
    AccountRecovered {
        /// When, in RFC 3339
        at: String,
    },
    /// Notice, to the address before: the account has another one.
    EmailChanged {
        /// When, in RFC 3339
        at: String,
    },
    /// Notice: the password was changed.
    PasswordChanged {
        /// When, in RFC 3339
        at: String,
    },
    /// Notice: a backup code was used.
    BackupCodeRedeemed {
        /// When, in RFC 3339
        at: String,
    },
    /// Notice: a new backup code takes the place of the old one.
    BackupCodeReplaced {
        /// When, in RFC 3339
        at: String,
    },
}

/// One message to one person.
///
/// Sending an equal message again is the same message again: same file, same `Message-ID`, same bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    /// Names the message on every attempt
    pub id: MessageId,
    /// The address, as stored
    pub to: String,
    /// The person's language tag; one without a template falls back to English
    pub locale: String,
    /// What is said
    pub content: Content,
    /// The `Date` of the message, in milliseconds since 1970; the same on every attempt
    pub at_ms: i64,
}

impl Content {
    pub(crate) fn digits(&self) -> Option<&str> {
        match self {
            Self::RegistrationCode { digits, .. }
            | Self::SignInCode { digits, .. }
            | Self::PasswordResetCode { digits, .. }
            | Self::RecoveryCode { digits, .. } => Some(digits),
            Self::AlreadyRegistered
            | Self::PasswordChanged { .. }
            | Self::EmailChanged { .. }
            | Self::RecoveryPrepared { .. }
            | Self::RecoveryCancelled { .. }
            | Self::AccountRecovered { .. }
            | Self::BackupCodeRedeemed { .. }
            | Self::BackupCodeReplaced { .. } => None,
        }
    }
}

impl Content {
    /// The one address that the message leads to, if it leads anywhere.
    pub(crate) fn link(&self) -> Option<&str> {
        match self {
            Self::RecoveryPrepared { link, .. } => Some(link),
            _ => None,
        }
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RegistrationCode { minutes, .. } => debug_code(f, "RegistrationCode", *minutes),
            Self::AlreadyRegistered => f.write_str("AlreadyRegistered"),
            Self::SignInCode { minutes, .. } => debug_code(f, "SignInCode", *minutes),
            Self::PasswordResetCode { minutes, .. } => debug_code(f, "PasswordResetCode", *minutes),
            Self::RecoveryCode { minutes, .. } => debug_code(f, "RecoveryCode", *minutes),
            Self::RecoveryPrepared { at, valid_from, another_address, .. } => f
                .debug_struct("RecoveryPrepared")
                .field("at", at)
                .field("valid_from", valid_from)
                .field("link", &format_args!("[redacted]"))
                .field("another_address", another_address)
                .finish(),
            Self::RecoveryCancelled { at } => f.debug_struct("RecoveryCancelled").field("at", at).finish(),
            Self::AccountRecovered { at } => f.debug_struct("AccountRecovered").field("at", at).finish(),
            Self::EmailChanged { at } => f.debug_struct("EmailChanged").field("at", at).finish(),
            Self::PasswordChanged { at } => f.debug_struct("PasswordChanged").field("at", at).finish(),
            Self::BackupCodeRedeemed { at } => f.debug_struct("BackupCodeRedeemed").field("at", at).finish(),
            Self::BackupCodeReplaced { at } => f.debug_struct("BackupCodeReplaced").field("at", at).finish(),
        }
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message")
            .field("id", &self.id)
            .field("to", &format_args!("[redacted]"))
            .field("locale", &self.locale)
            .field("content", &self.content)
            .field("at_ms", &self.at_ms)
            .finish()
    }
}

fn debug_code(f: &mut fmt::Formatter<'_>, name: &str, minutes: u64) -> fmt::Result {
    f.debug_struct(name).field("digits", &format_args!("[redacted]")).field("minutes", &minutes).finish()
}
