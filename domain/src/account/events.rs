//! What can be recorded of an account.

use serde::{Deserialize, Serialize};

use super::causes::{
    CancelledBy, CodeMessage, DeliveryFailure, DenialCause, IssueCause, NewDevice, Notice,
    OperatorCodeRejection, PasswordChange, PasswordRejection, RecoveryProof, RevocationCause,
};
use crate::decider::Event;
use crate::email::Email;
use crate::id::{
    BackupCodeId, ChallengeId, ClientId, DeviceId, OperatorCodeId, RegistrationId, SessionId, SignInId,
};
use crate::secret::{Personal, Verifier};
use crate::time::Timestamp;
use crate::word::{
    Aal, AddressKey, Amr, Authenticator, Channel, CodeId, CodePurpose, KeyId, Locale, Reason, SignInPurpose,
};

/// A fact about an account. The stored name stands beside each variant and can never change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", deny_unknown_fields)]
pub enum AccountEvent {
    /// Somebody asked for an account; it has no power until control of the address is proven.
    #[serde(rename = "account.registered")]
    Registered {
        /// The registration, which the mailed code belongs to.
        registration: RegistrationId,
        /// The address, normalised.
        email: Personal<Email>,
        /// The stream that the address would be claimed in.
        email_key: AddressKey,
        /// The hash of the password (PHC string).
        password: Verifier,
        /// The language to write to the person in.
        locale: Locale,
        /// When the registration ends if it isn't completed.
        expires_at: Timestamp,
    },

    /// Control of the address was proven; the address is claimed for this account.
    #[serde(rename = "account.email_verified")]
    EmailVerified {
        /// The registration that was completed.
        registration: RegistrationId,
    },

    /// The account has another address: an operator stated it, and control of it was proven in a recovery.
    #[serde(rename = "account.email_changed")]
    EmailChanged {
        /// The address, normalised.
        email: Personal<Email>,
        /// The stream that the address is claimed in.
        email_key: AddressKey,
        /// The address whose place it takes, which becomes free.
        previous: Personal<Email>,
    },

    /// The password, or the cost of its hash, was changed.
    #[serde(rename = "account.password_changed")]
    PasswordChanged {
        /// Why.
        cause: PasswordChange,
        /// The hash of the password from now on (PHC string).
        password: Verifier,
    },

    /// An operator shut the account until further notice.
    #[serde(rename = "account.suspended")]
    Suspended {
        /// The operator's words, which can be about the person.
        reason: Personal<Reason>,
    },

    /// An operator opened a suspended account again.
    #[serde(rename = "account.reinstated")]
    Reinstated {},

    /// The account ended; its address becomes free and its sessions end.
    #[serde(rename = "account.closed")]
    Closed {
        /// The operator's words, which can be about the person.
        reason: Personal<Reason>,
    },

    /// All sessions of older generations ended.
    #[serde(rename = "account.sessions_revoked")]
    SessionsRevoked {
        /// The generation that sessions must have from now on.
        generation: u64,
        /// A session that stays although it is older.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        except: Option<SessionId>,
        /// Why.
        cause: RevocationCause,
    },

    /// The password was right and a second proof is awaited.
    #[serde(rename = "sign_in.started")]
    SignInStarted {
        /// The sign-in.
        sign_in: SignInId,
        /// The client that it belongs to; none in development.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        client: Option<ClientId>,
        /// The known device that it comes from.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        device: Option<DeviceId>,
        /// What the person calls the device.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        device_label: Option<Personal<String>>,
        /// The language that the client states for the person.
        locale: Locale,
        /// When the sign-in ends unless it reaches the gate.
        expires_at: Timestamp,
        /// What it is for; where nothing is said, to get a session.
        #[serde(default, skip_serializing_if = "SignInPurpose::is_sign_in")]
        purpose: SignInPurpose,
    },

    /// A sign-in was tried and the password did not open the account.
    #[serde(rename = "sign_in.password_rejected")]
    PasswordRejected {
        /// Why.
        cause: PasswordRejection,
        /// The known device that it came from.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        device: Option<DeviceId>,
    },

