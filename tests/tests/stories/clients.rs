//! Clients: outside of development mode, who starts something needs a client's key.

use countersign_api::Access;
use countersign_domain::client::Client;
use countersign_domain::client::Role;
use countersign_domain::decider::Decider;
use countersign_domain::id::ClientId;
use countersign_domain::session::Session;
use countersign_domain::time::Span;
use countersign_service::context::Context;
use countersign_stores::Opening;
use countersign_tests::app::mail::digits_in;
use countersign_tests::app::person::PASSWORD;
use countersign_tests::app::{BackupCode, Person, Session as Tokens, Setup, SignIn, TestApp};
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
    let session = session(&app, &key, &person).await;
    let audit = "an auditor".parse().unwrap();
    let (_, auditors) =
        app.service.add_client(Context::operator(), audit, Role::Auditor, None).await.unwrap();
    let tokens = [&sign_in.token, &session.access, &session.refresh, &auditors.expose().to_owned()];
    for wrong in ["", "x", "ck_", &altered, &unknown].into_iter().chain(tokens.map(String::as_str)) {
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
async fn with_a_client_its_pending_sign_ins_and_its_sessions_end() {
    let app = production().await;
    let (client, key) = client(&app).await;
    let person = person(&app, &key).await;
    let granted = session(&app, &key, &person).await;
    let sign_in = SignIn::of(&app.post("/v1/sign-ins", &key, person.credentials()).await.expect(201));
    let (_, other) = self::client(&app).await;
    let others = SignIn::of(&app.post("/v1/sign-ins", &other, person.credentials()).await.expect(201));
    let code = json!({ "factor": "email_code", "code": app.digits_of(&sign_in.challenge).await });
    let held = app.hold(&sign_in.path("/answers"), &sign_in.token, &code).await;

    app.service.revoke_client(Context::operator(), client).await.unwrap();

    held.let_go().await.refused(401, "unauthenticated");

    for (path, body) in starts(&person) {
        app.post(path, &key, body).await.refused(401, "unauthenticated");
    }
    app.look(&sign_in).await.refused(401, "unauthenticated");
    app.answer_by_mail(&sign_in).await.refused(401, "unauthenticated");
    app.cancel(&sign_in).await.refused(401, "unauthenticated");
    assert_eq!(app.count(person.account, "sign_in.signed_in").await, 1);
    for path in ["/v1/me", "/v1/sessions", "/v1/me/receipt"] {
        app.get(path, &granted.access).await.refused(401, "unauthenticated");
    }
    app.delete("/v1/sessions", &granted.access).await.refused(401, "unauthenticated");
    app.answer_by_mail(&others).await.expect_state("signed_in");
    let history = app.stream(Client::TYPE, &client.to_string()).await;
    let names: Vec<&str> = history.iter().map(|event| event.event_type.as_str()).collect();
    assert_eq!(names, ["client.registered", "client.revoked"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_given_to_one_client_is_nothing_in_the_hands_of_another() {
    let app = production().await;
    let ((own, key), (_, other)) = (client(&app).await, client(&app).await);
    let person = person(&app, &key).await;
    let session = session(&app, &key, &person).await;
    let exchange = |token: &str| json!({ "refresh_token": token });
    let ask = |token: &str| json!({ "token": token });

    for token in [&session.access, &session.refresh] {
        let told = app.post("/v1/tokens/introspect", &other, ask(token)).await.expect(200);
        assert_eq!(told.body, json!({ "active": false }));
        let told = app.post("/v1/tokens/introspect", &key, ask(token)).await.expect(200);
        assert_eq!((&told.body["active"], told.at("/client_id")), (&json!(true), own.to_string().as_str()));
    }
    let stolen = app.post("/v1/tokens/refresh", &other, exchange(&session.refresh)).await;
    stolen.refused(422, "refresh_token_rejected");
    let next = app.post("/v1/tokens/refresh", &key, exchange(&session.refresh)).await.expect(200);
    let replayed = app.post("/v1/tokens/refresh", &other, exchange(&session.refresh)).await;
    replayed.refused(422, "refresh_token_rejected");
    app.get("/v1/me", next.at("/access_token")).await.expect(200);
    let list = app.get("/v1/sessions", next.at("/access_token")).await.expect(200);
    assert_eq!(list.at("/data/0/client"), own.to_string());
    let refreshed = app.stream(Session::TYPE, &session.id).await.pop().unwrap();
    assert_eq!(refreshed.event_type, "session.refreshed");
    assert_eq!(refreshed.metadata["client"], json!(own));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registration_is_completed_by_the_client_that_began_it() {
    let app = production().await;
    let ((_, key), (_, other)) = (client(&app).await, client(&app).await);
    let email = app.new_address();
    let asked = json!({ "email": email, "password": PASSWORD });
    let registered = app.post("/v1/accounts", &key, asked).await.expect(202);
    let mail = app.mail_to(&email).await;
    let code = digits_in(&mail[0].text).unwrap();
    let proof = json!({ "registration_token": registered.at("/token"), "code": code });

    let stolen = app.post("/v1/accounts/verification", &other, proof.clone()).await;

    stolen.refused(422, "code_rejected");
    app.post("/v1/accounts/verification", &key, proof).await.expect(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_is_completed_by_the_client_that_began_it() {
    let app = production().await;
    let ((_, key), (_, other)) = (client(&app).await, client(&app).await);
    let person = person(&app, &key).await;
    let sign_in = SignIn::of(&app.post("/v1/sign-ins", &key, person.credentials()).await.expect(201));
    let shown = BackupCode::shown(&app.answer_by_mail(&sign_in).await.expect_state("save_required"));
    app.confirm(&sign_in, &shown.id).await.expect_state("signed_in");
    let email = json!({ "email": person.email });
    let asked = app.post("/v1/password-resets", &key, email).await.expect(202);
    let completion = app.reset_of(&person, &asked).await.completion(&shown.code, "quiet lanterns at dusk");

    let stolen = app.post("/v1/password-resets/completion", &other, completion.clone()).await;

    stolen.refused(422, "code_rejected");
    assert_eq!(app.count(person.account, "account.password_changed").await, 0);
    app.post("/v1/password-resets/completion", &key, completion).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_client_stands_beside_every_event_that_comes_of_what_it_asked_for() {
    let app = production().await;
    let (client, key) = client(&app).await;
    let person = person(&app, &key).await;
    let first = session(&app, &key, &person).await;
    let mut typed = person.credentials();
    typed["purpose"] = json!("step_up");
    let sign_in = SignIn::of(&app.post("/v1/sign-ins", &key, typed).await.expect(201));
    app.advance(Span::seconds(31));
    app.ask_for_code(&sign_in).await.expect(201);
    let stepped_up = Tokens::granted(&app.answer_by_mail(&sign_in).await.expect_state("signed_in"));
    let code = app.ask_for_backup_code(&stepped_up).await;
    let saved = json!({ "backup_code_id": code.id, "saved": true });
    app.post("/v1/me/backup-code/confirmation", &stepped_up.access, saved).await.expect(200);
    let exchange = json!({ "refresh_token": stepped_up.refresh });
    let refreshed = app.post("/v1/tokens/refresh", &key, exchange).await.expect(200);
    let access = refreshed.at("/access_token");
    app.delete(&format!("/v1/sessions/{}", first.id), access).await.expect(204);
    let given_up = SignIn::of(&app.post("/v1/sign-ins", &key, person.credentials()).await.expect(201));
    app.cancel(&given_up).await.expect(204);
    let chosen = json!({ "password": "quiet lanterns over the estuary" });
    app.post("/v1/me/password", access, chosen).await.expect(200);

    let mut events = app.events(person.account).await;
    for id in [&first.id, &stepped_up.id] {
        events.extend(app.stream(Session::TYPE, id).await);
    }

    for event in events {
        assert_eq!(event.metadata.get("client"), Some(&json!(client)), "{}", event.event_type);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_is_opened_by_its_token_alone_and_by_no_clients_key() {
    let app = production().await;
    let ((_, key), (_, other)) = (client(&app).await, client(&app).await);
    let person = person(&app, &key).await;
    let sign_in = SignIn::of(&app.post("/v1/sign-ins", &key, person.credentials()).await.expect(201));
    for key in [&key, &other] {
        app.get(&sign_in.path(""), key).await.refused(404, "not_found");
        app.delete(&sign_in.path(""), key).await.refused(404, "not_found");
        let asked = app.post(&sign_in.path("/challenges"), key, json!({ "factor": "email_code" })).await;
        asked.refused(404, "not_found");
    }
    let (_, unknown) = client(&production().await).await;
    let audit = "an auditor".parse().unwrap();
    let (_, auditors) =
        app.service.add_client(Context::operator(), audit, Role::Auditor, None).await.unwrap();
    for invalid in ["ck_", &unknown, auditors.expose()] {
        app.get(&sign_in.path(""), invalid).await.refused(401, "unauthenticated");
    }
    app.look(&sign_in).await.expect_state("factor_required");
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
    app.post("/v1/sign-ins", &key, typed.clone()).await.expect(201);
    typed["context"] = json!({ "user_agent": "é".repeat(600) });
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
    assert_eq!(started[2]["user_agent"], json!({ "$s1p": "é".repeat(512) }));
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
        app.service.add_client(Context::operator(), name, Role::Client, None).await.expect("it can be added");
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

/// A session of a person who had none, through a client.
async fn session(app: &TestApp, key: &str, person: &Person) -> Tokens {
    let sign_in = SignIn::of(&app.post("/v1/sign-ins", key, person.credentials()).await.expect(201));
    let shown = BackupCode::shown(&app.answer_by_mail(&sign_in).await.expect_state("save_required"));
    Tokens::granted(&app.confirm(&sign_in, &shown.id).await.expect_state("signed_in"))
}

fn nobody() -> Person {
    let account = "acc_01890000-0000-7000-8000-000000000000".parse().expect("it is an id");
    Person { email: String::new(), password: PASSWORD.to_owned(), account }
}

/// What needs a client's key.
fn starts(person: &Person) -> [(&'static str, Value); 5] {
    let proof = json!({ "registration_token": "x", "code": "000000" });
    [
        ("/v1/accounts", person.credentials()),
        ("/v1/accounts/verification", proof),
        ("/v1/sign-ins", person.credentials()),
        ("/v1/tokens/refresh", json!({ "refresh_token": "x" })),
        ("/v1/tokens/introspect", json!({ "token": "x" })),
    ]
}
