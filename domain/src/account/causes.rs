//! The closed words that an account's events carry: why, and what a message says.

use serde::{Deserialize, Serialize};

use crate::id::{BackupCodeId, DeviceId};
use crate::secret::Verifier;

/// A device that is known from a completed sign-in on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewDevice {
    /// The device's id.
    pub id: DeviceId,
    /// The keyed hash of the device's token.
    pub token: Verifier,
}

/// Why a password's hash changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PasswordChange {
    /// The same password, hashed at a higher cost.
    Rehashed,
    /// The person chose another one.
    Changed,
    /// The person had forgotten it, and proved who they are in another way.
    Reset,
    /// The person recovered the account.
    Recovery,
}

/// Why a password did not open an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PasswordRejection {
    /// It was wrong.
    Wrong,
    /// It was right, and the account is suspended; this is no failure of the password.
    Suspended,
}

/// Why sessions ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RevocationCause {
    /// The account was suspended.
    Suspended,
    /// The account was closed.
    Closed,
    /// The person ended them.
    Requested,
    /// The password was changed.
    PasswordChanged,
}

/// What ended a pending sign-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DenialCause {
    /// The account was suspended.
    AccountSuspended,
    /// The account was closed.
    AccountClosed,
    /// An authenticator was disabled for the devices that the sign-in comes from.
    AuthenticatorDisabled,
    /// The password was changed.
    PasswordChanged,
}

/// What the message with a code says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CodeMessage {
    /// The code.
    Code,
    /// That there is an account already; no code, and none will fit.
    AlreadyRegistered,
    /// Nothing: the address had too many messages, so that none is sent, and no code will fit unless it was
    /// mailed before. Whoever cannot be mailed must not be able to guess instead.
    Withheld,
}

/// Why a message did not leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryFailure {
    /// The code expired, or its sign-in ended, before the message could leave.
    Expired,
    /// The code expired, or its sign-in ended, before it was known whether the mail server took the message: the line
    /// broke behind its end, or the service was stopped while it was on its way.
    Unknown,
    /// The mail server refused it for good.
    Refused,
    /// The address had too many messages.
    TooMany,
}

/// Why a backup code was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IssueCause {
    /// The account had no confirmed code, or the gate was opened again.
    Gate,
    /// The one before was redeemed.
    Redeemed,
    /// The one before was not seen.
    Reissued,
    /// The person asked for another one.
    Requested,
    /// The account was recovered without one; those before are void.
    Recovered,
}

/// What a notice is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum About {
    /// A backup code.
    BackupCode(BackupCodeId),
    /// The event at this place in the stream.
    Event(u64),
}

/// What a notice tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Notice {
    /// A backup code was used.
    BackupCodeRedeemed,
    /// A backup code was replaced.
    BackupCodeReplaced,
    /// The password was changed.
    PasswordChanged,
    /// An operator had a code made to recover the account with.
    RecoveryPrepared,
    /// That code was cancelled.
    RecoveryCancelled,
    /// The account was recovered.
    AccountRecovered,
    /// An operator had a code made to recover the account with: told to the address that was stated.
    AddressStated,
    /// The account has another address: told to the one before.
    EmailChanged,
}

/// What an account is recovered with, two of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecoveryProof {
    /// The code that was mailed for it.
    EmailCode,
    /// The saved backup code.
    BackupCode,
    /// The code that an operator had made.
    OperatorCode,
}

/// Why the right operator code was rejected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OperatorCodeRejection {
    /// It had not waited long enough.
    TooEarly,
    /// Its time was over.
    Expired,
}

/// From where a recovery was cancelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CancelledBy {
    /// From the notice that was mailed.
    Mail,
    /// From a session of the person's.
    Session,
    /// By an operator, also by shutting the account.
    Operator,
}
