//! Commands to an account, named as a person would say them.

use countersign_domain::account::{
    About, AccountCommand, AnswerEmailCode, BackupCodeMatch, CodeCheck, CodeMessage, CompletePasswordReset,
    DeliveryFailure, NewBackupCode, NewChallenge, NewDevice, NewSession, Notice, PasswordCheck, Register,
    StartSignIn,
};
use countersign_domain::id::{BackupCodeId, ChallengeId, DeviceId};
use countersign_domain::secret::{Personal, Verifier};
use countersign_domain::word::{AddressKey, CodeId, Factor, KeyId, Locale, Reason, SignInPurpose};
use uuid::Uuid;

use super::{
    DEARER_HASH, DEVICE_LABEL, EMAIL, KEYED_HASH, OTHER_HASH, PASSWORD_HASH, bc, ch, cl, dv, rg, si, ss,
};

/// Ask for an account.
pub(crate) fn register() -> AccountCommand {
    AccountCommand::Register(registration(CodeMessage::Code))
}

/// Ask for an account with an address that another account holds.
pub(crate) fn register_a_claimed_address() -> AccountCommand {
    AccountCommand::Register(registration(CodeMessage::AlreadyRegistered))
}

/// Ask for an account with an address that had too many messages.
pub(crate) fn register_a_flooded_address() -> AccountCommand {
    AccountCommand::Register(registration(CodeMessage::Withheld))
}

fn registration(message: CodeMessage) -> Register {
    Register {
        registration: rg(1),
        email: EMAIL.parse().expect("an address"),
        email_key: address_key(1),
        password: Verifier::plain(PASSWORD_HASH),
        locale: Locale::default(),
        challenge: challenge(0),
        message,
    }
}

/// The key of address number *n*.
pub(crate) fn address_key(number: u8) -> AddressKey {
    format!("em_k1_{}", format!("{number:02x}").repeat(32)).parse().expect("an address key")
}

/// Type the right code for the registration.
pub(crate) fn right_registration_code() -> AccountCommand {
    registration_code(ch(0), true)
}

/// Type a wrong code for the registration.
pub(crate) fn wrong_registration_code() -> AccountCommand {
    registration_code(ch(0), false)
}

/// Type a code that was compared with this challenge's digits.
pub(crate) fn registration_code(challenge: ChallengeId, fits: bool) -> AccountCommand {
    AccountCommand::CheckRegistrationCode { check: CodeCheck { challenge: Some(challenge), fits } }
}

/// Follow the claim of the address.
pub(crate) fn verify_email() -> AccountCommand {
    AccountCommand::VerifyEmail
}

/// Begin sign-in *n* with the right password, from a device that nobody knows.
pub(crate) fn start(number: u32) -> AccountCommand {
    AccountCommand::StartSignIn(right_password(number))
}

/// Begin sign-in *n* with the right password from a device that completed a sign-in before.
pub(crate) fn start_on(device: DeviceId, number: u32) -> AccountCommand {
    AccountCommand::StartSignIn(StartSignIn { device: Some(device), ..right_password(number) })
}

/// Begin sign-in *n* through client 1, from a labelled device.
pub(crate) fn start_labelled(number: u32) -> AccountCommand {
    let label = Some(Personal::plain(DEVICE_LABEL.to_owned()));
    AccountCommand::StartSignIn(StartSignIn {
        client: Some(cl(1)),
        device_label: label,
        ..right_password(number)
    })
}

/// Begin sign-in *n* with a password that was compared with this version of the stored one.
pub(crate) fn start_checked_against(version: u64, number: u32) -> AccountCommand {
    let check = PasswordCheck { version, fits: true, rehashed: None };
    AccountCommand::StartSignIn(StartSignIn { check, ..right_password(number) })
}

/// Begin sign-in *n*; the password was hashed at a lower cost than today's.
pub(crate) fn start_rehashing(number: u32) -> AccountCommand {
    let check = PasswordCheck { version: 1, fits: true, rehashed: Some(Verifier::plain(DEARER_HASH)) };
    AccountCommand::StartSignIn(StartSignIn { check, ..right_password(number) })
}

/// Begin sign-in *n* to step up.
pub(crate) fn step_up(number: u32) -> AccountCommand {
    AccountCommand::StartSignIn(StartSignIn { purpose: SignInPurpose::StepUp, ..right_password(number) })
}

/// Choose another password in session *n*.
pub(crate) fn change_password(number: u32) -> AccountCommand {
    AccountCommand::ChangePassword { session: ss(number), password: Verifier::plain(OTHER_HASH) }
}

/// Ask for backup code *m* in session *n*.
pub(crate) fn request_backup_code(number: u32, code: BackupCodeId) -> AccountCommand {
    AccountCommand::RequestBackupCode { session: ss(number), code: backup_code(code) }
}

/// Say in session *n* that a backup code which was asked for is saved, or that it is not.
pub(crate) fn confirm_requested(number: u32, code: BackupCodeId, saved: bool) -> AccountCommand {
    AccountCommand::ConfirmBackupCode { session: ss(number), backup_code: code, saved }
}

