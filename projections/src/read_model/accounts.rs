//! `accounts`: the directory, a row an account.

use countersign_domain::account::AccountEvent;
use countersign_domain::id::{BackupCodeId, SessionId};
use countersign_domain::time::Timestamp;
use countersign_domain::word::Aal;
use serde::{Deserialize, Serialize};

use super::{Fold, Rows, read, write};
use crate::fact::{Fact, Poison};

/// The directory of accounts.
pub const ACCOUNTS: Fold = Fold { name: "accounts", replaces: None, group, fold };

/// What is shown of an account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AccountRow {
    /// Where it stands.
    pub state: AccountState,
    /// When it was asked for.
    pub registered_at: Timestamp,
    /// When control of its address was proven.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verified_at: Option<Timestamp>,
    /// Its newest backup code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backup_code: Option<BackupCodeRow>,
    /// When a backup code was last used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backup_code_used_at: Option<Timestamp>,
    /// The last time that somebody was signed in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_sign_in: Option<LastSignIn>,
}

/// Where an account stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountState {
    /// Asked for; it has no power.
    Unverified,
    /// In use.
    Active,
    /// Shut until further notice.
    Suspended,
    /// Ended.
    Closed,
}

/// What is shown of a backup code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackupCodeRow {
    /// Its id.
    pub id: BackupCodeId,
    /// When it was made.
    pub issued_at: Timestamp,
    /// When the person confirmed to have saved it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirmed_at: Option<Timestamp>,
}

/// The last time that somebody was signed in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LastSignIn {
    /// When.
    pub at: Timestamp,
    /// The session that was granted.
    pub session: SessionId,
    /// How sure that made us.
    pub aal: Aal,
}

fn group(fact: &Fact) -> Result<Option<String>, Poison> {
    Ok(fact.of_account()?.map(|_| fact.stream.clone()))
}

fn fold(rows: &mut Rows, fact: &Fact) -> Result<(), Poison> {
    let Some(recorded) = fact.of_account()? else { return Ok(()) };
    let row = match (read::<AccountRow>(rows, &fact.stream, fact)?, &recorded.event) {
        (None, AccountEvent::Registered { .. }) => AccountRow::registered(recorded.at),
        (Some(row), event) => row.after(recorded.at, event),
        (None, _) => return Err(fact.poison("the account was not registered before")),
    };
    write(rows, &fact.stream, &row, fact)
}

impl AccountRow {
    fn registered(at: Timestamp) -> Self {
        Self {
            state: AccountState::Unverified,
            registered_at: at,
            verified_at: None,
            backup_code: None,
            backup_code_used_at: None,
            last_sign_in: None,
        }
    }

    fn after(mut self, at: Timestamp, event: &AccountEvent) -> Self {
        match event {
            AccountEvent::EmailVerified { .. } => {
                self.state = AccountState::Active;
                self.verified_at = Some(at);
            }
            AccountEvent::Suspended { .. } => self.state = AccountState::Suspended,
            AccountEvent::Reinstated {} => self.state = AccountState::Active,
            AccountEvent::Closed { .. } => self.state = AccountState::Closed,
            AccountEvent::BackupCodeIssued { backup_code, .. } => {
                self.backup_code =
                    Some(BackupCodeRow { id: *backup_code, issued_at: at, confirmed_at: None });
            }
            AccountEvent::BackupCodeRedeemed { .. } => self.backup_code_used_at = Some(at),
            AccountEvent::SaveConfirmed { backup_code, .. } => {
                let confirmed = self.backup_code.as_mut().filter(|code| code.id == *backup_code);
                if let Some(code) = confirmed {
                    code.confirmed_at = Some(at);
                }
            }
            AccountEvent::SignedIn { session, aal, .. } => {
                self.last_sign_in = Some(LastSignIn { at, session: *session, aal: *aal });
            }
            _ => {}
        }
        self
    }
}
