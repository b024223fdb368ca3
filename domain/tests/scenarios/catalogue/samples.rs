//! Today's sample of every event.

use countersign_domain::account::{
    AccountEvent, CancelledBy, CodeMessage, DeliveryFailure, DenialCause, IssueCause, NewDevice, Notice,
    OperatorCodeRejection, PasswordChange, PasswordRejection, RecoveryProof, RevocationCause,
};
use countersign_domain::client::{AuditRead, ClientEvent, Role};
use countersign_domain::decider::{Event, Recorded, stored_name};
use countersign_domain::email_address::EmailAddressEvent;
use countersign_domain::secret::{Personal, Verifier};
use countersign_domain::session::{SessionEnd, SessionEvent, Started};
use countersign_domain::word::{
    Aal, Amr, Authenticator, Channel, CodePurpose, Locale, Reason, SignInPurpose,
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::{names, read_back};
use crate::support::{acc, address_key, bc, ch, cl, code_id, dv, key, moment, oc, rg, si, ss};

/// The events of one aggregate.
pub(crate) struct Aggregate {
    pub(crate) name: &'static str,
    /// The file, from the crate's root, that its events are described in.
    pub(crate) source: &'static str,
    /// All stored names, from the type.
    pub(crate) names: Vec<String>,
    pub(crate) samples: Vec<Sample>,
    /// Reads a stored event into the type and writes it again.
    pub(crate) read: fn(&Value) -> Result<Value, String>,
}

/// A sample of an event, as the store keeps it.
pub(crate) struct Sample {
    pub(crate) name: String,
    pub(crate) version: u32,
    pub(crate) event: Value,
}

/// Every aggregate of the domain.
pub(crate) fn aggregates() -> Vec<Aggregate> {
    vec![
        aggregate("Account", "src/account/events.rs", account()),
        aggregate("EmailAddress", "src/email_address/mod.rs", email_address()),
        aggregate("Session", "src/session/mod.rs", session()),
        aggregate("Client", "src/client/mod.rs", client()),
    ]
}

fn aggregate<E: Event>(name: &'static str, source: &'static str, events: Vec<E>) -> Aggregate {
    let samples = events.into_iter().map(sample).collect();
    Aggregate { name, source, names: names::<E>(), samples, read: read_back::<E> }
}

fn sample<E: Event>(event: E) -> Sample {
    let (name, version) = (stored_name(&event), event.version());
    let event = serde_json::to_value(Recorded { at: moment("2026-01-05T08:00:00.000Z"), event });
    Sample { name, version, event: event.expect("a sample is JSON") }
}

/// A personal value, as the store keeps it.
fn personal<T: DeserializeOwned>() -> Personal<T> {
    serde_json::from_value(json!("s1p.1a2b3c4d.AAAA")).expect("a sealed value")
}

/// A verifier, as the store keeps it.
fn verifier() -> Verifier {
    serde_json::from_value(json!("s1v.1a2b3c4d.AAAA")).expect("a sealed value")
}

fn reason() -> Reason {
    "asked for by phone".parse().expect("a line of text")
}

fn account() -> Vec<AccountEvent> {
    [lives(), sign_ins(), codes(), backup_codes(), recoveries(), failures_and_notices()].concat()
}

fn lives() -> Vec<AccountEvent> {
    vec![
        AccountEvent::Registered {
            registration: rg(1),
            email: personal(),
            email_key: address_key(1),
            password: verifier(),
            locale: Locale::default(),
            expires_at: moment("2026-01-05T08:10:00.000Z"),
        },
        AccountEvent::EmailVerified { registration: rg(1) },
        AccountEvent::EmailChanged { email: personal(), email_key: address_key(2), previous: personal() },
        AccountEvent::PasswordChanged { cause: PasswordChange::Rehashed, password: verifier() },
        AccountEvent::Suspended { reason: personal() },
        AccountEvent::Reinstated {},
        AccountEvent::Closed { reason: personal() },
        AccountEvent::SessionsRevoked {
            generation: 1,
            except: Some(ss(1)),
            cause: RevocationCause::Suspended,
        },
    ]
}

fn sign_ins() -> Vec<AccountEvent> {
    vec![
        AccountEvent::SignInStarted {
            sign_in: si(1),
            client: Some(cl(1)),
            device: Some(dv(1)),
            device_label: Some(personal()),
            locale: Locale::default(),
            expires_at: moment("2026-01-05T08:15:00.000Z"),
            purpose: SignInPurpose::StepUp,
        },
        AccountEvent::PasswordRejected { cause: PasswordRejection::Wrong, device: Some(dv(1)) },
        AccountEvent::SignedIn {
            sign_in: si(1),
            session: ss(1),
            refresh_token: verifier(),
            amr: vec![Amr::Pwd, Amr::Otp, Amr::Mfa],
            aal: Aal::Aal2,
            generation: 0,
            client: Some(cl(1)),
            session_expires_at: moment("2026-02-04T08:00:00.000Z"),
            device: Some(NewDevice { id: dv(1), token: verifier() }),
        },
        AccountEvent::SignInCancelled { sign_in: si(1) },
        AccountEvent::SignInDenied { sign_in: si(1), cause: DenialCause::AccountSuspended },
    ]
}

fn codes() -> Vec<AccountEvent> {
    vec![
        AccountEvent::CodeRequested {
            challenge: ch(1),
            purpose: CodePurpose::SignIn,
            sign_in: Some(si(1)),
            channel: Channel::Email,
            code_id: code_id(1),
            key: key(),
            send: 1,
            message: CodeMessage::Code,
            expires_at: moment("2026-01-05T08:10:00.000Z"),
            operator_code: Some(oc(1)),
        },
        AccountEvent::CodeSent { challenge: ch(1), send: 1 },
        AccountEvent::CodeDeliveryFailed { challenge: ch(1), send: 1, reason: DeliveryFailure::Expired },
        AccountEvent::CodeAccepted { challenge: ch(1), sign_in: Some(si(1)) },
        AccountEvent::CodeRejected { challenge: ch(1), sign_in: Some(si(1)) },
    ]
}

fn backup_codes() -> Vec<AccountEvent> {
    vec![
        AccountEvent::BackupCodeIssued {
            backup_code: bc(2),
            verifier: verifier(),
            key: key(),
            cause: IssueCause::Redeemed,
            supersedes: Some(bc(1)),
            aal: Aal::Aal2,
            sign_in: si(1),
        },
        AccountEvent::BackupCodeRedeemed { backup_code: bc(1), sign_in: si(1) },
        AccountEvent::BackupCodeRejected { sign_in: si(1) },
        AccountEvent::SaveConfirmed { backup_code: bc(2), sign_in: si(1) },
        AccountEvent::GateReopened { backup_code: bc(1), sign_in: si(2), took_over: si(1) },
    ]
}

fn recoveries() -> Vec<AccountEvent> {
    vec![
        AccountEvent::OperatorCodeIssued {
            operator_code: oc(2),
            verifier: verifier(),
            key: key(),
            reason: personal(),
            valid_from: moment("2026-01-08T08:00:00.000Z"),
            expires_at: moment("2026-01-15T08:00:00.000Z"),
            supersedes: Some(oc(1)),
            email: Some(personal()),
            email_key: Some(address_key(2)),
        },
        AccountEvent::OperatorCodeAccepted { operator_code: oc(2), sign_in: si(2) },
        AccountEvent::OperatorCodeRejected { sign_in: si(2), cause: Some(OperatorCodeRejection::TooEarly) },
        AccountEvent::RecoveryCancelled {
            operator_code: oc(2),
            by: CancelledBy::Session,
            session: Some(ss(1)),
        },
        AccountEvent::RecoveryCompleted {
            sign_in: si(2),
            client: Some(cl(1)),
            proofs: vec![RecoveryProof::OperatorCode, RecoveryProof::EmailCode],
            expires_at: moment("2026-01-08T08:30:00.000Z"),
        },
    ]
}

fn failures_and_notices() -> Vec<AccountEvent> {
    vec![
        AccountEvent::AuthenticatorThrottled {
            authenticator: Authenticator::Password,
            device: Some(dv(1)),
            failures: 5,
            until: moment("2026-01-05T08:00:30.000Z"),
        },
        AccountEvent::AuthenticatorDisabled {
            authenticator: Authenticator::BackupCode,
            device: Some(dv(1)),
            failures: 10,
        },
        AccountEvent::NoticeSent {
            notice: Notice::BackupCodeRedeemed,
            backup_code: Some(bc(1)),
            about: Some(17),
        },
    ]
}

fn email_address() -> Vec<EmailAddressEvent> {
    vec![
        EmailAddressEvent::Claimed { account: acc(1) },
        EmailAddressEvent::Released { account: acc(1) },
        EmailAddressEvent::Moved { account: acc(1), to: address_key(2) },
    ]
}

fn session() -> Vec<SessionEvent> {
    let started = Started {
        account: acc(1),
        sign_in: si(1),
        client: Some(cl(1)),
        refresh_token: verifier(),
        amr: vec![Amr::Pwd, Amr::Email],
        aal: Aal::Aal1,
        generation: 0,
        expires_at: moment("2026-02-04T08:00:00.000Z"),
        granted_at: Some(moment("2026-01-05T08:00:00.000Z")),
        device_label: Some(personal()),
    };
    let replaced_at = Some(moment("2026-01-05T08:00:00.000Z"));
    vec![
        SessionEvent::Started(started),
        SessionEvent::Refreshed { account: acc(1), refresh_token: verifier() },
        SessionEvent::RefreshTokenReused { account: acc(1), replaced_at },
        SessionEvent::Revoked { account: acc(1), cause: SessionEnd::AccountClosed, by: Some(ss(2)) },
    ]
}

fn client() -> Vec<ClientEvent> {
    vec![
        ClientEvent::Registered {
            name: reason(),
            role: Role::Client,
            key: verifier(),
            expires_at: Some(moment("2027-01-05T08:00:00.000Z")),
        },
        ClientEvent::KeyRotated {
            key: verifier(),
            expires_at: Some(moment("2027-01-05T08:00:00.000Z")),
            older_until: moment("2026-01-06T08:00:00.000Z"),
        },
        ClientEvent::Revoked {},
        ClientEvent::AuditRead {
            read: AuditRead::Events,
            asked: Personal::plain("ip:192.0.2.7".to_owned()),
            opened: false,
        },
    ]
}
