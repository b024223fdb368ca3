//! Introspection: a client learns whether a token is good, of its own tokens alone.

use countersign_tests::app::{ISSUER, Session, TestApp};
use reqwest::Method;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn a_good_token_is_active_and_says_what_it_stands_for() {
    let app = TestApp::start().await;
    let (person, _) = app.enrolled().await;
    let session = app.session(&person).await;

    let access = app.introspect(&session.access).await.body;
    let refresh = app.introspect(&session.refresh).await.body;

    let now = app.now().as_millis() / 1_000;
    let common = json!({
        "active": true, "iss": ISSUER, "sub": person.account, "aud": ISSUER, "client_id": ISSUER,
        "sid": session.id, "amr": ["pwd", "email"], "aal": "aal1", "auth_time": now, "iat": now,
    });
    let mut expected = common.clone();
    expected["exp"] = json!(now + 600);
    expected["jti"] = access["jti"].clone();
    expected["token_type"] = json!("Bearer");
    assert_eq!(access, expected);
    let mut expected = common;
    expected["exp"] = json!(now + 30 * 24 * 60 * 60);
    assert_eq!(refresh, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_was_exchanged_is_not_active_and_asking_ends_nothing() {
    let app = TestApp::start().await;
    let session = app.session(&app.enrolled().await.0).await;
    let next = Session::refreshed(&app.refresh(&session.refresh).await.expect(200));
    let newest = Session::refreshed(&app.refresh(&next.refresh).await.expect(200));

    for spent in [&session.refresh, &next.refresh] {
        assert_eq!(app.introspect(spent).await.body, json!({ "active": false }));
    }

    assert_eq!(app.introspect(&newest.refresh).await.body["active"], json!(true));
    app.refresh(&newest.refresh).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_asked_about_in_a_form_or_in_json_and_in_nothing_else() {
    let app = TestApp::start().await;
    let session = app.session(&app.enrolled().await.0).await;
    let ask = |kind: &str, body: String| {
        let request = app.request(Method::POST, "/v1/tokens/introspect");
        request.header("content-type", kind.to_owned()).body(body)
    };
    let form = "application/x-www-form-urlencoded";
    let token = &session.access;

    for body in [format!("token={token}"), format!("token={token}&token_type_hint=refresh_token")] {
        let reply = app.send(ask(form, body)).await.expect(200);
        assert_eq!(reply.body["active"], json!(true));
    }
    let hinted = json!({ "token": token, "token_type_hint": "access_token" }).to_string();
    assert_eq!(app.send(ask("application/json", hinted)).await.expect(200).body["active"], json!(true));

    for body in ["", "token_type_hint=x", "token=a&token=b", "token=a&surplus=1"] {
        app.send(ask(form, body.to_owned())).await.refused(400, "invalid_request");
    }
    for body in ["{}", "[]", "token=a", "{\"token\": 1}", "{\"token\": \"a\", \"surplus\": 1}"] {
        app.send(ask("application/json", body.to_owned())).await.refused(400, "invalid_request");
    }
    app.send(ask("text/plain", format!("token={token}"))).await.refused(415, "unsupported_media_type");
}