/// End, in session *n*, all others.
pub(crate) fn end_others(number: u32) -> AccountCommand {
    AccountCommand::RevokeSessions { session: ss(number), stays: true }
}

/// End, in session *n*, all sessions.
pub(crate) fn end_all(number: u32) -> AccountCommand {
    AccountCommand::RevokeSessions { session: ss(number), stays: false }
}

/// Try a wrong password from a device that nobody knows.
pub(crate) fn wrong_password() -> AccountCommand {
    AccountCommand::StartSignIn(StartSignIn { check: wrong(), ..right_password(0) })
}

/// Try a wrong password from a device that completed a sign-in before.
pub(crate) fn wrong_password_on(device: DeviceId) -> AccountCommand {
    AccountCommand::StartSignIn(StartSignIn { device: Some(device), check: wrong(), ..right_password(0) })
}

fn right_password(number: u32) -> StartSignIn {
    StartSignIn {
        sign_in: si(number),
        client: None,
        device: None,
        device_label: None,
        locale: Locale::default(),
        purpose: SignInPurpose::SignIn,
        check: PasswordCheck { version: 1, fits: true, rehashed: None },
        challenge: challenge(number),
    }
}

fn wrong() -> PasswordCheck {
    PasswordCheck { version: 1, fits: false, rehashed: None }
}

/// Ask for the code of sign-in *n* again, or for challenge *m* where the last one cannot be answered any more.
pub(crate) fn request_code(number: u32, new_challenge: u32) -> AccountCommand {
    request(Factor::EmailCode, number, new_challenge)
}

/// Ask for a challenge of a factor.
pub(crate) fn request(factor: Factor, number: u32, new_challenge: u32) -> AccountCommand {
    AccountCommand::RequestChallenge { sign_in: si(number), factor, challenge: challenge(new_challenge) }
}

/// Type the right code in sign-in *n*.
pub(crate) fn right_code(number: u32) -> AccountCommand {
    AccountCommand::AnswerEmailCode(answer(number, ch(number), true))
}

/// Type a wrong code in sign-in *n*.
pub(crate) fn wrong_code(number: u32) -> AccountCommand {
    AccountCommand::AnswerEmailCode(answer(number, ch(number), false))
}

/// Type the code of a challenge in sign-in *n*.
pub(crate) fn code_of(challenge: ChallengeId, number: u32, fits: bool) -> AccountCommand {
    AccountCommand::AnswerEmailCode(answer(number, challenge, fits))
}

/// Type the right code in sign-in *n* and say which challenge it answers.
pub(crate) fn right_code_for(stated: ChallengeId, number: u32) -> AccountCommand {
    AccountCommand::AnswerEmailCode(AnswerEmailCode {
        challenge: Some(stated),
        ..answer(number, ch(number), true)
    })
}

/// Type the right code in sign-in *n* on a device that is to be known from now on.
pub(crate) fn right_code_keeping(device: DeviceId, number: u32) -> AccountCommand {
    let session = session(number, Some(device));
    AccountCommand::AnswerEmailCode(AnswerEmailCode { session, ..answer(number, ch(number), true) })
}

fn answer(number: u32, compared_with: ChallengeId, fits: bool) -> AnswerEmailCode {
    AnswerEmailCode {
        sign_in: si(number),
        challenge: None,
        check: CodeCheck { challenge: Some(compared_with), fits },
        backup_code: backup_code(bc(number)),
        session: session(number, None),
    }
}

/// Type a backup code in sign-in *n*; backup code *n* would replace it.
pub(crate) fn use_backup_code(code: BackupCodeId, number: u32) -> AccountCommand {
    AccountCommand::AnswerBackupCode {
        sign_in: si(number),
        found: BackupCodeMatch::Code(code),
        replacement: backup_code(bc(number)),
    }
}

/// Type a backup code that fits none in sign-in *n*.
pub(crate) fn wrong_backup_code(number: u32) -> AccountCommand {
    let replacement = backup_code(bc(number));
    AccountCommand::AnswerBackupCode { sign_in: si(number), found: BackupCodeMatch::None, replacement }
}

/// Ask, at the gate of sign-in *n*, for another code.
pub(crate) fn reissue(number: u32, code: BackupCodeId) -> AccountCommand {
    AccountCommand::ReissueBackupCode { sign_in: si(number), replacement: backup_code(code) }
}

/// Say, at the gate of sign-in *n*, that a code is saved.
pub(crate) fn confirm(code: BackupCodeId, number: u32) -> AccountCommand {
    confirming(code, number, true, None)
}

/// Press *Continue* at the gate of sign-in *n* without having said that the code is saved.
pub(crate) fn continue_without_saving(code: BackupCodeId, number: u32) -> AccountCommand {
    confirming(code, number, false, None)
}

/// Say that a code is saved, on a device that is to be known from now on.
pub(crate) fn confirm_keeping(device: DeviceId, code: BackupCodeId, number: u32) -> AccountCommand {
    confirming(code, number, true, Some(device))
}

