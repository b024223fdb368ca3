//! `sessions`: a row a session, in the group of its account.
//!
//! `sign_in.signed_in` is what starts a session; its own stream only follows.

use countersign_domain::account::AccountEvent;
use countersign_domain::id::{ClientId, SessionId, SignInId};
use countersign_domain::session::SessionEvent;
use countersign_domain::time::Timestamp;
use countersign_domain::word::{Aal, Amr};
use serde::{Deserialize, Serialize};

use super::{Fold, Rows, read, write};
use crate::fact::{Fact, Poison};

/// All sessions.
pub const SESSIONS: Fold = Fold { name: "sessions", replaces: None, group, fold };

/// What is shown of a session.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SessionRow {
    /// The sign-in that granted it.
    pub sign_in: SignInId,
    /// The client that it belongs to; none in development.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<ClientId>,
    /// When it was granted.
    pub started_at: Timestamp,
    /// When it was last refreshed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_refreshed_at: Option<Timestamp>,
    /// When it ends at the latest.
    pub expires_at: Timestamp,
    /// How the person authenticated.
    pub amr: Vec<Amr>,
    /// How sure that makes us.
    pub aal: Aal,
    /// The generation of the account's sessions that it belongs to.
    pub generation: u64,
    /// When it was ended before its time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
}

fn group(fact: &Fact) -> Result<Option<String>, Poison> {
    let account = match fact.of_account()?.map(|recorded| recorded.event) {
        Some(AccountEvent::SignedIn { .. } | AccountEvent::SessionsRevoked { .. }) => fact.account(),
        _ => match fact.of_session()?.map(|recorded| recorded.event) {
            Some(SessionEvent::Refreshed { .. } | SessionEvent::Revoked { .. }) => fact.account(),
            _ => None,
        },
    };
    Ok(account.map(str::to_owned))
}

fn fold(rows: &mut Rows, fact: &Fact) -> Result<(), Poison> {
    if let Some(recorded) = fact.of_account()? {
        return match recorded.event {
            AccountEvent::SessionsRevoked { generation, except, .. } => {
                end_older(rows, fact, recorded.at, generation, except)
            }
            event => start(rows, fact, recorded.at, event),
        };
    }
    let Some(row) = read::<SessionRow>(rows, &fact.stream, fact)? else {
        return Err(fact.poison("the session was not granted before"));
    };
    let row = match fact.of_session()?.map(|recorded| (recorded.at, recorded.event)) {
        Some((at, SessionEvent::Refreshed { .. })) => SessionRow { last_refreshed_at: Some(at), ..row },
        Some((at, SessionEvent::Revoked { .. })) => row.ended(at),
        Some((_, SessionEvent::Started(_) | SessionEvent::RefreshTokenReused { .. })) | None => row,
    };
    write(rows, &fact.stream, &row, fact)
}

fn start(rows: &mut Rows, fact: &Fact, at: Timestamp, event: AccountEvent) -> Result<(), Poison> {
    let AccountEvent::SignedIn { sign_in, session, amr, aal, generation, client, session_expires_at, .. } =
        event
    else {
        return Ok(());
    };
    let row = SessionRow {
        sign_in,
        client,
        started_at: at,
        last_refreshed_at: None,
        expires_at: session_expires_at,
        amr,
        aal,
        generation,
        ended_at: None,
    };
    write(rows, &session.to_string(), &row, fact)
}

fn end_older(
    rows: &mut Rows,
    fact: &Fact,
    at: Timestamp,
    generation: u64,
    except: Option<SessionId>,
) -> Result<(), Poison> {
    let spared = except.map(|session| session.to_string());
    let keys: Vec<_> = rows.keys().filter(|key| Some(*key) != spared.as_ref()).cloned().collect();
    for key in keys {
        if let Some(row) = read::<SessionRow>(rows, &key, fact)?.filter(|row| row.generation < generation) {
            write(rows, &key, &row.ended(at), fact)?;
        }
    }
    Ok(())
}

impl SessionRow {
    /// Ended at a time, unless it had ended before.
    fn ended(mut self, at: Timestamp) -> Self {
        self.ended_at.get_or_insert(at);
        self
    }
}
