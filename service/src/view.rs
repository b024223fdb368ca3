//! What the use cases answer.

use countersign_domain::account::{Account, Grant, Person, SignIn, SignInState, Stage};
use countersign_domain::email::Email;
use countersign_domain::id::{
    AccountId, BackupCodeId, ChallengeId, ClientId, DeviceId, RegistrationId, SessionId, SignInId,
};
use countersign_domain::secret::Personal;
use countersign_domain::time::Timestamp;
use countersign_domain::word::{Aal, Amr, Factor, Locale};

use crate::flow::Version;
use crate::shown::Shown;

/// A registration, as it is answered for every address.
#[derive(Debug, Clone)]
pub struct RegistrationReply {
    /// Its id.
    pub id: RegistrationId,
    /// The token that it is completed with.
    pub token: Shown,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// A password reset or a recovery, as it is answered for every address.
#[derive(Debug, Clone)]
pub struct AttemptReply {
    /// Its id.
    pub id: SignInId,
    /// The token that it is completed with.
    pub token: Shown,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// A password reset that was completed.
#[derive(Debug, Clone)]
pub struct ResetPasswordReply {
    /// Its id.
    pub id: SignInId,
    /// The version that the account's stream has come to.
    pub version: Version,
    /// The backup code in place of the one that was used.
    pub backup_code: BackupCodeReply,
}

/// An operator code on its way to the one who shows it.
#[derive(Debug, Clone)]
pub struct IssuedOperatorCode {
    /// The version that the account's stream has come to.
    pub version: Version,
    /// The code, in six groups of four.
    pub code: Shown,
    /// When it begins to be valid.
    pub valid_from: Timestamp,
    /// When it stops being valid.
    pub expires_at: Timestamp,
}

/// A recovery that an operator prepared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PreparedRecovery {
    /// When the operator's code was made.
    pub requested_at: Timestamp,
    /// When it begins to be valid.
    pub valid_from: Timestamp,
    /// When it stops being valid.
    pub expires_at: Timestamp,
}

/// An account, as its person sees it.
#[derive(Debug, Clone)]
pub struct AccountView {
    /// Its id.
    pub id: AccountId,
    /// The version of its stream.
    pub version: u64,
    /// The address.
    pub email: Email,
    /// The language.
    pub locale: Locale,
    /// The factors that are set up.
    pub factors: Vec<Factor>,
    /// The backup code.
    pub backup_code: BackupCodeView,
    /// A recovery that an operator prepared and that can be cancelled.
    pub recovery: Option<PreparedRecovery>,
}

/// A person's backup code, without the code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BackupCodeView {
    /// When the newest one was made.
    pub issued_at: Option<Timestamp>,
    /// When the one that is in force was confirmed as saved.
    pub confirmed_at: Option<Timestamp>,
    /// When one was last used.
    pub used_at: Option<Timestamp>,
}

/// A sign-in, and the secrets that this one reply shows.
#[derive(Debug, Clone)]
pub struct SignInReply {
    /// The sign-in.
    pub sign_in: SignInView,
    /// Its token; only in the reply that made it.
    pub token: Option<Shown>,
    /// A backup code; only in the reply that issued it.
    pub backup_code: Option<BackupCodeReply>,
    /// The session; only in the reply that granted it.
    pub session: Option<SessionReply>,
    /// A device that is known from now on; likewise.
    pub device: Option<DeviceReply>,
}

/// A sign-in, as its client sees it.
#[derive(Debug, Clone)]
pub struct SignInView {
    /// Its id.
    pub id: SignInId,
    /// The account.
    pub account: AccountId,
    /// Where it stands.
    pub state: SignInState,
    /// The version of the account's stream.
    pub version: u64,
    /// When the password was right.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
    /// The code that was sent last and can still be answered.
    pub challenge: Option<ChallengeView>,
    /// What is allowed next.
    pub next: Vec<NextAction>,
}

/// A code that was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChallengeView {
    /// Its id.
    pub id: ChallengeId,
    /// The factor that it belongs to.
    pub factor: Factor,
    /// Where it was sent, mostly hidden.
    pub sent_to: String,
    /// When it ends.
    pub expires_at: Timestamp,
    /// When it can be sent again.
    pub resend_after: Timestamp,
}

/// What is allowed next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NextAction {
    /// Answer with one of these factors.
    Answer(Vec<Factor>),
    /// Ask for a code of one of these factors.
    RequestChallenge(Vec<Factor>),
    /// Confirm that the backup code is saved.
    ConfirmBackupCode,
    /// Replace a backup code that was not seen.
    ReissueBackupCode,
    /// Give the sign-in up.
    Cancel,
}

/// A backup code on its way to the one reply that shows it.
#[derive(Debug, Clone)]
pub struct BackupCodeReply {
    /// Its id.
    pub id: BackupCodeId,
    /// The code, in six groups of four.
    pub code: Shown,
}

