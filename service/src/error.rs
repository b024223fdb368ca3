//! Why a use case could not be done, in the service's own language; HTTP is spoken elsewhere.

use std::fmt;

use countersign_domain::account::AccountRefusal;
use countersign_domain::time::{Span, Timestamp};
use countersign_stores::{AppendError, StoreError};

use crate::hashing::{HashingFailed, PoolFull};
use crate::keys::MissingKey;
use crate::password_rules::WeakPassword;

/// Why a use case could not be done.
#[derive(Debug)]
pub enum ServiceError {
    /// The person's e-mail and password open nothing; for whatever reason.
    CredentialsRejected,
    /// The person's code is wrong.
    CodeRejected,
    /// What was typed cannot be a backup code; no attempt was counted.
    CodeMistyped,
    /// The new password cannot be chosen.
    PasswordTooWeak(WeakPassword),
    /// The caller's token is not good, or not for this.
    TokenRejected,
    /// The person's refresh token is not good, or not any more, or another client's.
    RefreshTokenRejected,
    /// There is no such thing.
    NotFound,
    /// An operator states an address that is another account's.
    AddressTaken,
    /// What was to be made would have expired before it is there.
    ExpiredAlready,
    /// A new key would end one that is still accepted before the overlap is over.
    WouldEndAKey,
    /// The domain says no.
    Refused {
        /// Why.
        refusal: AccountRefusal,
        /// The time that the decision was made for.
        now: Timestamp,
    },
    /// There is more work than the machine can do; nothing was done.
    Busy {
        /// When to come back.
        retry_after: Span,
    },
    /// The same request was worked on before: this was the answer, in the form that the caller keeps.
    Answered(Vec<u8>),
    /// The idempotency key was used for another request.
    KeyReused,
    /// The same request is worked on right now.
    InProgress {
        /// When whoever works on it has had time enough.
        retry_after: Span,
    },
    /// The store failed, or what it holds is not as it was stored.
    Stored(StoreError),
    /// Something else inside is not as it must be.
    Unavailable(Cause),
}

/// What kept the service from its work; for the log, never for the outside.
#[derive(Debug)]
pub struct Cause(String);

/// How long to stay away when the hash pool is full: about what a full queue takes.
pub const BUSY_RETRY_AFTER: Span = Span::seconds(2);

impl ServiceError {
    /// Whether it is the answer to a request, rather than the reason why there is none yet.
    pub(crate) fn is_answer(&self) -> bool {
        match self {
            Self::CredentialsRejected
            | Self::CodeRejected
            | Self::CodeMistyped
            | Self::PasswordTooWeak(_)
            | Self::RefreshTokenRejected
            | Self::ExpiredAlready
            | Self::WouldEndAKey
            | Self::AddressTaken
            | Self::NotFound => true,
            Self::Refused { refusal, .. } => !matches!(
                refusal,
                AccountRefusal::Throttled { .. }
                    | AccountRefusal::ResendTooSoon { .. }
                    | AccountRefusal::StaleCheck
            ),
            Self::TokenRejected
            | Self::Busy { .. }
            | Self::Answered(_)
            | Self::KeyReused
            | Self::InProgress { .. }
            | Self::Stored(_)
            | Self::Unavailable(_) => false,
        }
    }

    /// Something inside is not as it must be.
    pub(crate) fn broken(what: impl fmt::Display) -> Self {
        Self::Unavailable(Cause(what.to_string()))
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for ServiceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CredentialsRejected => f.write_str("the credentials were rejected"),
            Self::CodeRejected => f.write_str("the code was rejected"),
            Self::CodeMistyped => f.write_str("the code was mistyped"),
            Self::PasswordTooWeak(_) => f.write_str("the password is too weak"),
            Self::TokenRejected => f.write_str("the token was rejected"),
            Self::RefreshTokenRejected => f.write_str("the refresh token was rejected"),
            Self::AddressTaken => f.write_str("the address is another account's"),
            Self::NotFound => f.write_str("there is no such thing"),
            Self::WouldEndAKey => f.write_str(
                "it has two keys that are accepted, and the older would end before the overlap is over",
            ),
            Self::ExpiredAlready => f.write_str("it would have expired already"),
            Self::Refused { refusal, .. } => refusal.fmt(f),
            Self::Busy { .. } => f.write_str("too much work"),
            Self::Answered(_) => f.write_str("the request was answered before"),
            Self::KeyReused => f.write_str("the idempotency key belongs to another request"),
            Self::InProgress { .. } => f.write_str("the same request is worked on"),
            Self::Stored(error) => error.fmt(f),
            Self::Unavailable(cause) => write!(f, "unavailable: {cause}"),
        }
    }
}

impl std::error::Error for ServiceError {}

impl From<StoreError> for ServiceError {
    fn from(error: StoreError) -> Self {
        Self::Stored(error)
    }
}

impl From<AppendError> for ServiceError {
    fn from(error: AppendError) -> Self {
        error.into_store_error().map_or_else(Self::broken, Self::Stored)
    }
}

impl From<MissingKey> for ServiceError {
    fn from(MissingKey(key): MissingKey) -> Self {
        Self::broken(format_args!("the keyring does not hold key {key}"))
    }
}

impl From<PoolFull> for ServiceError {
    fn from(_: PoolFull) -> Self {
        Self::Busy { retry_after: BUSY_RETRY_AFTER }
    }
}

impl From<HashingFailed> for ServiceError {
    fn from(_: HashingFailed) -> Self {
        Self::broken("hashing failed")
    }
}
