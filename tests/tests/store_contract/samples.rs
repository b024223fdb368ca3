//! One of each event of the aggregates whose events can leave work.

use countersign_domain::account::{
    AccountEvent, CancelledBy, CodeMessage, DeliveryFailure, DenialCause, IssueCause, Notice,
    OperatorCodeRejection, PasswordChange, PasswordRejection, RecoveryProof, RevocationCause,
};
use countersign_domain::email_address::EmailAddressEvent;
use countersign_domain::kit::id;
use countersign_domain::secret::{Personal, Verifier};
use countersign_domain::time::Timestamp;
use countersign_domain::word::{Aal, Authenticator, Channel, CodeId, CodePurpose, KeyId, SignInPurpose};
use uuid::Uuid;

fn verifier() -> Verifier {
    Verifier::plain("a hash")
}

fn key() -> KeyId {
    "k1".parse().unwrap()
}

fn address_key() -> countersign_domain::word::AddressKey {
    format!("em_k1_{}", "0".repeat(64)).parse().unwrap()
}

fn later() -> Timestamp {
    Timestamp::from_millis(1_800_000_000_000)
}

fn account() -> Vec<AccountEvent> {
    let reason: countersign_domain::word::Reason = "asked for it".parse().unwrap();
    vec![
        AccountEvent::Registered {
            registration: id(1),
            email: Personal::plain("ada@example.org".parse().unwrap()),
            email_key: address_key(),
            password: verifier(),
            locale: countersign_domain::word::Locale::default(),
            expires_at: later(),
        },
        AccountEvent::EmailVerified { registration: id(1) },
        AccountEvent::EmailChanged {
            email: Personal::plain("ada@example.net".parse().unwrap()),
            email_key: address_key(),
            previous: Personal::plain("ada@example.org".parse().unwrap()),
        },
        AccountEvent::PasswordChanged { cause: PasswordChange::Rehashed, password: verifier() },
        AccountEvent::Suspended { reason: Personal::plain(reason.clone()) },
        AccountEvent::Reinstated {},
        AccountEvent::Closed { reason: Personal::plain(reason) },
        AccountEvent::SessionsRevoked { generation: 1, except: None, cause: RevocationCause::Suspended },
        AccountEvent::NoticeSent {
            notice: Notice::BackupCodeRedeemed,
            backup_code: Some(id(1)),
            about: None,
        },
    ]
}

fn sign_ins() -> Vec<AccountEvent> {
    vec![
        AccountEvent::SignInStarted {
            sign_in: id(1),
            client: None,
            device: None,
            device_label: None,
            locale: countersign_domain::word::Locale::default(),
            expires_at: later(),
            purpose: SignInPurpose::StepUp,
        },
        AccountEvent::PasswordRejected { cause: PasswordRejection::Wrong, device: None },
        AccountEvent::SignedIn {
            sign_in: id(1),
            session: id(1),
            refresh_token: verifier(),
            amr: Vec::new(),
            aal: Aal::Aal2,
            generation: 0,
            client: None,
            session_expires_at: later(),
            device: None,
        },
        AccountEvent::SignInCancelled { sign_in: id(1) },
        AccountEvent::SignInDenied { sign_in: id(1), cause: DenialCause::AccountClosed },
        AccountEvent::AuthenticatorThrottled {
            authenticator: Authenticator::Password,
            device: None,
            failures: 5,
            until: later(),
        },
        AccountEvent::AuthenticatorDisabled {
            authenticator: Authenticator::Password,
            device: None,
            failures: 60,
        },
    ]
}

fn codes() -> Vec<AccountEvent> {
    vec![
        AccountEvent::CodeRequested {
            challenge: id(1),
            purpose: CodePurpose::SignIn,
            sign_in: Some(id(1)),
            channel: Channel::Email,
            code_id: CodeId(Uuid::nil()),
            key: key(),
            send: 1,
            message: CodeMessage::Code,
            expires_at: later(),
            operator_code: Some(id(1)),
        },
        AccountEvent::CodeSent { challenge: id(1), send: 1 },
        AccountEvent::CodeDeliveryFailed { challenge: id(1), send: 1, reason: DeliveryFailure::Expired },
        AccountEvent::CodeAccepted { challenge: id(1), sign_in: Some(id(1)) },
        AccountEvent::CodeRejected { challenge: id(1), sign_in: Some(id(1)) },
    ]
}

fn backup_codes() -> Vec<AccountEvent> {
    vec![
        AccountEvent::BackupCodeIssued {
            backup_code: id(1),
            verifier: verifier(),
            key: key(),
            cause: IssueCause::Gate,
            supersedes: None,
            aal: Aal::Aal2,
            sign_in: id(1),
        },
        AccountEvent::BackupCodeRedeemed { backup_code: id(1), sign_in: id(1) },
        AccountEvent::BackupCodeRejected { sign_in: id(1) },
        AccountEvent::SaveConfirmed { backup_code: id(1), sign_in: id(1) },
        AccountEvent::GateReopened { backup_code: id(1), sign_in: id(2), took_over: id(1) },
    ]
}

fn recoveries() -> Vec<AccountEvent> {
    let reason: countersign_domain::word::Reason = "showed a passport".parse().unwrap();
    vec![
        AccountEvent::OperatorCodeIssued {
            operator_code: id(1),
            verifier: verifier(),
            key: key(),
            reason: Personal::plain(reason),
            valid_from: later(),
            expires_at: later(),
            supersedes: None,
            email: Some(Personal::plain("ada@example.net".parse().unwrap())),
            email_key: Some(address_key()),
        },
        AccountEvent::OperatorCodeAccepted { operator_code: id(1), sign_in: id(1) },
        AccountEvent::OperatorCodeRejected { sign_in: id(1), cause: Some(OperatorCodeRejection::TooEarly) },
        AccountEvent::RecoveryCancelled { operator_code: id(1), by: CancelledBy::Operator, session: None },
        AccountEvent::RecoveryCompleted {
            sign_in: id(1),
            client: None,
            proofs: vec![RecoveryProof::OperatorCode, RecoveryProof::BackupCode],
            expires_at: later(),
        },
    ]
}

/// Every event of an account.
pub(crate) fn of_account() -> Vec<AccountEvent> {
    [account(), sign_ins(), codes(), backup_codes(), recoveries()].concat()
}

/// Every event of an address.
pub(crate) fn of_email_address() -> Vec<EmailAddressEvent> {
    vec![
        EmailAddressEvent::Claimed { account: id(1) },
        EmailAddressEvent::Released { account: id(1) },
        EmailAddressEvent::Moved { account: id(1), to: address_key() },
    ]
}