    /// All proofs were given and a backup code is saved: the session is granted.
    #[serde(rename = "sign_in.signed_in")]
    SignedIn {
        /// The sign-in.
        sign_in: SignInId,
        /// The session that it grants.
        session: SessionId,
        /// The keyed hash of the session's first refresh token.
        refresh_token: Verifier,
        /// How the person authenticated.
        amr: Vec<Amr>,
        /// How sure that makes us.
        aal: Aal,
        /// The generation that the session belongs to.
        generation: u64,
        /// The client that the session belongs to; none in development.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        client: Option<ClientId>,
        /// When the session ends at the latest.
        session_expires_at: Timestamp,
        /// A device that is known from now on.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        device: Option<NewDevice>,
    },

    /// The person or the client gave up the sign-in.
    #[serde(rename = "sign_in.cancelled")]
    SignInCancelled {
        /// The sign-in.
        sign_in: SignInId,
    },

    /// A pending sign-in was ended by something that happened to the account.
    #[serde(rename = "sign_in.denied")]
    SignInDenied {
        /// The sign-in.
        sign_in: SignInId,
        /// What happened.
        cause: DenialCause,
    },

    /// A code is to be sent; committed before the message leaves.
    #[serde(rename = "code.requested")]
    CodeRequested {
        /// The challenge: the same for a code that is sent again.
        challenge: ChallengeId,
        /// What the code is for.
        purpose: CodePurpose,
        /// The sign-in, the password reset or the recovery that it is for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sign_in: Option<SignInId>,
        /// Where it is sent.
        channel: Channel,
        /// The random part of the code.
        code_id: CodeId,
        /// The key that the digits are derived with.
        key: KeyId,
        /// Which sending of this challenge this is, from 1.
        send: u32,
        /// What the message says.
        message: CodeMessage,
        /// When the code stops being accepted.
        expires_at: Timestamp,
        /// The operator code that a recovery was asked for with: the message goes to the address that was stated with
        /// it, if one was.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        operator_code: Option<OperatorCodeId>,
    },

    /// The message left: the mail server, or the mailbox folder, has it.
    #[serde(rename = "code.sent")]
    CodeSent {
        /// The challenge.
        challenge: ChallengeId,
        /// Which sending of it.
        send: u32,
    },

    /// The message will not leave any more.
    #[serde(rename = "code.delivery_failed")]
    CodeDeliveryFailed {
        /// The challenge.
        challenge: ChallengeId,
        /// Which sending of it.
        send: u32,
        /// Why.
        reason: DeliveryFailure,
    },

    /// The right code was typed in time, for the first time.
    #[serde(rename = "code.accepted")]
    CodeAccepted {
        /// The challenge.
        challenge: ChallengeId,
        /// The sign-in, the password reset or the recovery that it was for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sign_in: Option<SignInId>,
    },

    /// A wrong code was typed.
    #[serde(rename = "code.rejected")]
    CodeRejected {
        /// The challenge.
        challenge: ChallengeId,
        /// The sign-in, the password reset or the recovery that it was for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sign_in: Option<SignInId>,
    },

    /// A new backup code was made and shown once.
    #[serde(rename = "backup_code.issued")]
    BackupCodeIssued {
        /// The code's id.
        backup_code: BackupCodeId,
        /// The keyed hash of the code.
        verifier: Verifier,
        /// The key that the hash was made with.
        key: KeyId,
        /// Why it was made.
        cause: IssueCause,
        /// The code whose place it takes.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        supersedes: Option<BackupCodeId>,
        /// The most that it will vouch for.
        aal: Aal,
        /// The sign-in, the password reset or the recovery that it was shown in.
        sign_in: SignInId,
    },

    /// A backup code was used up, in place of a mailed code.
    #[serde(rename = "backup_code.redeemed")]
    BackupCodeRedeemed {
        /// The code's id.
        backup_code: BackupCodeId,
        /// The sign-in, the password reset or the recovery that it was used in.
        sign_in: SignInId,
    },

    /// A wrong backup code was typed.
    #[serde(rename = "backup_code.rejected")]
    BackupCodeRejected {
        /// The sign-in, the password reset or the recovery that it was typed in.
        sign_in: SignInId,
    },

