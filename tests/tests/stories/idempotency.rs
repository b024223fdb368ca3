//! A request that is asked again, under the same key, has one effect and one answer.

use countersign_domain::time::Span;
use countersign_service::{REMEMBERED, entropy};
use countersign_tests::app::mail::digits_in;
use countersign_tests::app::person::PASSWORD;
use countersign_tests::app::record::all_events;
use countersign_tests::app::{BackupCode, Person, Reply, Server, SignIn, TestApp};
use reqwest::Method;
use serde_json::{Value, json};

pub(super) const KEY: &str = "a-key-that-is-long-enough";

/// Posts under a key.
pub(super) async fn post_under(
    key: &str,
    server: &Server,
    path: &str,
    token: &str,
    body: Option<Value>,
) -> Reply {
    let mut request = server.request(Method::POST, path).header("Idempotency-Key", key);
    if !token.is_empty() {
        request = request.bearer_auth(token);
    }
    if let Some(body) = body {
        request = request.json(&body);
    }
    server.send(request).await
}

pub(super) fn is_replayed(reply: &Reply) -> bool {
    reply.header("idempotency-replayed") == Some("true")
}

/// Posts the same twice, under a key of its own: one effect, and one answer.
async fn twice(app: &TestApp, path: &str, token: &str, body: Option<Value>) -> Reply {
    let key = hex::encode(entropy::bytes::<16>());
    let first = post_under(&key, app, path, token, body.clone()).await;
    app.settled().await;
    let events = all_events(app.database()).await.len();

    let again = post_under(&key, app, path, token, body).await;

    assert!(!is_replayed(&first) && is_replayed(&again), "{path}");
    assert_eq!((again.status, &again.text), (first.status, &first.text), "{path}");
    for header in ["location", "countersign-version", "content-type", "cache-control", "retry-after"] {
        assert_eq!(again.header(header), first.header(header), "{header} of {path}");
    }
    app.settled().await;
    assert_eq!(all_events(app.database()).await.len(), events, "{path} had an effect again");
    first
}

#[tokio::test(flavor = "multi_thread")]
async fn every_step_of_the_flow_can_be_asked_again() {
    let app = TestApp::start().await;
    let email = app.new_address();
    let credentials = json!({ "email": email, "password": PASSWORD });
    let token = twice(&app, "/v1/accounts", "", Some(credentials.clone())).await.expect(202);
    let code = digits_in(&app.mail_to(&email).await[0].text).unwrap();
    let proof = json!({ "registration_token": token.at("/token"), "code": code });
    twice(&app, "/v1/accounts/verification", "", Some(proof)).await.expect(201);

    let sign_in = SignIn::of(&twice(&app, "/v1/sign-ins", "", Some(credentials.clone())).await.expect(201));
    let at_gate = app.answer_by_mail(&sign_in).await.expect_state("save_required");
    app.confirm(&sign_in, &BackupCode::shown(&at_gate).id).await.expect_state("signed_in");

    let backup_code = BackupCode::shown(&at_gate).code;
    let sign_in = app.sign_in_with(credentials).await.expect(201);
    let sign_in = SignIn::of(&sign_in);
    app.advance(Span::seconds(31));
    let factor = json!({ "factor": "email_code" });
    twice(&app, &sign_in.path("/challenges"), &sign_in.token, Some(factor)).await.expect(201);
    let answer = json!({ "factor": "backup_code", "code": backup_code });
    let redeemed = twice(&app, &sign_in.path("/answers"), &sign_in.token, Some(answer)).await;
    let shown = BackupCode::shown(&redeemed.expect_state("save_required"));
    let reissued = twice(&app, &sign_in.path("/backup-code/reissue"), &sign_in.token, None).await;
    let reissued = BackupCode::shown(&reissued.expect(200));
    assert_ne!(shown, reissued);
    let saved = json!({ "backup_code_id": reissued.id, "saved": true });
    let path = sign_in.path("/backup-code/confirmation");
    twice(&app, &path, &sign_in.token, Some(saved)).await.expect_state("signed_in");
}

