//! A session: what a completed sign-in grants.

use countersign_domain::kit::{Scenario, event, scenario};
use countersign_domain::policy;
use countersign_domain::session::{Session, SessionCommand, SessionEnd, SessionRefusal, Started};
use countersign_domain::time::{Span, Timestamp};
use countersign_domain::word::{Aal, Amr};

use crate::support::{KEYED_HASH, acc, cl, keyed_hash, moment, si, ss};

fn session() -> Scenario<Session> {
    scenario::<Session>().secret(KEYED_HASH)
}

fn started(account: u32) -> Started {
    Started {
        account: acc(account),
        sign_in: si(1),
        client: Some(cl(1)),
        refresh_token: keyed_hash(&ss(1)),
        amr: vec![Amr::Pwd, Amr::Email],
        aal: Aal::Aal1,
        generation: 0,
        expires_at: moment("2026-01-05T08:00:00.000Z") + policy::SESSION_LIFETIME.value,
    }
}

fn start() -> SessionCommand {
    SessionCommand::Start(started(1))
}

fn revoke() -> SessionCommand {
    SessionCommand::Revoke { cause: SessionEnd::AccountClosed }
}

fn is_live(session: &Session, now: Timestamp) -> bool {
    session.live(now).is_some()
}

/// Promise 5.
#[test]
fn a_session_starts_as_the_sign_in_granted_it() {
    session()
        .when(start())
        .then([event("session.started")
            .with("account", acc(1))
            .with("sign_in", si(1))
            .with("client", cl(1))
            .with("refresh_token", keyed_hash(&ss(1)))
            .with("amr", ["pwd", "email"])
            .with("aal", "aal1")
            .with("generation", 0)])
        .then_state(is_live, true);
}

#[test]
fn starting_a_session_again_changes_nothing() {
    session()
        .when(start())
        .when(SessionCommand::Start(started(2)))
        .then_nothing()
        .then_state(|session, now| session.live(now).map(|live| live.account), Some(acc(1)));
}

#[test]
fn a_session_that_was_revoked_is_over() {
    session()
        .when(start())
        .when(revoke())
        .then([event("session.revoked").with("account", acc(1)).with("cause", "account_closed")])
        .then_state(is_live, false)
        .when(revoke())
        .then_nothing();
}

#[test]
fn a_session_that_was_revoked_cannot_be_started_again() {
    session().when(start()).when(revoke()).when(start()).then_nothing().then_state(is_live, false);
}

#[test]
fn there_is_nothing_to_revoke_before_a_session_is_started() {
    session().when(revoke()).then_refused(SessionRefusal::Unknown);
}

#[test]
fn a_session_lives_for_thirty_days() {
    let last = Span::millis(policy::SESSION_LIFETIME.value.as_millis() - 1);
    session()
        .when(start())
        .after(last)
        .when(start())
        .then_nothing()
        .then_state(is_live, true)
        .after(Span::millis(1))
        .when(start())
        .then_nothing()
        .then_state(is_live, false);
}
