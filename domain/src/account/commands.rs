//! What can be asked of an account.

use super::causes::{About, CodeMessage, DeliveryFailure, NewDevice, Notice};
use super::events::AccountEvent;
use super::operator_code::{Canceller, NewOperatorCode};
use super::recovery::CompleteRecovery;
use super::refusal::AccountRefusal;
use super::state::{Account, StatedAddress};
use crate::email::Email;
use crate::id::{
    BackupCodeId, ChallengeId, ClientId, DeviceId, OperatorCodeId, RegistrationId, SessionId, SignInId,
};
use crate::secret::{Personal, Verifier};
use crate::time::Timestamp;
use crate::word::{AddressKey, CodeId, Factor, KeyId, Locale, Reason, SignInPurpose};

/// What somebody wants to happen to an account.
#[derive(Debug, Clone)]
pub enum AccountCommand {
    /// Ask for an account.
    Register(Register),
    /// Type the code that was mailed for the registration; nothing is recorded when it fits, since the
    /// claim of the address, in its own stream, is what decides.
    CheckRegistrationCode {
        /// What came of comparing the code.
        check: CodeCheck,
    },
    /// Follow the claim of the address: the account is verified.
    VerifyEmail,
    /// Shut the account until further notice.
    Suspend {
        /// Why.
        reason: Reason,
    },
    /// Open a suspended account again.
    Reinstate,
    /// End the account.
    Close {
        /// Why.
        reason: Reason,
    },
    /// End all sessions, or all others, in one of them.
    RevokeSessions {
        /// The session that asks.
        session: SessionId,
        /// Whether it stays.
        stays: bool,
    },
    /// Sign in with the password.
    StartSignIn(StartSignIn),
    /// Give a sign-in up.
    CancelSignIn {
        /// The sign-in.
        sign_in: SignInId,
    },
    /// Ask for a code, or for the same code again.
    RequestChallenge {
        /// The sign-in that it is for.
        sign_in: SignInId,
        /// The factor that it belongs to.
        factor: Factor,
        /// What a new challenge is made of.
        challenge: NewChallenge,
    },
    /// Ask for a code to choose another password with.
    RequestPasswordReset {
        /// The reset's id.
        reset: SignInId,
        /// What the challenge is made of.
        challenge: NewChallenge,
    },
    /// Choose another password, with the code that was mailed and a proof that is not mail.
    CompletePasswordReset(CompletePasswordReset),
    /// Have a code made to recover the account with, as an operator who has looked at who the person is.
    IssueOperatorCode {
        /// What the code is made of.
        code: NewOperatorCode,
        /// Why.
        reason: Reason,
        /// The address that the account gets with it, for a person who lost the mailbox.
        stated: Option<StatedAddress>,
    },
    /// Say no to the recovery that an operator prepared.
    CancelRecovery {
        /// Who says so.
        by: Canceller,
    },
    /// Ask for a code to recover the account with.
    RequestRecovery {
        /// The recovery's id.
        recovery: SignInId,
        /// What the challenge is made of.
        challenge: NewChallenge,
        /// The operator code that fits, if one was typed and does.
        operator_code: Option<OperatorCodeId>,
    },
    /// Recover the account with two proofs, and stand at the gate.
    CompleteRecovery(CompleteRecovery),
    /// Choose another password, in a session that was stepped up to a moment ago.
    ChangePassword {
        /// The session that asks, and stays.
        session: SessionId,
        /// The hash of the new password.
        password: Verifier,
    },
    /// Ask for another backup code, in a session that was stepped up to a moment ago.
    RequestBackupCode {
        /// The session that asks.
        session: SessionId,
        /// What the code is made of.
        code: NewBackupCode,
    },
    /// Confirm a backup code that was asked for: I have saved this code for future use.
    ConfirmBackupCode {
        /// The session that asked for it.
        session: SessionId,
        /// The code that is confirmed.
        backup_code: BackupCodeId,
        /// Whether the person says that it is saved.
        saved: bool,
    },
    /// Type the code that was mailed.
    AnswerEmailCode(AnswerEmailCode),
    /// Type a backup code.
    AnswerBackupCode {
        /// The sign-in that it is for.
        sign_in: SignInId,
        /// What came of comparing the code.
        found: BackupCodeMatch,
        /// The code that replaces it.
        replacement: NewBackupCode,
    },
    /// Replace a backup code that was not seen.
    ReissueBackupCode {
        /// The sign-in that stands at the gate.
        sign_in: SignInId,
        /// The code that replaces it.
        replacement: NewBackupCode,
    },
    /// Confirm: I have saved this code for future use.
    ConfirmSave {
        /// The sign-in that stands at the gate.
        sign_in: SignInId,
        /// The code that is confirmed.
        backup_code: BackupCodeId,
        /// Whether the person says that it is saved.
        saved: bool,
        /// What a session is made of.
        session: NewSession,
    },
    /// Record that a message with a code left.
    RecordCodeSent {
        /// The challenge.
        challenge: ChallengeId,
        /// Which sending of it.
        send: u32,
    },
    /// Record that a message with a code will not leave.
    RecordCodeFailed {
        /// The challenge.
        challenge: ChallengeId,
        /// Which sending of it.
        send: u32,
        /// Why.
        cause: DeliveryFailure,
    },
    /// Record that a notice left.
    RecordNoticeSent {
        /// What it said.
        notice: Notice,
        /// What it was about.
        about: About,
    },
}

