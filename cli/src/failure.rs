//! Why a command failed, and the exit code that says so.

use std::fmt;
use std::process::ExitCode;

use countersign_domain::account::AccountRefusal;
use countersign_service::error::ServiceError;
use countersign_stores::feed::FeedError;
use countersign_stores::read_models::CheckError;
use countersign_stores::{DatabaseError, KeyCheckError, StoreError};

use crate::settings::SettingsError;

/// Why a command failed.
#[derive(Debug)]
pub(crate) enum Failure {
    /// What was asked for could not be done.
    Failed(String),
    /// What was typed, or a setting, is wrong.
    Usage(String),
    /// What is stored is not what was stored.
    Broken(String),
    /// The database, or a peer, is away.
    Unreachable(String),
}

impl Failure {
    /// The exit code: 1 failed, 2 usage or settings, 4 integrity broken, 6 unreachable.
    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Failed(_) => 1,
            Self::Usage(_) => 2,
            Self::Broken(_) => 4,
            Self::Unreachable(_) => 6,
        })
    }

    pub(crate) fn failed(what: impl fmt::Display) -> Self {
        Self::Failed(what.to_string())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(what) | Self::Usage(what) | Self::Broken(what) | Self::Unreachable(what) => {
                write!(f, "countersign: {what}")
            }
        }
    }
}

impl From<SettingsError> for Failure {
    fn from(error: SettingsError) -> Self {
        Self::Usage(error.to_string())
    }
}

impl From<DatabaseError> for Failure {
    fn from(error: DatabaseError) -> Self {
        match error {
            DatabaseError::Unreachable(_) => Self::Unreachable(error.to_string()),
            DatabaseError::Url(_) | DatabaseError::OtherMode { .. } => Self::Usage(error.to_string()),
            other => Self::failed(other),
        }
    }
}

impl From<KeyCheckError> for Failure {
    fn from(error: KeyCheckError) -> Self {
        match error {
            KeyCheckError::Missing(_) | KeyCheckError::Differs(_) => Self::Usage(error.to_string()),
            KeyCheckError::Sql(cause) => Self::failed(cause),
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Database(_) => Self::Unreachable(error.to_string()),
            StoreError::Integrity { .. } | StoreError::Gap { .. } | StoreError::BrokenKey { .. } => {
                Self::Broken(error.to_string())
            }
            StoreError::Unreadable { .. } | StoreError::UnknownKey(_) => Self::failed(error),
        }
    }
}

impl From<FeedError> for Failure {
    fn from(error: FeedError) -> Self {
        match error {
            FeedError::Database(_) => Self::Unreachable(error.to_string()),
            FeedError::Poison(_) => Self::Broken(error.to_string()),
        }
    }
}

impl From<CheckError> for Failure {
    fn from(error: CheckError) -> Self {
        match error {
            CheckError::Scratch(_) => Self::failed(error),
            CheckError::Feed(error) => error.into(),
        }
    }
}

impl From<ServiceError> for Failure {
    fn from(error: ServiceError) -> Self {
        match error {
            ServiceError::NotFound => Self::failed("there is no such account or client"),
            ServiceError::Refused { refusal: AccountRefusal::NotVerified, .. } => {
                Self::failed("the account is not verified")
            }
            ServiceError::Stored(error) => error.into(),
            other => Self::failed(other),
        }
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::failed(error)
    }
}
