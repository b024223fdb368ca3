//! A session that was granted and not revoked: its tokens, and when it ends by itself.

use serde::{Deserialize, Serialize};

use super::Started;
use crate::policy;
use crate::secret::Verifier;
use crate::time::{Span, Timestamp};
use crate::word::Aal;

/// A session that was granted and not revoked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Live {
    /// What it was granted with.
    pub granted: Started,
    /// When the sign-in was completed.
    pub started_at: Timestamp,
    /// The keyed hash of the refresh token that is good.
    pub refresh_token: Verifier,
    /// The refresh token that was exchanged last.
    pub replaced: Option<Replaced>,
}

/// A refresh token that was exchanged.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Replaced {
    /// Its keyed hash.
    pub refresh_token: Verifier,
    /// When it was exchanged.
    pub at: Timestamp,
}

/// How long a session can live.
pub fn lifetime(aal: Aal) -> Span {
    match aal {
        Aal::Aal1 => policy::SESSION_LIFETIME.value,
        Aal::Aal2 => policy::SESSION_LIFETIME_AAL2.value,
    }
}

/// How long a session lives without being refreshed, where that is limited.
pub fn idle_limit(aal: Aal) -> Option<Span> {
    match aal {
        Aal::Aal1 => None,
        Aal::Aal2 => Some(policy::SESSION_IDLE_AAL2.value),
    }
}

impl Live {
    pub(super) fn begun(granted: Started, at: Timestamp) -> Self {
        let started_at = granted.granted_at.unwrap_or(at);
        let refresh_token = granted.refresh_token.clone();
        Self { granted, started_at, refresh_token, replaced: None }
    }

    pub(super) fn refreshed(&mut self, at: Timestamp, refresh_token: Verifier) {
        let replaced = std::mem::replace(&mut self.refresh_token, refresh_token);
        self.replaced = Some(Replaced { refresh_token: replaced, at });
    }

    /// When its refresh token was last exchanged.
    pub fn last_refreshed_at(&self) -> Option<Timestamp> {
        self.replaced.as_ref().map(|replaced| replaced.at)
    }

    /// When it ends unless it is refreshed; at the latest, when its time is over.
    pub fn ends_at(&self) -> Timestamp {
        let latest = self.granted.expires_at;
        let used_at = self.last_refreshed_at().unwrap_or(self.started_at);
        idle_limit(self.granted.aal).map_or(latest, |idle| latest.min(used_at + idle))
    }
}
