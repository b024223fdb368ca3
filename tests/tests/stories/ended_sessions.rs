//! A session that was ended while a request was on its way: the request does nothing, and the session stays ended.

use countersign_domain::decider::Decider;
use countersign_domain::session::Session as Stream;
use countersign_service::context::Context;
use countersign_service::error::ServiceError;
use countersign_service::flow::EndedSessions;
use countersign_tests::app::held::Held;
use countersign_tests::app::{BackupCode, Person, Reply, Session, TestApp};
use serde_json::json;

/// The password that is chosen.
const OTHER: &str = "quiet lanterns over the estuary";

/// A way to end a session from another one.
#[derive(Debug, Clone, Copy)]
enum End {
    /// That one alone.
    One,
    /// All but the one that asks.
    Others,
    /// With the password.
    ByReset,
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_that_comes_when_its_session_has_ended_is_not_chosen() {
    for end in [End::One, End::Others, End::ByReset] {
        let (app, person, code) = enrolled().await;
        let thief = app.stepped_up(&person).await;
        let held = app.hold("/v1/me/password", &thief.access, &json!({ "password": OTHER })).await;

        let owner = ended(&app, &person, &code, &thief, end).await;

        unauthenticated(held).await;
        assert_eq!(app.count(person.account, "account.password_changed").await, changed_by(end));
        stays_as_it_is(&app, &owner, &thief).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_code_that_is_asked_for_when_its_session_has_ended_is_not_shown() {
    for end in [End::One, End::Others, End::ByReset] {
        let (app, person, code) = enrolled().await;
        let thief = app.stepped_up(&person).await;
        let held = app.hold("/v1/me/backup-code", &thief.access, &json!({})).await;

        let owner = ended(&app, &person, &code, &thief, end).await;

        unauthenticated(held).await;
        let issued = app.last(person.account, "backup_code.issued").await;
        assert_ne!(issued.payload["cause"], json!("requested"), "{end:?}");
        stays_as_it_is(&app, &owner, &thief).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_code_that_is_said_to_be_saved_when_its_session_has_ended_is_not_in_force() {
    for end in [End::One, End::Others] {
        let (app, person, code) = enrolled().await;
        let thief = app.stepped_up(&person).await;
        let asked = app.ask_for_backup_code(&thief).await;
        let saved = json!({ "backup_code_id": asked.id, "saved": true });
        let held = app.hold("/v1/me/backup-code/confirmation", &thief.access, &saved).await;

        let owner = ended(&app, &person, &code, &thief, end).await;

        unauthenticated(held).await;
        assert_eq!(app.count(person.account, "backup_code.save_confirmed").await, 1, "{end:?}");
        app.at_gate_by_backup_code(&person, &code.code).await;
        stays_as_it_is(&app, &owner, &thief).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_was_ended_since_it_was_looked_at_ends_no_other_and_is_not_spared() {
    for end in [End::One, End::Others, End::ByReset] {
        let (app, person, code) = enrolled().await;
        let thief = app.session(&person).await;
        let looked_at = app.service.authenticate_session(&thief.access).await.unwrap();

        let owner = ended(&app, &person, &code, &thief, end).await;

        let revoked = app.count(person.account, "account.sessions_revoked").await;
        for which in [EndedSessions::Others, EndedSessions::All] {
            let refused = app.service.end_sessions(Context::default(), looked_at, which).await;
            over(&refused);
        }
        let own = owner.id.parse().unwrap();
        over(&app.service.end_session(Context::default(), looked_at, own).await);
        assert_eq!(app.count(person.account, "account.sessions_revoked").await, revoked, "{end:?}");
        stays_as_it_is(&app, &owner, &thief).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_was_ended_since_it_was_looked_at_says_no_to_no_recovery() {
    for end in [End::One, End::Others] {
        let (app, person, code) = enrolled().await;
        let thief = app.session(&person).await;
        app.operator_code(&person).await;
        let looked_at = app.service.authenticate_session(&thief.access).await.unwrap();

        ended(&app, &person, &code, &thief, end).await;

        over(&app.service.cancel_own_recovery(Context::default(), looked_at).await);
        assert_eq!(app.count(person.account, "recovery.cancelled").await, 0, "{end:?}");
    }
}

async fn enrolled() -> (TestApp, Person, BackupCode) {
    let app = TestApp::start().await;
    let (person, code) = app.enrolled().await;
    (app, person, code)
}

/// The owner ends the thief's session; gives one of their own that is good from then on.
async fn ended(app: &TestApp, person: &Person, code: &BackupCode, thief: &Session, end: End) -> Session {
    let owner = app.session(person).await;
    match end {
        End::One => app.delete(&format!("/v1/sessions/{}", thief.id), &owner.access).await.expect(204),
        End::Others => app.delete("/v1/sessions?except=current", &owner.access).await.expect(204),
        End::ByReset => return reset(app, person, code).await,
    };
    owner
}

/// A session after a reset, with another password than the one that the thief would choose.
async fn reset(app: &TestApp, person: &Person, code: &BackupCode) -> Session {
    let password = "an owner remembers at last";
    let completion = app.reset(person).await.completion(&code.code, password);
    app.post("/v1/password-resets/completion", "", completion).await.expect(200);
    let person = Person { password: password.to_owned(), ..person.clone() };
    let (sign_in, shown) = app.at_gate_by_mail(&person).await;
    Session::granted(&app.confirm(&sign_in, &shown.id).await.expect_state("signed_in"))
}

fn changed_by(end: End) -> usize {
    usize::from(matches!(end, End::ByReset))
}

async fn unauthenticated(held: Held) -> Reply {
    let refused = held.let_go().await.refused(401, "unauthenticated");
    assert_eq!(refused.header("www-authenticate"), Some("Bearer"));
    refused
}

#[track_caller]
fn over<T: std::fmt::Debug>(outcome: &Result<T, ServiceError>) {
    assert!(matches!(outcome, Err(ServiceError::TokenRejected)), "{outcome:?}");
}

async fn stays_as_it_is(app: &TestApp, owner: &Session, thief: &Session) {
    app.get("/v1/me", &thief.access).await.refused(401, "unauthenticated");
    app.refresh(&thief.refresh).await.refused(422, "refresh_token_rejected");
    let told = app.introspect(&thief.access).await;
    assert_eq!(told.body, json!({ "active": false }));
    app.get("/v1/me", &owner.access).await.expect(200);
    let kept = app.stream(Stream::TYPE, &owner.id).await;
    assert!(kept.iter().all(|event| event.payload["type"] != "session.revoked"));
}
