//! One attempt to sign in, from the right password on: where it stands, and the code that was sent for it.

use serde::{Deserialize, Serialize};

use super::causes::CodeMessage;
use crate::id::{BackupCodeId, ChallengeId, ClientId, DeviceId, SessionId, SignInId};
use crate::secret::{Personal, Verifier};
use crate::time::Timestamp;
use crate::word::{Aal, Amr, CodeId, KeyId, Locale, SignInPurpose};

/// One attempt to sign in, from the right password on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SignIn {
    /// Its id.
    pub id: SignInId,
    /// The client that it belongs to.
    pub client: Option<ClientId>,
    /// The known device that it comes from.
    pub device: Option<DeviceId>,
    /// What the person calls the device.
    pub device_label: Option<Personal<String>>,
    /// The language that the client states.
    pub locale: Locale,
    /// What it is for.
    pub purpose: SignInPurpose,
    /// When the password was right.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
    /// Where it stands.
    pub stage: Stage,
}

/// Where a sign-in stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// A second proof is awaited.
    FactorRequired {
        /// The code that was sent last.
        challenge: Option<Challenge>,
    },
    /// The gate: a new backup code must be confirmed as saved.
    SaveRequired(Gate),
    /// The session was granted.
    SignedIn(Grant),
    /// Given up.
    Cancelled,
    /// Ended by something that happened to the account.
    Denied,
}

/// What a sign-in brings to the gate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Gate {
    /// The code that was shown.
    pub code: BackupCodeId,
    /// How the person authenticated.
    pub amr: Vec<Amr>,
    /// How sure that makes us of the session.
    pub aal: Aal,
    /// The most that codes which are issued here will vouch for.
    pub code_aal: Aal,
    /// How often the code was replaced unseen.
    pub reissues: u32,
}

/// A session that was granted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Grant {
    /// The session.
    pub session: SessionId,
    /// The keyed hash of its first refresh token.
    pub refresh_token: Verifier,
    /// How the person authenticated.
    pub amr: Vec<Amr>,
    /// How sure that makes us.
    pub aal: Aal,
    /// The generation that it belongs to.
    pub generation: u64,
    /// When it was granted.
    pub granted_at: Timestamp,
    /// When it ends at the latest.
    pub expires_at: Timestamp,
    /// How many backup codes were asked for in it.
    pub backup_codes: u32,
}

/// A code that was sent, and what came of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Challenge {
    /// Its id.
    pub id: ChallengeId,
    /// The random part of the code.
    pub code_id: CodeId,
    /// The key that the digits are derived with.
    pub key: KeyId,
    /// What the message says.
    pub message: CodeMessage,
    /// When it was last asked for.
    pub requested_at: Timestamp,
    /// When the code stops being accepted.
    pub expires_at: Timestamp,
    /// The newest sending.
    pub send: u32,
    /// Wrong guesses so far.
    pub guesses: u32,
    /// Whether a message with its code left, or may have.
    pub left: bool,
}

/// Where a sign-in stands at a moment, as the API says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignInState {
    /// A second proof is awaited.
    FactorRequired,
    /// A new backup code must be confirmed as saved.
    SaveRequired,
    /// The session was granted.
    SignedIn,
    /// Given up.
    Cancelled,
    /// Ended by something that happened to the account.
    Denied,
    /// Ended by time.
    Expired,
}

impl SignInState {
    /// Every state.
    pub const ALL: [Self; 6] = [
        Self::FactorRequired,
        Self::SaveRequired,
        Self::SignedIn,
        Self::Cancelled,
        Self::Denied,
        Self::Expired,
    ];
}

impl SignIn {
    pub(super) fn started(
        id: SignInId,
        client: Option<ClientId>,
        device: Option<DeviceId>,
        device_label: Option<Personal<String>>,
        locale: Locale,
        created_at: Timestamp,
        expires_at: Timestamp,
    ) -> Self {
        Self {
            id,
            client,
            device,
            device_label,
            locale,
            purpose: SignInPurpose::default(),
            created_at,
            expires_at,
            stage: Stage::FactorRequired { challenge: None },
        }
    }

    /// Where it stands at a moment.
    pub fn state(&self, now: Timestamp) -> SignInState {
        match &self.stage {
            Stage::SignedIn(_) => SignInState::SignedIn,
            Stage::Cancelled => SignInState::Cancelled,
            Stage::Denied => SignInState::Denied,
            Stage::FactorRequired { .. } | Stage::SaveRequired(_) if now >= self.expires_at => {
                SignInState::Expired
            }
            Stage::FactorRequired { .. } => SignInState::FactorRequired,
            Stage::SaveRequired(_) => SignInState::SaveRequired,
        }
    }

    /// Whether it waits for the person.
    pub fn is_pending(&self, now: Timestamp) -> bool {
        matches!(self.state(now), SignInState::FactorRequired | SignInState::SaveRequired)
    }

    /// The code that was sent last, while a second proof is awaited.
    pub fn challenge(&self) -> Option<&Challenge> {
        match &self.stage {
            Stage::FactorRequired { challenge } => challenge.as_ref(),
            _ => None,
        }
    }

    pub(super) fn challenge_mut(&mut self) -> Option<&mut Challenge> {
        match &mut self.stage {
            Stage::FactorRequired { challenge } => challenge.as_mut(),
            _ => None,
        }
    }
}

impl Challenge {
    pub(super) fn asked(
        id: ChallengeId,
        code_id: CodeId,
        key: KeyId,
        message: CodeMessage,
        requested_at: Timestamp,
        expires_at: Timestamp,
    ) -> Self {
        Self { id, code_id, key, message, requested_at, expires_at, send: 0, guesses: 0, left: false }
    }
}