/// Also the request: whoever asks again is given the same token, and one message is sent.
#[tokio::test(flavor = "multi_thread")]
async fn a_reset_that_is_asked_for_twice_and_completed_twice_is_one_reset() {
    let app = TestApp::start().await;
    let (person, backup_code) = app.enrolled().await;
    let mailed = app.mail_to(&person.email).await.len();

    let asked = twice(&app, "/v1/password-resets", "", Some(json!({ "email": person.email }))).await;
    let reset = app.reset_of(&person, &asked.expect(202)).await;
    let completion = reset.completion(&backup_code.code, "quiet lanterns over the estuary");
    let done = twice(&app, "/v1/password-resets/completion", "", Some(completion)).await.expect(200);

    let changed = Person { password: "quiet lanterns over the estuary".to_owned(), ..person };
    app.at_gate_by_backup_code(&changed, &BackupCode::shown(&done).code).await;
    let codes = app.mail_to(&changed.email).await.into_iter().skip(mailed);
    let codes = codes.filter(|mail| mail.subject.contains("password") && digits_in(&mail.text).is_some());
    assert_eq!(codes.count(), 1);
    let nobody = json!({ "email": app.new_address() });
    twice(&app, "/v1/password-resets", "", Some(nobody)).await.expect(202);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_is_counted_once_and_answered_alike_whoever_owns_the_address() {
    let app = TestApp::start().await;
    let person = app.person().await;
    let mut told = Vec::new();
    for (key, email) in [(KEY, person.email.clone()), ("another-long-enough-key", app.new_address())] {
        let wrong = json!({ "email": email, "password": "not the password of anybody" });
        let first = post_under(key, &app, "/v1/sign-ins", "", Some(wrong.clone())).await;
        let again = post_under(key, &app, "/v1/sign-ins", "", Some(wrong)).await;
        assert_eq!(again.text, first.text);
        told.push((first.status, again.status, is_replayed(&again)));
    }
    assert_eq!(told, [(422, 422, true); 2]);
    assert_eq!(app.count(person.account, "sign_in.password_rejected").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_code_is_counted_once() {
    let app = TestApp::start().await;
    let person = app.person().await;
    let sign_in = app.start_sign_in(&person).await;
    let answer = json!({ "factor": "backup_code", "code": "0000-0000-0000-0000-0000-0000" });
    twice(&app, &sign_in.path("/answers"), &sign_in.token, Some(answer)).await.expect(422);
    assert_eq!(app.count(person.account, "backup_code.rejected").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_that_time_lifts_is_not_kept() {
    let app = TestApp::start().await;
    let person = app.person().await;
    let sign_in = app.start_sign_in(&person).await;
    let factor = Some(json!({ "factor": "email_code" }));
    let path = sign_in.path("/challenges");
    post_under(KEY, &app, &path, &sign_in.token, factor.clone()).await.refused(429, "resend_too_soon");

    app.advance(Span::seconds(31));

    let asked = post_under(KEY, &app, &path, &sign_in.token, factor).await.expect(201);
    assert!(!is_replayed(&asked));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_stands_for_one_body() {
    let app = TestApp::start().await;
    let person = app.person().await;
    let other = json!({ "email": person.email, "password": "another password altogether" });
    post_under(KEY, &app, "/v1/sign-ins", "", Some(person.credentials())).await.expect(201);

    let reused = post_under(KEY, &app, "/v1/sign-ins", "", Some(other)).await;

    reused.refused(422, "idempotency_key_reused");
    assert_eq!(app.count(person.account, "sign_in.password_rejected").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_belongs_to_the_credential_that_it_came_with() {
    let app = TestApp::start().await;
    let (one, other) = (app.person().await, app.person().await);
    let (one, other) = (app.start_sign_in(&one).await, app.start_sign_in(&other).await);
    let factor = Some(json!({ "factor": "email_code" }));
    app.advance(Span::seconds(31));
    post_under(KEY, &app, &one.path("/challenges"), &one.token, factor.clone()).await.expect(201);

    let others = post_under(KEY, &app, &other.path("/challenges"), &other.token, factor.clone()).await;
    let stolen = post_under(KEY, &app, &one.path("/challenges"), &other.token, factor).await;

    assert!(!is_replayed(&others.expect(201)));
    stolen.refused(401, "unauthenticated");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_too_short_too_long_or_given_twice_is_refused() {
    let app = TestApp::start().await;
    for key in ["short", &"k".repeat(129), "not-only-printable-\u{e4}"] {
        let refused = post_under(key, &app, "/v1/sign-ins", "", Some(json!({}))).await;
        let refused = refused.refused(400, "invalid_request");
        assert_eq!(refused.at("/errors/0/pointer"), "/headers/idempotency-key");
    }
    let request = app.request(Method::POST, "/v1/sign-ins").json(&json!({}));
    let twice = request.header("Idempotency-Key", KEY).header("Idempotency-Key", KEY);
    app.send(twice).await.refused(400, "invalid_request");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_at_once_under_one_key_on_two_servers_one_works_and_all_get_its_answer() {
    let app = TestApp::start().await;
    let other = app.another_server().await;
    let (person, backup_code) = app.enrolled().await;
    let sign_in = app.start_sign_in(&person).await;
    let answer = json!({ "factor": "backup_code", "code": backup_code.code });
    let (path, token) = (sign_in.path("/answers"), sign_in.token.as_str());
    let ask = |server| post_under(KEY, server, &path, token, Some(answer.clone()));

    let pair = || async {
        let (one, two) = tokio::join!(ask(&app), ask(&other));
        [one, two]
    };
    let (first, second, third) = tokio::join!(pair(), pair(), pair());
    let replies = [first, second, third].concat();

    let later = ask(&app).await.expect(200);
    assert_eq!(replies.iter().filter(|reply| reply.status == 200 && !is_replayed(reply)).count(), 1);
    for reply in replies {
        if reply.status == 200 {
            assert_eq!(reply.text, later.text);
        } else {
            assert!(reply.refused(409, "idempotency_in_progress").retry_after() <= 10);
        }
    }
    assert_eq!(app.count(person.account, "backup_code.redeemed").await, 1);
    assert_eq!(app.count(person.account, "backup_code.rejected").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_and_replies_are_swept_when_their_time_is_over() {
    let app = TestApp::start().await;
    let (person, backup_code) = app.enrolled().await;
    let sign_in = app.start_sign_in(&person).await;
    let answer = json!({ "factor": "backup_code", "code": backup_code.code });
    post_under(KEY, &app, &sign_in.path("/answers"), &sign_in.token, Some(answer)).await.expect(200);
    let count = async |table: &str| app.database().texts(&format!("SELECT key_mac FROM {table}")).await.len();
    assert_eq!((count("idempotency_keys").await, count("idempotency_replies").await), (1, 1));

    app.advance(Span::minutes(45));
    app.sweep().await;
    assert_eq!((count("idempotency_keys").await, count("idempotency_replies").await), (1, 0));
    app.advance(REMEMBERED);
    app.sweep().await;

    assert_eq!((count("idempotency_keys").await, count("idempotency_replies").await), (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_events_of_a_request_carry_a_keyed_hash_of_its_key_and_nothing_else_does() {
    let app = TestApp::start().await;
    let person = app.person().await;
    post_under(KEY, &app, "/v1/sign-ins", "", Some(person.credentials())).await.expect(201);
    app.settled().await;

    let noted = app.database().texts("SELECT key_mac FROM idempotency_keys").await;
    let started = app.last(person.account, "sign_in.started").await;
    let sent = app.last(person.account, "code.sent").await;

    assert_eq!(started.metadata["idempotency"], json!(noted[0]));
    assert_eq!(sent.metadata.get("idempotency"), None);
    let whole = countersign_tests::app::record::whole_tables(app.database()).await.join("\n");
    assert!(!whole.contains(KEY) && !whole.contains(PASSWORD));
}
