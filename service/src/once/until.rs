//! Until when an answer is kept.

use countersign_domain::account::AccountEvent;
use countersign_domain::id::{BackupCodeId, SignInId};
use countersign_domain::policy;
use countersign_domain::time::Span;

use super::REMEMBERED;

/// Until when an answer is kept, if not for as long as its key is remembered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Until {
    /// The sign-in's end.
    SignIn(SignInId),
    /// The backup code that it shows is saved, used or replaced.
    Saved(BackupCodeId),
}

impl Until {
    pub(crate) fn text(self) -> String {
        match self {
            Self::SignIn(id) => id.to_string(),
            Self::Saved(id) => id.to_string(),
        }
    }

    /// How long at most.
    pub(super) fn lasts(self) -> Span {
        match self {
            Self::SignIn(_) => longest_sign_in(),
            Self::Saved(_) => REMEMBERED,
        }
    }

    /// What an event brings to its end.
    pub(crate) fn ended_by(event: &AccountEvent) -> Option<Self> {
        match event {
            AccountEvent::SignedIn { sign_in, .. } => Some(Self::SignIn(*sign_in)),
            AccountEvent::SaveConfirmed { backup_code, .. } => Some(Self::Saved(*backup_code)),
            AccountEvent::BackupCodeIssued { supersedes, .. } => supersedes.map(Self::Saved),
            _ => None,
        }
    }
}

/// How long a sign-in can live, the gate included.
fn longest_sign_in() -> Span {
    Span::millis(policy::SIGN_IN_LIFETIME.value.as_millis() + policy::GATE_LIFETIME.value.as_millis())
}
