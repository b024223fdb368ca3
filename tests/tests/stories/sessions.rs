//! Sessions: a person sees their own and ends them, and an end is an end at once, wherever it is asked.

use countersign_domain::decider::Decider;
use countersign_domain::session::Session as Stream;
use countersign_domain::time::Span;
use countersign_service::context::Context;
use countersign_service::flow::Administration;
use countersign_tests::app::{Person, Session, SignIn, TestApp};
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn a_person_sees_their_own_sessions_the_newest_first() {
    let app = TestApp::start().await;
    let (person, _) = app.enrolled().await;
    app.session(&app.enrolled().await.0).await;
    let older = app.session(&person).await;
    app.advance(Span::minutes(1));
    let mut typed = person.credentials();
    typed["device"] = json!({ "label": "the blue laptop" });
    let sign_in = SignIn::of(&app.sign_in_with(typed).await.expect(201));
    let newest = Session::granted(&app.answer_by_mail(&sign_in).await.expect_state("signed_in"));
    app.refresh(&older.refresh).await.expect(200);

    let list = app.get("/v1/sessions", &newest.access).await.expect(200);

    assert_eq!(list.body["data"].as_array().unwrap().len(), 3, "{}", list.text);
    let begun = list.at("/data/0/created_at");
    assert_eq!(
        list.body["data"][0],
        json!({
            "object": "session", "id": newest.id, "created_at": begun, "last_refreshed_at": null,
            "expires_at": list.at("/data/0/expires_at"), "client": null, "amr": ["pwd", "email"],
            "aal": "aal1", "device": { "label": "the blue laptop" }, "current": true,
        })
    );
    let second = &list.body["data"][1];
    assert_eq!((&second["id"], &second["current"]), (&json!(older.id), &json!(false)));
    assert_eq!((&second["last_refreshed_at"], &second["device"]), (&json!(app.now()), &Value::Null));
    let stored = app.stream(Stream::TYPE, &newest.id).await.swap_remove(0);
    assert!(stored.payload["device_label"].as_str().unwrap().starts_with("s1p."));
    for secret in [&newest.access, &newest.refresh, &older.refresh] {
        assert!(!list.text.contains(secret));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_ends_one_of_their_sessions_and_it_says_from_where() {
    let app = TestApp::start().await;
    let (person, _) = app.enrolled().await;
    let (one, other) = (app.session(&person).await, app.session(&person).await);

    app.delete(&path(&one), &other.access).await.expect(204);

    is_over(&app, &one).await;
    app.get("/v1/me", &other.access).await.expect(200);
    let events = app.stream(Stream::TYPE, &one.id).await;
    let revoked = events.last().unwrap();
    assert_eq!((&revoked.payload["cause"], &revoked.payload["by"]), (&json!("requested"), &json!(other.id)));
    app.delete(&path(&one), &other.access).await.expect(204);
    assert_eq!(app.stream(Stream::TYPE, &one.id).await.len(), events.len(), "what is over ends once");
    app.delete(&path(&other), &other.access).await.expect(204);
    is_over(&app, &other).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_persons_session_is_not_there() {
    let app = TestApp::start().await;
    let mine = app.session(&app.enrolled().await.0).await;
    let yours = app.session(&app.enrolled().await.0).await;
    let nobodys = "ss_01890000-0000-7000-8000-000000000000";
    for id in [yours.id.as_str(), nobodys, "x", "%00", &mine.id.to_uppercase(), &mine.id[3..]] {
        let refused = app.delete(&format!("/v1/sessions/{id}"), &mine.access).await;
        refused.refused(404, "not_found");
    }
    app.get("/v1/me", &yours.access).await.expect(200);
    assert_eq!(app.stream(Stream::TYPE, nobodys).await.len(), 0);
    assert_eq!(app.stream(Stream::TYPE, &yours.id).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_ends_all_sessions_but_the_one_that_asks_and_then_all() {
    let app = TestApp::start().await;
    let (person, _) = app.enrolled().await;
    let (one, current) = (app.session(&person).await, app.session(&person).await);
    let stranger = app.session(&app.enrolled().await.0).await;

    let ended = app.delete("/v1/sessions?except=current", &current.access).await.expect(204);

    assert!(ended.header("countersign-version").unwrap().starts_with(&person.account.to_string()));
    is_over(&app, &one).await;
    let list = app.get("/v1/sessions", &current.access).await.expect(200);
    assert_eq!(
        (list.body["data"].as_array().unwrap().len(), list.at("/data/0/id")),
        (1, current.id.as_str())
    );
    let revoked = app.last(person.account, "account.sessions_revoked").await.payload;
    assert_eq!((&revoked["cause"], &revoked["except"]), (&json!("requested"), &json!(current.id)));
    let current = Session::refreshed(&app.refresh(&current.refresh).await.expect(200));

    app.delete("/v1/sessions", &current.access).await.expect(204);

    is_over(&app, &current).await;
    assert_eq!(app.last(person.account, "account.sessions_revoked").await.payload.get("except"), None);
    app.get("/v1/me", &stranger.access).await.expect(200);
    let after = app.session(&person).await;
    app.get("/v1/me", &after.access).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_spared_is_said_in_one_word_or_nothing_ends() {
    let app = TestApp::start().await;
    let (person, _) = app.enrolled().await;
    let session = app.session(&person).await;
    for query in ["except=", "except=other", "except=current&except=current", "excepts=current", "all=true"] {
        let refused = app.delete(&format!("/v1/sessions?{query}"), &session.access).await;
        refused.refused(400, "invalid_request");
    }
    app.get("/v1/me", &session.access).await.expect(200);
    assert_eq!(app.count(person.account, "account.sessions_revoked").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn suspending_and_closing_an_account_end_its_sessions_at_once_everywhere() {
    let reason = || "as the law demands".parse().unwrap();
    for what in [Administration::Suspend(reason()), Administration::Close(reason())] {
        let app = TestApp::start().await;
        let (person, _) = app.enrolled().await;
        let session = app.session(&person).await;
        assert_eq!(app.introspect(&session.access).await.body["active"], json!(true));

        administer(&app, &person, what.clone()).await;

        is_over(&app, &session).await;
        if let Administration::Suspend(_) = what {
            administer(&app, &person, Administration::Reinstate).await;
            is_over(&app, &session).await;
        }
    }
}

/// Asks everything that a session opens.
async fn is_over(app: &TestApp, session: &Session) {
    for (method, path) in [("GET", "/v1/me"), ("GET", "/v1/sessions"), ("DELETE", "/v1/sessions")] {
        let asked = app.ask(method.parse().unwrap(), path, &session.access, None).await;
        asked.refused(401, "unauthenticated");
    }
    app.delete(&path(session), &session.access).await.refused(401, "unauthenticated");
    app.get("/v1/me/receipt", &session.access).await.refused(401, "unauthenticated");
    let before = app.stream(Stream::TYPE, &session.id).await.len();
    app.refresh(&session.refresh).await.refused(422, "refresh_token_rejected");
    assert_eq!(app.stream(Stream::TYPE, &session.id).await.len(), before, "what is over takes no events");
    for token in [&session.access, &session.refresh] {
        assert_eq!(app.introspect(token).await.body, json!({ "active": false }));
    }
}

async fn administer(app: &TestApp, person: &Person, what: Administration) {
    app.service.administer(Context::operator(), person.account, what).await.unwrap();
    app.settled().await;
}

fn path(session: &Session) -> String {
    format!("/v1/sessions/{}", session.id)
}