/// A backup code that a signed-in person asked for.
#[derive(Debug, Clone)]
pub struct RequestedBackupCode {
    /// The version that the account's stream has come to.
    pub version: Version,
    /// The code.
    pub backup_code: BackupCodeReply,
}

/// A session on its way to the one reply that grants it.
#[derive(Debug, Clone)]
pub struct SessionReply {
    /// Its id.
    pub id: SessionId,
    /// The token for requests.
    pub access_token: Shown,
    /// The token for a new one.
    pub refresh_token: Shown,
    /// How long the access token is good for, in seconds.
    pub expires_in: u64,
    /// How the person authenticated.
    pub amr: Vec<Amr>,
    /// How sure that makes us.
    pub aal: Aal,
}

/// A session, as its person sees it.
#[derive(Debug, Clone)]
pub struct SessionView {
    /// Its id.
    pub id: SessionId,
    /// When it was granted.
    pub created_at: Timestamp,
    /// When it was last refreshed.
    pub last_refreshed_at: Option<Timestamp>,
    /// When it ends unless it is refreshed before.
    pub expires_at: Timestamp,
    /// The client that it belongs to; none in development.
    pub client: Option<ClientId>,
    /// How the person authenticated.
    pub amr: Vec<Amr>,
    /// How sure that makes us.
    pub aal: Aal,
    /// What the person calls the device.
    pub device_label: Option<Personal<String>>,
    /// Whether it is the one that asks.
    pub current: bool,
}

/// A device on its way to the one reply that makes it known.
#[derive(Debug, Clone)]
pub struct DeviceReply {
    /// Its id.
    pub id: DeviceId,
    /// The token that it is known by.
    pub token: Shown,
}

impl AccountView {
    /// An account as its person sees it; `None` while it is not verified, or its address can't be read.
    pub(crate) fn of(id: AccountId, account: &Account, version: u64, now: Timestamp) -> Option<Self> {
        let person = account.person()?;
        let prepared = person.pending_operator_code(now);
        let codes = &person.backup_codes;
        let newest = codes.unconfirmed.as_ref().or(codes.confirmed.as_ref());
        Some(Self {
            id,
            version,
            email: person.holder.email.known()?.clone(),
            locale: person.holder.locale.clone(),
            factors: factors(person),
            backup_code: BackupCodeView {
                issued_at: newest.map(|code| code.issued_at),
                confirmed_at: codes.confirmed.as_ref().and(codes.confirmed_at),
                used_at: codes.used_at,
            },
            recovery: prepared.map(|code| PreparedRecovery {
                requested_at: code.issued_at,
                valid_from: code.valid_from,
                expires_at: code.expires_at,
            }),
        })
    }
}

impl SignInView {
    /// A sign-in as its client sees it at a moment.
    pub(crate) fn of(
        id: AccountId,
        account: &Account,
        version: u64,
        sign_in: &SignIn,
        now: Timestamp,
    ) -> Self {
        let state = sign_in.state(now);
        Self {
            id: sign_in.id,
            account: id,
            state,
            version,
            created_at: sign_in.created_at,
            expires_at: sign_in.expires_at,
            challenge: challenge(account, sign_in, now),
            next: next(account, state),
        }
    }
}

/// The session that a sign-in was granted.
pub(crate) fn grant_of(sign_in: &SignIn) -> Option<&Grant> {
    match &sign_in.stage {
        Stage::SignedIn(grant) => Some(grant),
        _ => None,
    }
}

/// The code that was sent last, if it can still be answered.
pub(crate) fn challenge(account: &Account, sign_in: &SignIn, now: Timestamp) -> Option<ChallengeView> {
    let challenge = sign_in.challenge().filter(|challenge| challenge.is_live(now))?;
    let sent_to = account.holder().and_then(|holder| holder.email.known()).map(Email::masked);
    Some(ChallengeView {
        id: challenge.id,
        factor: Factor::EmailCode,
        sent_to: sent_to.unwrap_or_default(),
        expires_at: challenge.expires_at,
        resend_after: challenge.resend_after(),
    })
}

fn factors(person: &Person) -> Vec<Factor> {
    let backup_code = person.backup_codes.comparable().next().map(|_| Factor::BackupCode);
    std::iter::once(Factor::EmailCode).chain(backup_code).collect()
}

fn next(account: &Account, state: SignInState) -> Vec<NextAction> {
    match state {
        SignInState::FactorRequired => vec![
            NextAction::Answer(account.person().map(factors).unwrap_or_default()),
            NextAction::RequestChallenge(vec![Factor::EmailCode]),
            NextAction::Cancel,
        ],
        SignInState::SaveRequired => {
            vec![NextAction::ConfirmBackupCode, NextAction::ReissueBackupCode, NextAction::Cancel]
        }
        SignInState::SignedIn | SignInState::Cancelled | SignInState::Denied | SignInState::Expired => {
            Vec::new()
        }
    }
}
