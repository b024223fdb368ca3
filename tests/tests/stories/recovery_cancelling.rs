//! A recovery that an operator prepares: everybody whom the account belongs to is told, and any of them says no.

use countersign_domain::time::Span;
use countersign_service::context::Context;
use countersign_service::flow::Administration;
use countersign_tests::app::recovery::WAIT;
use countersign_tests::app::{Person, Reply, TestApp};
use reqwest::Method;
use serde_json::{Value, json};

/// Whether an operator's code recovers the account now.
async fn recovers(app: &TestApp, person: &Person, operators: &str) -> bool {
    let recovery = app.recovery(person).await;
    let proofs = [("operator_code", operators), ("code", &*recovery.digits)];
    app.recover(&recovery, &proofs).await.status == 201
}

async fn pressed(app: &TestApp, path: &str) -> Reply {
    let request = app.request(Method::POST, path);
    app.send(request.header("content-type", "application/x-www-form-urlencoded")).await
}

async fn subjects(app: &TestApp, person: &Person) -> Vec<String> {
    let mail = app.mail_to(&person.email).await;
    mail.into_iter().map(|message| message.subject).filter(|subject| subject.contains("ecover")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_prepared_recovery_is_told_by_mail_once_and_shown_in_every_session() {
    let app = TestApp::start().await;
    let (person, _) = app.enrolled().await;
    let sessions = [app.signed_in(&person).await, app.signed_in(&person).await];
    for session in &sessions {
        assert_eq!(app.get("/v1/me", session).await.expect(200).body["recovery"], Value::Null);
    }
    let now = app.now();

    app.operator_code(&person).await;

    let prepared = json!({
        "requested_at": now, "valid_from": now + WAIT, "expires_at": now + WAIT + Span::days(7),
    });
    for session in &sessions {
        assert_eq!(app.get("/v1/me", session).await.expect(200).body["recovery"], prepared);
    }
    app.sweep().await;
    assert_eq!(subjects(&app, &person).await, ["A recovery of your account was prepared"]);
    app.advance(Span::days(10));
    let session = app.signed_in(&person).await;
    assert_eq!(app.get("/v1/me", &session).await.expect(200).body["recovery"], Value::Null);
    app.delete("/v1/me/recovery", &session).await.refused(404, "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn any_session_cancels_it_without_a_step_up() {
    let app = TestApp::start().await;
    let (person, _) = app.enrolled().await;
    let session = app.signed_in(&person).await;
    app.delete("/v1/me/recovery", &session).await.refused(404, "not_found");
    let operators = app.operator_code(&person).await;

    let version = app.delete("/v1/me/recovery", &session).await.expect(204);

    assert!(version.header("countersign-version").is_some());
    let cancelled = app.last(person.account, "recovery.cancelled").await;
    assert_eq!(cancelled.payload["by"], "session");
    assert!(cancelled.payload["session"].as_str().is_some_and(|id| id.starts_with("ss_")));
    assert_eq!(app.get("/v1/me", &session).await.expect(200).body["recovery"], Value::Null);
    app.delete("/v1/me/recovery", &session).await.refused(404, "not_found");
    app.delete("/v1/me/recovery", "x").await.refused(401, "unauthenticated");
    app.advance(WAIT);
    assert!(!recovers(&app, &person, &operators).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_link_of_the_notice_asks_first_and_its_button_cancels() {
    let app = TestApp::start().await;
    let (person, _) = app.enrolled().await;
    let operators = app.operator_code(&person).await;
    let path = app.cancel_path(&person).await;

    for _ in 0..2 {
        let page = app.get(&path, "").await.expect(200);
        assert!(page.text.contains("<form method=\"post\">"), "{}", page.text);
        let policy = page.header("content-security-policy").unwrap();
        assert!(
            policy.starts_with("default-src 'none'") && policy.contains("form-action 'self'"),
            "{policy}"
        );
        assert_eq!(page.header("cache-control"), Some("no-store"));
        assert_eq!(page.header("referrer-policy"), Some("no-referrer"));
        for foreign in ["<script", "<img", "<link", "src=", "url(", "http"] {
            assert!(!page.text.contains(foreign), "{foreign}");
        }
    }
    assert_eq!(app.count(person.account, "recovery.cancelled").await, 0, "looking changes nothing");

    let page = pressed(&app, &path).await.expect(200);
    assert!(page.text.contains("The recovery is cancelled"), "{}", page.text);
    assert_eq!(app.last(person.account, "recovery.cancelled").await.payload["by"], "mail");
    for page in [pressed(&app, &path).await, app.get(&path, "").await] {
        assert!(page.expect(200).text.contains("There is nothing to cancel"));
    }
    app.advance(WAIT);
    assert!(!recovers(&app, &person, &operators).await);
    assert_eq!(app.count(person.account, "recovery.cancelled").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_is_old_or_forged_cancels_nothing() {
    let app = TestApp::start().await;
    let (person, _) = app.enrolled().await;
    app.operator_code(&person).await;
    let old = app.cancel_path(&person).await;
    let operators = app.operator_code(&person).await;
    let new = app.cancel_path(&person).await;
    assert_ne!(old, new);

    assert!(pressed(&app, &old).await.expect(200).text.contains("There is nothing to cancel"));
    let (whole, last) = new.split_at(new.len() - 1);
    let forged = format!("{whole}{}", if last == "0" { "1" } else { "0" });
    for path in [&*forged, "/recovery/cancel/x"] {
        pressed(&app, path).await.refused(404, "not_found");
        app.get(path, "").await.refused(404, "not_found");
    }

    app.advance(WAIT);
    assert!(recovers(&app, &person, &operators).await);
    assert!(pressed(&app, &new).await.expect(200).text.contains("There is nothing to cancel"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_becomes_of_a_recovery_is_told_by_mail_once() {
    let app = TestApp::start().await;
    let (person, _) = app.enrolled().await;
    app.operator_code(&person).await;
    app.service.cancel_recovery(Context::operator(), person.account).await.unwrap();
    assert_eq!(app.last(person.account, "recovery.cancelled").await.payload["by"], "operator");
    let operators = app.operator_code(&person).await;
    app.advance(WAIT);
    assert!(recovers(&app, &person, &operators).await);
    app.sweep().await;

    let mut told = subjects(&app, &person).await;
    told.sort_unstable();
    let expected = [
        "A recovery of your account was prepared",
        "A recovery of your account was prepared",
        "The recovery of your account was cancelled",
        "Your account was recovered",
        "Your code to recover your account",
    ];
    assert_eq!(told, expected);
    let mail = app.mail_to(&person.email).await;
    assert!(!mail.iter().any(|message| message.subject == "Your password was changed"), "told as a whole");
    let events = app.events(person.account).await;
    let completed = events.iter().find(|event| event.event_type == "recovery.completed").unwrap();
    let notice = events.iter().find(|event| event.payload["notice"] == "account_recovered").unwrap();
    assert_eq!(notice.payload["about"], completed.sequence);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspended_account_is_not_recovered_also_with_what_was_prepared_before() {
    let app = TestApp::start().await;
    let (person, _) = app.enrolled().await;
    let operators = app.operator_code(&person).await;
    let path = app.cancel_path(&person).await;
    app.advance(WAIT);
    let recovery = app.recovery(&person).await;
    let administer = async |what| {
        app.service.administer(Context::operator(), person.account, what).await.unwrap();
    };
    administer(Administration::Suspend("as the law demands".parse().unwrap())).await;

    let proofs = [("operator_code", &*operators), ("code", &*recovery.digits)];
    app.recover(&recovery, &proofs).await.refused(422, "code_rejected");
    let reason = "showed a passport".parse().unwrap();
    let refused = app.service.issue_operator_code(Context::operator(), person.account, reason, None).await;
    assert!(refused.is_err());
    assert!(pressed(&app, &path).await.expect(200).text.contains("There is nothing to cancel"));
    administer(Administration::Reinstate).await;
    assert!(!recovers(&app, &person, &operators).await);
}
