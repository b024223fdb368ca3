//! Why a command to an account cannot be; nothing is committed.

use std::fmt;

use super::attempt::SignInState;
use crate::time::Timestamp;
use crate::word::Authenticator;

/// Why a command to an account cannot be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccountRefusal {
    /// The account was registered before.
    AlreadyRegistered,
    /// There is no such account, or it is not verified.
    NotVerified,
    /// The account was verified before.
    AlreadyVerified,
    /// The registration ended before it was completed.
    RegistrationExpired,
    /// The account is closed.
    Closed,
    /// The account is suspended.
    Suspended,
    /// The account is not suspended.
    NotSuspended,
    /// The account doesn't know the sign-in.
    UnknownSignIn,
    /// The sign-in stands elsewhere.
    WrongState {
        /// Where it stands.
        state: SignInState,
    },
    /// The sign-in ended by time.
    SignInExpired,
    /// A verification code is answered and none was sent.
    NoChallenge,
    /// The challenge ended by time, or another took its place.
    ChallengeExpired,
    /// The challenge had too many wrong guesses.
    ChallengeExhausted,
    /// The code was sent a moment ago.
    ResendTooSoon {
        /// When it can be sent again.
        at: Timestamp,
    },
    /// The factor needs no challenge.
    NothingToSend,
    /// Too many failures in a row.
    Throttled {
        /// When attempts are looked at again.
        until: Timestamp,
    },
    /// The budget of failures is used up.
    AuthenticatorDisabled {
        /// What failed.
        authenticator: Authenticator,
    },
    /// Another code took the place of the one that was confirmed.
    BackupCodeSuperseded,
    /// The person did not say that the code is saved.
    NotSaved,
    /// The backup code was replaced as often as one gate allows.
    ReissuesExhausted,
    /// The session that asks has ended.
    SessionEnded,
    /// A credential is changed only after proving once more who one is.
    StepUpRequired,
    /// There is no such reset open: it ended, or another took its place.
    NoReset,
    /// There is no such recovery open: it ended, or another took its place.
    NoRecovery,
    /// The recovery that is open was asked for with an operator code: only who has it too begins another.
    RecoveryUnderWay,
    /// The address that was stated is the account's already.
    SameAddress,
    /// No operator code waits to be used.
    NoOperatorCode,
    /// The new password is too easy to guess for who knows the address.
    UnsuitablePassword,
    /// The credential changed since the slow check was made; make it again.
    StaleCheck,
}

impl fmt::Display for AccountRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AlreadyRegistered => "the account is already registered",
            Self::NotVerified => "there is no verified account",
            Self::AlreadyVerified => "the account is already verified",
            Self::RegistrationExpired => "the registration has expired",
            Self::Closed => "the account is closed",
            Self::Suspended => "the account is suspended",
            Self::NotSuspended => "the account is not suspended",
            Self::UnknownSignIn => "the account does not know this sign-in",
            Self::WrongState { .. } => "the sign-in stands elsewhere",
            Self::SignInExpired => "the sign-in has expired",
            Self::NoChallenge => "no code was sent",
            Self::ChallengeExpired => "the code has expired",
            Self::ChallengeExhausted => "the code had too many wrong guesses",
            Self::ResendTooSoon { .. } => "the code was sent a moment ago",
            Self::NothingToSend => "this factor needs no challenge",
            Self::Throttled { .. } => "too many failures in a row",
            Self::AuthenticatorDisabled { .. } => "the authenticator is disabled",
            Self::BackupCodeSuperseded => "another backup code took this one's place",
            Self::NotSaved => "the code was not confirmed as saved",
            Self::ReissuesExhausted => "the backup code was replaced too often",
            Self::SessionEnded => "the session that asks has ended",
            Self::StepUpRequired => "the person has to prove once more who they are",
            Self::NoReset => "there is no such password reset",
            Self::NoRecovery => "there is no such recovery",
            Self::RecoveryUnderWay => "a recovery with an operator code is under way",
            Self::SameAddress => "the address is the account's already",
            Self::NoOperatorCode => "no operator code waits to be used",
            Self::UnsuitablePassword => "the password is too easy to guess",
            Self::StaleCheck => "the credential changed since it was checked",
        })
    }
}

impl std::error::Error for AccountRefusal {}
