//! A session: what a completed sign-in grants.

use countersign_domain::id::ClientId;
use countersign_domain::kit::{Past, Pattern, Scenario, event, scenario};
use countersign_domain::policy;
use countersign_domain::secret::Verifier;
use countersign_domain::session::{
    self, Presented, Refresh, Session, SessionCommand, SessionEnd, SessionRefusal, Started,
};
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
        granted_at: None,
        device_label: None,
    }
}

/// As started, by two factors.
fn start_aal2() -> SessionCommand {
    let (amr, aal) = (vec![Amr::Pwd, Amr::Otp, Amr::Mfa], Aal::Aal2);
    let expires_at = moment("2026-01-05T08:00:00.000Z") + session::lifetime(aal);
    SessionCommand::Start(Started { amr, aal, expires_at, ..started(1) })
}

/// Exchanges a token for token number *n*.
fn refresh(presented: Presented, child: u32) -> SessionCommand {
    refresh_as(Some(cl(1)), presented, child)
}

fn refresh_as(client: Option<ClientId>, presented: Presented, child: u32) -> SessionCommand {
    SessionCommand::Refresh(Refresh { client, presented, child: token(child) })
}

/// The keyed hash of token number *n* of the session; number 1 is the first.
fn token(number: u32) -> Verifier {
    keyed_hash(&ss(number))
}

fn reused() -> [Pattern; 2] {
    let revoked = event("session.revoked").with("account", acc(1)).with("cause", "refresh_token_reused");
    [event("session.refresh_token_reused").with("account", acc(1)), revoked]
}

fn a_moment_before(span: Span) -> Span {
    Span::millis(span.as_millis() - 1)
}

fn start() -> SessionCommand {
    SessionCommand::Start(started(1))
}

fn revoke() -> SessionCommand {
    SessionCommand::Revoke { cause: SessionEnd::AccountClosed, by: None }
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
        .then_state(|session, now| session.live(now).map(|live| live.granted.account), Some(acc(1)));
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
fn a_session_of_one_factor_lives_for_thirty_days() {
    let last = a_moment_before(policy::SESSION_LIFETIME.value);
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

#[test]
fn a_session_of_two_factors_ends_after_an_hour_without_a_refresh() {
    let last = a_moment_before(policy::SESSION_IDLE_AAL2.value);
    session()
        .when(start_aal2())
        .after(last)
        .when(refresh(Presented::Current, 2))
        .then([event("session.refreshed")])
        .after(last)
        .then_state(is_live, true)
        .after(Span::millis(1))
        .when(refresh(Presented::Current, 3))
        .then_refused(SessionRefusal::Ended)
        .then_state(is_live, false);
}

#[test]
fn a_session_of_two_factors_ends_after_a_day_however_often_it_is_refreshed() {
    let each = Span::minutes(50);
    let refreshed = (2..30).fold(Past::of([start_aal2()]).after(each), |past, number| {
        past.command(refresh(Presented::Current, number)).after(each)
    });
    session()
        .given(refreshed)
        .when(refresh(Presented::Current, 30))
        .then_refused(SessionRefusal::Ended)
        .then_state(is_live, false);
}

/// Promise 5.
#[test]
fn a_refresh_token_is_exchanged_for_a_new_one() {
    session()
        .when(start())
        .when(refresh(Presented::Current, 2))
        .then([event("session.refreshed").with("account", acc(1)).with("refresh_token", token(2))])
        .then_state(|session, now| session.live(now).map(|live| live.refresh_token.clone()), Some(token(2)))
        .after(Span::days(1))
        .when(refresh(Presented::Current, 3))
        .then([event("session.refreshed").with("refresh_token", token(3))]);
}

/// Promise 9.
#[test]
fn a_refresh_whose_reply_was_lost_gets_the_same_token_for_ten_seconds() {
    session()
        .when(start())
        .when(refresh(Presented::Current, 2))
        .after(a_moment_before(policy::REFRESH_ANSWERED_AGAIN.value))
        .when(refresh(Presented::Replaced, 3))
        .then_nothing()
        .then_state(|session, now| session.live(now).map(|live| live.refresh_token.clone()), Some(token(2)))
        .after(Span::millis(1))
        .when(refresh(Presented::Replaced, 3))
        .then(reused());
}

#[test]
fn a_refresh_token_that_comes_again_later_ends_the_session() {
    session()
        .when(start())
        .when(refresh(Presented::Current, 2))
        .after(Span::minutes(1))
        .when(refresh(Presented::Replaced, 3))
        .then(reused())
        .then_state(is_live, false)
        .when(refresh(Presented::Current, 3))
        .then_refused(SessionRefusal::Ended)
        .when(start())
        .then_nothing();
}

#[test]
fn a_refresh_token_that_comes_again_when_its_child_was_used_ends_the_session_at_once() {
    session()
        .when(start())
        .when(refresh(Presented::Current, 2))
        .when(refresh(Presented::Current, 3))
        .when(refresh(Presented::Older, 4))
        .then(reused())
        .then_state(is_live, false);
}

#[test]
fn a_session_is_refreshed_by_its_own_client_alone_and_another_one_does_not_end_it() {
    for (presented, other) in
        [(Presented::Current, Some(cl(2))), (Presented::Current, None), (Presented::Older, Some(cl(2)))]
    {
        session()
            .when(start())
            .when(refresh(Presented::Current, 2))
            .when(refresh_as(other, presented, 3))
            .then_refused(SessionRefusal::AnotherClients)
            .then_state(is_live, true);
    }
}

#[test]
fn there_is_nothing_to_refresh_before_a_session_is_started_or_after_its_end() {
    session().when(refresh(Presented::Older, 2)).then_refused(SessionRefusal::Unknown);
    session()
        .when(start())
        .when(revoke())
        .when(refresh(Presented::Older, 2))
        .then_refused(SessionRefusal::Ended);
}

#[test]
fn a_session_that_a_person_ends_says_which_one_it_was_ended_from() {
    session()
        .when(start())
        .when(SessionCommand::Revoke { cause: SessionEnd::Requested, by: Some(ss(2)) })
        .then([event("session.revoked").with("cause", "requested").with("by", ss(2))])
        .then_state(is_live, false);
}