    /// The person confirmed: I have saved this code for future use.
    #[serde(rename = "backup_code.save_confirmed")]
    SaveConfirmed {
        /// The code's id.
        backup_code: BackupCodeId,
        /// The sign-in that it was confirmed in.
        sign_in: SignInId,
    },

    /// A redeemed code, with the password, opened the gate again for a person who lost the new code.
    #[serde(rename = "backup_code.gate_reopened")]
    GateReopened {
        /// The redeemed code.
        backup_code: BackupCodeId,
        /// The sign-in that stands at the gate now.
        sign_in: SignInId,
        /// The sign-in that stood there, which ends.
        took_over: SignInId,
    },

    /// An operator had a code made to recover the account with. It is valid after a wait, in which everybody who has a
    /// session or reads the mail can say no.
    #[serde(rename = "recovery.operator_code_issued")]
    OperatorCodeIssued {
        /// The code's id.
        operator_code: OperatorCodeId,
        /// The keyed hash of the code.
        verifier: Verifier,
        /// The key that the hash was made with.
        key: KeyId,
        /// The operator's words, which can be about the person.
        reason: Personal<Reason>,
        /// When it begins to be valid.
        valid_from: Timestamp,
        /// When it stops being valid.
        expires_at: Timestamp,
        /// The code whose place it takes.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        supersedes: Option<OperatorCodeId>,
        /// The address that the account gets with it, for a person who lost the mailbox.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        email: Option<Personal<Email>>,
        /// The stream that this address would be claimed in.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        email_key: Option<AddressKey>,
    },

    /// The right operator code was typed in time, for the first time.
    #[serde(rename = "recovery.operator_code_accepted")]
    OperatorCodeAccepted {
        /// The code's id.
        operator_code: OperatorCodeId,
        /// The recovery that it was typed in.
        sign_in: SignInId,
    },

    /// A wrong operator code was typed, or the right one outside of its time.
    #[serde(rename = "recovery.operator_code_rejected")]
    OperatorCodeRejected {
        /// The recovery that it was typed in.
        sign_in: SignInId,
        /// Why, where it was the right one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cause: Option<OperatorCodeRejection>,
    },

    /// The operator code will not be accepted: somebody who may say so said no, or the account was shut.
    #[serde(rename = "recovery.cancelled")]
    RecoveryCancelled {
        /// The code's id.
        operator_code: OperatorCodeId,
        /// From where it was said.
        by: CancelledBy,
        /// The session that it was said in.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        session: Option<SessionId>,
    },

    /// The account was recovered: earlier codes of every kind are void, and the recovery stands at the gate as a sign-in.
    #[serde(rename = "recovery.completed")]
    RecoveryCompleted {
        /// The recovery, which is a sign-in from now on.
        sign_in: SignInId,
        /// The client that it belongs to; none in development.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        client: Option<ClientId>,
        /// What was proven.
        proofs: Vec<RecoveryProof>,
        /// When the sign-in ends.
        expires_at: Timestamp,
    },

    /// Too many failures in a row: attempts are refused until a time.
    #[serde(rename = "authenticator.throttled")]
    AuthenticatorThrottled {
        /// What failed.
        authenticator: Authenticator,
        /// The known device whose budget it is; none for all other devices together.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        device: Option<DeviceId>,
        /// Failures in a row.
        failures: u32,
        /// When attempts are looked at again.
        until: Timestamp,
    },

    /// The budget of failures is used up: attempts are refused until the authenticator is bound anew, or
    /// succeeds on a device that still has a budget.
    #[serde(rename = "authenticator.disabled")]
    AuthenticatorDisabled {
        /// What failed.
        authenticator: Authenticator,
        /// The known device whose budget it was; none for all other devices together.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        device: Option<DeviceId>,
        /// Failures in a row.
        failures: u32,
    },

    /// The person was told by mail about something that happened to their account.
    #[serde(rename = "notice.sent")]
    NoticeSent {
        /// What it said.
        notice: Notice,
        /// The backup code that it was about.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        backup_code: Option<BackupCodeId>,
        /// The place in the stream of the event that it was about, where that is not about a backup code.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        about: Option<u64>,
    },
}

impl Event for AccountEvent {}
