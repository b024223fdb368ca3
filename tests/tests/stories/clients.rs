//! Clients: outside of development mode, who starts something needs a client's key.

use countersign_api::Access;
use countersign_domain::client::Client;
use countersign_domain::client::Role;
use countersign_domain::decider::Decider;
use countersign_domain::id::ClientId;
use countersign_domain::session::Session;
use countersign_service::context::Context;
use countersign_stores::Opening;
use countersign_tests::app::mail::digits_in;
use countersign_tests::app::person::PASSWORD;
use countersign_tests::app::{BackupCode, Person, Setup, SignIn, TestApp};
use reqwest::Method;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn with_a_clients_key_a_person_goes_all_the_way_and_the_client_is_recorded() {
    let app = production().await;
    let (client, key) = client(&app).await;
    let person = person(&app, &key).await;

    let sign_in = SignIn::of(&app.post("/v1/sign-ins", &key, person.credentials()).await.expect(201));
    let shown = BackupCode::shown(&app.answer_by_mail(&sign_in).await.expect_state("save_required"));
    let granted = app.confirm(&sign_in, &shown.id).await.expect_state("signed_in");

    app.get("/v1/me", granted.at("/session/access_token")).await.expect(200);
    let started = app.last(person.account, "sign_in.started").await;
    assert_eq!(started.payload["client"], json!(client));
    assert_eq!(started.metadata["client"], json!(client));
    let session = app.stream(Session::TYPE, granted.at("/session/id")).await;
    assert_eq!(session[0].payload["client"], json!(client));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_good_key_nothing_can_be_started() {
    let app = production().await;
    let (_, key) = client(&app).await;
    let (_, unknown) = client(&production().await).await;
    let person = person(&app, &key).await;
    let sign_in = SignIn::of(&app.post("/v1/sign-ins", &key, person.credentials()).await.expect(201));
    let mut altered = key.clone();
    altered.replace_range(30..31, if altered[30..].starts_with('A') { "B" } else { "A" });
    for wrong in ["", "x", "ck_", &altered, &unknown, &sign_in.token] {
        for (path, body) in starts(&person) {
            app.post(path, wrong, body).await.refused(401, "unauthenticated");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_no_key_learns_nothing_from_what_they_send() {
    let app = production().await;
    for (path, _) in starts(&Person { email: String::new(), ..nobody() }) {
        let malformed = app.request(Method::POST, path).header("content-type", "application/json").body("{");
        app.send(malformed).await.refused(401, "unauthenticated");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_key_is_refused_from_then_on_and_its_pending_sign_in_can_be_finished() {
    let app = production().await;
    let (client, key) = client(&app).await;
    let person = person(&app, &key).await;
    let sign_in = SignIn::of(&app.post("/v1/sign-ins", &key, person.credentials()).await.expect(201));

    app.service.revoke_client(Context::operator(), client).await.unwrap();

    for (path, body) in starts(&person) {
        app.post(path, &key, body).await.refused(401, "unauthenticated");
    }
    app.answer_by_mail(&sign_in).await.expect_state("save_required");
    let history = app.stream(Client::TYPE, &client.to_string()).await;
    let names: Vec<&str> = history.iter().map(|event| event.event_type.as_str()).collect();
    assert_eq!(names, ["client.registered", "client.revoked"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_client_states_about_the_person_is_recorded_as_stated_by_it() {
    let app = production().await;
    let (client, key) = client(&app).await;
    let person = person(&app, &key).await;
    let mut typed = person.credentials();
    typed["context"] = json!({ "ip": "::ffff:203.0.113.77", "user_agent": "A Browser/1.0\u{0}\u{85}" });

    app.post("/v1/sign-ins", &key, typed.clone()).await.expect(201);
    typed["context"] = json!({ "user_agent": "A Browser/1.0" });
    app.post("/v1/sign-ins", &key, typed).await.expect(201);

    app.settled().await;
    let store = app.service.store();
    let opened = store.history("Account", &person.account.to_string(), Opening::Personal).await.unwrap();
    let started = opened.iter().filter(|event| event.event_type == "sign_in.started");
    let started: Vec<_> = started.map(|event| &event.metadata).collect();
    assert_eq!(started[0]["ip"], json!({ "$s1p": "203.0.113.77" }));
    assert_eq!(started[0]["user_agent"], json!({ "$s1p": "A Browser/1.0" }));
    assert_eq!(started[0]["ip_stated_by"], json!(client));
    assert_eq!(started[1]["ip"], json!({ "$s1p": "127.0.0.1" }));
    assert_eq!(started[1]["user_agent"], json!({ "$s1p": "A Browser/1.0" }));
    assert_eq!(started[1].get("ip_stated_by"), None, "it was seen on the connection");
}

#[tokio::test(flavor = "multi_thread")]
async fn headers_that_claim_another_origin_change_neither_what_is_recorded_nor_what_is_mailed() {
    let app = TestApp::start().await;
    let person = app.person().await;
    let mut hostile = app.request(Method::POST, "/v1/sign-ins").json(&person.credentials());
    for name in
        ["x-forwarded-for", "x-real-ip", "forwarded", "x-forwarded-host", "x-forwarded-proto", "origin"]
    {
        hostile = hostile.header(name, "evil.example").header(name, "203.0.113.9");
    }
    hostile = hostile.header("host", "evil.example").header("x-request-id", "chosen by the caller");

    let started = app.send(hostile).await.expect(201);

    assert_ne!(started.header("x-request-id"), Some("chosen by the caller"));
    let mail = app.mail_about(started.at("/challenge/id")).await.unwrap();
    let raw = std::fs::read_to_string(app.mailbox_folder().join(format!("{}.eml", mail.id))).unwrap();
    assert!(!raw.contains("evil") && !started.text.contains("evil"), "{raw}");
    let store = app.service.store();
    let opened = store.history("Account", &person.account.to_string(), Opening::Personal).await.unwrap();
    let begun = opened.iter().find(|event| event.event_type == "sign_in.started").unwrap();
    assert_eq!(begun.metadata["ip"], json!({ "$s1p": "127.0.0.1" }));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_development_mailbox_is_there_in_development_mode_alone() {
    let development = TestApp::start().await;
    let email = development.new_address();
    development.registration(&email).await;
    let page = development.get("/dev/mailbox", "").await.expect(200);
    assert!(page.text.contains(&email), "{}", page.text);
    assert_eq!(page.header("cache-control"), Some("no-store"));

    let production = production().await;
    for path in ["/dev/mailbox", "/dev/mailbox/", "//dev/mailbox", "/dev/./mailbox", "/v1/../dev/mailbox"] {
        production.get(path, "").await.refused(404, "not_found");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_mode_refuses_the_databases_of_the_other() {
    let app = production().await;
    let database = app.database().connect().await;
    let refused = database.claim_mode(countersign_stores::Mode::Development).await;
    assert!(refused.is_err(), "{refused:?}");
    database.close().await;
}

async fn production() -> TestApp {
    TestApp::with(Setup { access: Access::ClientKeys, ..Setup::default() }).await
}

async fn client(app: &TestApp) -> (ClientId, String) {
    let name = "an app".parse().expect("it is one line");
    let (client, key) =
        app.service.add_client(Context::operator(), name, Role::Client).await.expect("it can be added");
    (client, key.expose().to_owned())
}

/// A person who registered through a client.
async fn person(app: &TestApp, key: &str) -> Person {
    let person = Person { email: app.new_address(), ..nobody() };
    let registered = app.post("/v1/accounts", key, person.credentials()).await.expect(202);
    let mail = app.mail_to(&person.email).await;
    let code = digits_in(&mail[0].text).expect("a code was mailed");
    let proof = json!({ "registration_token": registered.at("/token"), "code": code });
    let account = app.post("/v1/accounts/verification", key, proof).await.expect(201);
    Person { account: account.at("/id").parse().expect("an account has an id"), ..person }
}

fn nobody() -> Person {
    let account = "acc_01890000-0000-7000-8000-000000000000".parse().expect("it is an id");
    Person { email: String::new(), password: PASSWORD.to_owned(), account }
}

/// What needs a client's key.
fn starts(person: &Person) -> [(&'static str, Value); 3] {
    let proof = json!({ "registration_token": "x", "code": "000000" });
    [
        ("/v1/accounts", person.credentials()),
        ("/v1/accounts/verification", proof),
        ("/v1/sign-ins", person.credentials()),
    ]
}