fn confirming(code: BackupCodeId, number: u32, saved: bool, device: Option<DeviceId>) -> AccountCommand {
    AccountCommand::ConfirmSave {
        sign_in: si(number),
        backup_code: code,
        saved,
        session: session(number, device),
    }
}

/// Give sign-in *n* up.
pub(crate) fn cancel(number: u32) -> AccountCommand {
    AccountCommand::CancelSignIn { sign_in: si(number) }
}

/// Shut the account until further notice.
pub(crate) fn suspend() -> AccountCommand {
    AccountCommand::Suspend { reason: reason("the bank called") }
}

/// Open the account again.
pub(crate) fn reinstate() -> AccountCommand {
    AccountCommand::Reinstate
}

/// End the account.
pub(crate) fn close() -> AccountCommand {
    AccountCommand::Close { reason: reason("asked for by its owner") }
}

fn reason(text: &str) -> Reason {
    text.parse().expect("a line of text")
}

/// Record that sending *n* of a challenge left.
pub(crate) fn sent(challenge: ChallengeId, send: u32) -> AccountCommand {
    AccountCommand::RecordCodeSent { challenge, send }
}

/// Record that sending *n* of a challenge will not leave.
pub(crate) fn not_sent(challenge: ChallengeId, send: u32, cause: DeliveryFailure) -> AccountCommand {
    AccountCommand::RecordCodeFailed { challenge, send, cause }
}

/// Record that a notice about a backup code left.
pub(crate) fn notice_sent(notice: Notice, code: BackupCodeId) -> AccountCommand {
    AccountCommand::RecordNoticeSent { notice, about: About::BackupCode(code) }
}

/// Record that a notice about the event at a place in the stream left.
pub(crate) fn notice_sent_about(notice: Notice, sequence: u64) -> AccountCommand {
    AccountCommand::RecordNoticeSent { notice, about: About::Event(sequence) }
}

/// Ask for password reset *n*, by somebody who is no known device.
pub(crate) fn request_reset(number: u32) -> AccountCommand {
    AccountCommand::RequestPasswordReset { reset: si(number), challenge: challenge(number) }
}

/// Complete password reset *n* with the right code and a backup code; backup code *n* would replace it.
pub(crate) fn complete_reset(number: u32, code: BackupCodeId) -> AccountCommand {
    AccountCommand::CompletePasswordReset(completion(number, true, BackupCodeMatch::Code(code)))
}

/// Complete password reset *n* with a wrong mailed code and a backup code that fits.
pub(crate) fn complete_with_wrong_code(number: u32, code: BackupCodeId) -> AccountCommand {
    AccountCommand::CompletePasswordReset(completion(number, false, BackupCodeMatch::Code(code)))
}

/// Complete password reset *n* with the right mailed code and a backup code that fits none.
pub(crate) fn complete_with_wrong_backup_code(number: u32) -> AccountCommand {
    AccountCommand::CompletePasswordReset(completion(number, true, BackupCodeMatch::None))
}

/// Complete password reset *n* with a password that is too easy to guess.
pub(crate) fn complete_with_weak_password(number: u32, fits: bool, code: BackupCodeId) -> AccountCommand {
    let completion = completion(number, fits, BackupCodeMatch::Code(code));
    AccountCommand::CompletePasswordReset(CompletePasswordReset { password: None, ..completion })
}

/// What completes password reset *n*.
pub(crate) fn completion(number: u32, fits: bool, found: BackupCodeMatch) -> CompletePasswordReset {
    CompletePasswordReset {
        reset: si(number),
        check: CodeCheck { challenge: Some(ch(number)), fits },
        found,
        replacement: backup_code(bc(number)),
        password: Some(Verifier::plain(OTHER_HASH)),
    }
}

/// What challenge *n* is made of.
pub(crate) fn challenge(number: u32) -> NewChallenge {
    NewChallenge { id: ch(number), code_id: code_id(number), key: key() }
}

/// The random part of challenge *n*'s code.
pub(crate) fn code_id(number: u32) -> CodeId {
    CodeId(Uuid::from_u128(u128::from(number) + 1))
}

/// The key that everything is made with.
pub(crate) fn key() -> KeyId {
    "k1".parse().expect("a key id")
}

/// What a backup code is made of.
pub(crate) fn backup_code(code: BackupCodeId) -> NewBackupCode {
    NewBackupCode { id: code, verifier: keyed_hash(&code), key: key() }
}

/// What session *n* is made of.
pub(crate) fn session(number: u32, device: Option<DeviceId>) -> NewSession {
    let device = device.map(|id| NewDevice { id, token: keyed_hash(&id) });
    NewSession { id: ss(number), refresh_token: keyed_hash(&ss(number)), device }
}

/// Something that a code or token would be checked against.
pub(crate) fn keyed_hash(of: &impl ToString) -> Verifier {
    Verifier::plain(format!("{KEYED_HASH}-{}", of.to_string()))
}

/// Device 1, which most scenarios know.
pub(crate) fn known_device() -> DeviceId {
    dv(1)
}