/// Ask for an account.
#[derive(Debug, Clone)]
pub struct Register {
    /// The registration's id.
    pub registration: RegistrationId,
    /// The address.
    pub email: Email,
    /// The stream that the address would be claimed in.
    pub email_key: AddressKey,
    /// The hash of the password.
    pub password: Verifier,
    /// The language to write in.
    pub locale: Locale,
    /// What the challenge is made of.
    pub challenge: NewChallenge,
    /// What the message says: no code will fit where it says none.
    pub message: CodeMessage,
}

/// Sign in with the password.
#[derive(Debug, Clone)]
pub struct StartSignIn {
    /// The sign-in's id.
    pub sign_in: SignInId,
    /// The client that it belongs to.
    pub client: Option<ClientId>,
    /// The known device whose token was presented.
    pub device: Option<DeviceId>,
    /// What the person calls the device.
    pub device_label: Option<Personal<String>>,
    /// The language that the client states.
    pub locale: Locale,
    /// What it is for.
    pub purpose: SignInPurpose,
    /// What came of checking the password.
    pub check: PasswordCheck,
    /// What the challenge is made of.
    pub challenge: NewChallenge,
}

/// Type the code that was mailed.
#[derive(Debug, Clone)]
pub struct AnswerEmailCode {
    /// The sign-in that it is for.
    pub sign_in: SignInId,
    /// The challenge that it answers; none means the live one.
    pub challenge: Option<ChallengeId>,
    /// What came of comparing the code.
    pub check: CodeCheck,
    /// What a backup code is made of, if the account needs one.
    pub backup_code: NewBackupCode,
    /// What a session is made of, if the account needs none.
    pub session: NewSession,
}

/// Choose another password, with the code that was mailed and a proof that is not mail.
#[derive(Debug, Clone)]
pub struct CompletePasswordReset {
    /// The reset that it is for.
    pub reset: SignInId,
    /// What came of comparing the code that was mailed.
    pub check: CodeCheck,
    /// What came of comparing the backup code.
    pub found: BackupCodeMatch,
    /// The backup code that replaces it.
    pub replacement: NewBackupCode,
    /// The hash of the new password; none where it is too easy to guess for who knows the address.
    pub password: Option<Verifier>,
}

/// What came of checking a password, and against which one.
#[derive(Debug, Clone)]
pub struct PasswordCheck {
    /// The version of the password that was checked.
    pub version: u64,
    /// Whether it was right.
    pub fits: bool,
    /// The same password hashed at today's cost, if the stored hash is cheaper.
    pub rehashed: Option<Verifier>,
}

/// What came of comparing a verification code, and with which challenge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CodeCheck {
    /// The challenge whose digits were derived; none if there is none.
    pub challenge: Option<ChallengeId>,
    /// Whether they were the digits that were typed.
    pub fits: bool,
}

