//! Refreshing: a refresh token is good once, a lost reply is given again, and a token that comes back later ends the
//! session.

use countersign_domain::decider::Decider;
use countersign_domain::session::Session as Stream;
use countersign_domain::time::Span;
use countersign_tests::app::{Session, Setup, TestApp};
use serde_json::json;

/// The key that takes the old one's place.
const NEW_KEY: &str = "new:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";
/// Refreshes at once.
const RACERS: usize = 16;

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_is_refreshed_has_new_tokens() {
    let app = TestApp::start().await;
    let (person, _) = app.enrolled().await;
    let session = app.session(&person).await;
    app.advance(Span::minutes(20));
    app.get("/v1/me", &session.access).await.refused(401, "unauthenticated");

    let reply = app.refresh(&session.refresh).await.expect(200);

    assert_eq!((reply.at("/object"), reply.at("/id")), ("session", session.id.as_str()));
    assert_eq!((reply.at("/token_type"), reply.at("/aal")), ("Bearer", "aal1"));
    assert_eq!((&reply.body["expires_in"], &reply.body["amr"]), (&json!(600), &json!(["pwd", "email"])));
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    let refreshed = Session::refreshed(&reply);
    assert_ne!(refreshed.refresh, session.refresh);
    app.get("/v1/me", &refreshed.access).await.expect(200);
    assert_eq!(names(&app, &session.id).await, ["session.started", "session.refreshed"]);
    let recorded = app.stream(Stream::TYPE, &session.id).await.pop().unwrap();
    assert!(recorded.payload["refresh_token"].as_str().unwrap().starts_with("s1v."));
    app.refresh(&refreshed.refresh).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_reply_is_given_again_for_ten_seconds_and_then_the_session_ends() {
    let app = TestApp::start().await;
    let (person, _) = app.enrolled().await;
    let session = app.session(&person).await;
    let first = Session::refreshed(&app.refresh(&session.refresh).await.expect(200));
    app.advance(Span::millis(9_999));

    let again = Session::refreshed(&app.refresh(&session.refresh).await.expect(200));

    assert_eq!(again.refresh, first.refresh);
    assert_eq!(names(&app, &session.id).await, ["session.started", "session.refreshed"]);

    app.advance(Span::millis(1));
    app.refresh(&session.refresh).await.refused(422, "refresh_token_rejected");

    assert_eq!(ended(&app, &session.id).await, "refresh_token_reused");
    for access in [&session.access, &first.access, &again.access] {
        app.get("/v1/me", access).await.refused(401, "unauthenticated");
    }
    app.refresh(&first.refresh).await.refused(422, "refresh_token_rejected");
}

#[tokio::test(flavor = "multi_thread")]
async fn any_older_token_of_a_session_ends_it_at_once_in_the_commit_that_says_so() {
    for older in 0..3 {
        let app = TestApp::start().await;
        let (person, _) = app.enrolled().await;
        let mut sessions = vec![app.session(&person).await];
        for _ in 0..4 {
            let reply = app.refresh(&sessions.last().unwrap().refresh).await.expect(200);
            sessions.push(Session::refreshed(&reply));
        }

        app.refresh(&sessions[older].refresh).await.refused(422, "refresh_token_rejected");

        let newest = sessions.last().unwrap();
        app.refresh(&newest.refresh).await.refused(422, "refresh_token_rejected");
        app.get("/v1/me", &newest.access).await.refused(401, "unauthenticated");
        let events = app.stream(Stream::TYPE, &newest.id).await;
        let [.., reused, revoked] = events.as_slice() else { panic!("{events:?}") };
        assert_eq!(reused.event_type, "session.refresh_token_reused");
        assert_eq!(revoked.event_type, "session.revoked");
        assert_eq!(reused.metadata["command_id"], revoked.metadata["command_id"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_refreshes_at_once_all_get_the_same_token() {
    let app = TestApp::start().await;
    let other = app.another_server().await;
    let (person, _) = app.enrolled().await;
    let session = app.session(&person).await;

    let racing = (0..RACERS).map(|racer| {
        let server = if racer % 2 == 0 { &*app } else { &other };
        let body = json!({ "refresh_token": session.refresh });
        server.request(reqwest::Method::POST, "/v1/tokens/refresh").json(&body)
    });
    let racing: Vec<_> = racing.map(|request| tokio::spawn(request.send())).collect();
    let mut tokens = Vec::new();
    for racer in racing {
        let response = racer.await.unwrap().unwrap();
        assert_eq!(response.status().as_u16(), 200);
        let body: serde_json::Value = response.json().await.unwrap();
        tokens.push(body["refresh_token"].as_str().unwrap().to_owned());
    }

    tokens.dedup();
    assert_eq!(tokens.len(), 1);
    assert_eq!(names(&app, &session.id).await, ["session.started", "session.refreshed"]);
    app.refresh(&tokens[0]).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_reply_is_given_again_by_a_server_whose_current_key_is_another() {
    let app = TestApp::start().await;
    let rotated =
        app.another_server_with(Setup::keyring(&format!("{NEW_KEY},{}", countersign_tests::app::OLD_KEY)));
    let rotated = rotated.await;
    let (person, _) = app.enrolled().await;
    let session = app.session(&person).await;
    let first = Session::refreshed(&app.refresh(&session.refresh).await.expect(200));

    let again = Session::refreshed(&rotated.refresh(&session.refresh).await.expect(200));

    assert_eq!(again.refresh, first.refresh);
    let next = Session::refreshed(&rotated.refresh(&first.refresh).await.expect(200));
    assert!(first.refresh.starts_with("rt_old_") && next.refresh.starts_with("rt_new_"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_with_a_bit_flipped_anywhere_refreshes_and_ends_nothing() {
    let app = TestApp::start().await;
    let (person, _) = app.enrolled().await;
    let session = app.session(&person).await;
    for place in 0..session.refresh.len() {
        let flip = |(at, byte)| char::from(if at == place { byte ^ 1 } else { byte });
        let flipped: String = session.refresh.bytes().enumerate().map(flip).collect();
        app.refresh(&flipped).await.refused(422, "refresh_token_rejected");
    }
    assert_eq!(names(&app, &session.id).await, ["session.started"]);
    app.refresh(&session.refresh).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_of_two_factors_ends_an_hour_after_its_last_refresh() {
    let app = TestApp::start().await;
    let (person, code) = app.enrolled().await;
    let (sign_in, shown) = app.at_gate_by_backup_code(&person, &code.code).await;
    let granted = app.confirm(&sign_in, &shown.id).await.expect_state("signed_in");
    assert_eq!(granted.at("/session/aal"), "aal2");
    app.advance(Span::minutes(59));
    let refreshed = Session::refreshed(&app.refresh(granted.at("/session/refresh_token")).await.expect(200));
    app.get("/v1/me", &refreshed.access).await.expect(200);

    app.advance(Span::minutes(60));

    app.refresh(&refreshed.refresh).await.refused(422, "refresh_token_rejected");
    assert_eq!(names(&app, &refreshed.id).await, ["session.started", "session.refreshed"]);
}

async fn names(app: &TestApp, session: &str) -> Vec<String> {
    app.stream(Stream::TYPE, session).await.into_iter().map(|event| event.event_type).collect()
}

/// Why a session ended.
async fn ended(app: &TestApp, session: &str) -> String {
    let last = app.stream(Stream::TYPE, session).await.pop().unwrap();
    assert_eq!(last.event_type, "session.revoked");
    last.payload["cause"].as_str().unwrap().to_owned()
}