/// The backup code that fits what was typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BackupCodeMatch {
    /// None.
    None,
    /// One that can be redeemed, or was redeemed last.
    Code(BackupCodeId),
}

/// What a challenge is made of.
#[derive(Debug, Clone)]
pub struct NewChallenge {
    /// Its id.
    pub id: ChallengeId,
    /// The random part of the code.
    pub code_id: CodeId,
    /// The key that the digits are derived with.
    pub key: KeyId,
}

/// What a backup code is made of.
#[derive(Debug, Clone)]
pub struct NewBackupCode {
    /// Its id.
    pub id: BackupCodeId,
    /// Its keyed hash.
    pub verifier: Verifier,
    /// The key of the hash.
    pub key: KeyId,
}

/// What a session is made of.
#[derive(Debug, Clone)]
pub struct NewSession {
    /// Its id.
    pub id: SessionId,
    /// The keyed hash of its first refresh token.
    pub refresh_token: Verifier,
    /// The device that is known from now on, if the client keeps one.
    pub device: Option<NewDevice>,
}

impl Account {
    /// Decides a command; each arm calls the function that is named like it.
    pub(super) fn answer(
        &self,
        now: Timestamp,
        command: AccountCommand,
    ) -> Result<Vec<AccountEvent>, AccountRefusal> {
        match command {
            AccountCommand::Register(register) => self.register(now, register),
            AccountCommand::CheckRegistrationCode { check } => self.check_registration_code(now, check),
            AccountCommand::VerifyEmail => self.verify_email(),
            AccountCommand::Suspend { reason } => self.suspend(now, reason),
            AccountCommand::Reinstate => self.reinstate(),
            AccountCommand::Close { reason } => self.close(now, reason),
            AccountCommand::RevokeSessions { session, stays } => self.revoke_sessions(session, stays),
            AccountCommand::StartSignIn(start) => self.start_sign_in(now, start),
            AccountCommand::CancelSignIn { sign_in } => self.cancel_sign_in(now, sign_in),
            AccountCommand::RequestChallenge { sign_in, factor, challenge } => {
                self.request_challenge(now, sign_in, factor, challenge)
            }
            AccountCommand::RequestPasswordReset { reset, challenge } => {
                self.request_password_reset(now, reset, challenge)
            }
            AccountCommand::CompletePasswordReset(complete) => self.complete_password_reset(now, complete),
            AccountCommand::IssueOperatorCode { code, reason, stated } => {
                self.issue_operator_code(now, code, reason, stated)
            }
            AccountCommand::CancelRecovery { by } => self.cancel_recovery(now, by),
            AccountCommand::RequestRecovery { recovery, challenge, operator_code } => {
                self.request_recovery(now, recovery, challenge, operator_code)
            }
            AccountCommand::CompleteRecovery(complete) => self.complete_recovery(now, complete),
            AccountCommand::ChangePassword { session, password } => {
                self.change_password(now, session, password)
            }
            AccountCommand::RequestBackupCode { session, code } => {
                self.request_backup_code(now, session, code)
            }
            AccountCommand::ConfirmBackupCode { session, backup_code, saved } => {
                self.confirm_backup_code(session, backup_code, saved)
            }
            AccountCommand::AnswerEmailCode(answer) => self.answer_email_code(now, answer),
            AccountCommand::AnswerBackupCode { sign_in, found, replacement } => {
                self.answer_backup_code(now, sign_in, found, replacement)
            }
            AccountCommand::ReissueBackupCode { sign_in, replacement } => {
                self.reissue_backup_code(now, sign_in, replacement)
            }
            AccountCommand::ConfirmSave { sign_in, backup_code, saved, session } => {
                self.confirm_save(now, sign_in, backup_code, saved, session)
            }
            AccountCommand::RecordCodeSent { challenge, send } => Ok(self.record_code_sent(challenge, send)),
            AccountCommand::RecordCodeFailed { challenge, send, cause } => {
                Ok(self.record_code_failed(challenge, send, cause))
            }
            AccountCommand::RecordNoticeSent { notice, about } => self.record_notice_sent(notice, about),
        }
    }
}
