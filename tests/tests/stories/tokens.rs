//! Tokens: each opens what it was made for, and nothing else.

use countersign_domain::client::Role;
use countersign_domain::time::Span;
use countersign_service::context::Context;
use countersign_tests::app::{Reply, SignIn, TestApp};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

/// A sign-in that nobody has; its id is well formed.
const NOBODYS: &str = "si_01890000-0000-7000-8000-000000000000";

/// Every kind of token that a person's client holds, each its own and good.
struct Held {
    sign_in: SignIn,
    other_sign_in: SignIn,
    tokens: Vec<(&'static str, String)>,
    access: String,
}

#[tokio::test(flavor = "multi_thread")]
async fn no_token_opens_what_another_kind_is_for() {
    let app = TestApp::start().await;
    let held = held(&app).await;
    for (method, path, body) in below(&held.sign_in) {
        for (kind, token) in held.tokens.iter().chain([&("access", held.access.clone())]) {
            let refused = app.ask(method.clone(), &path, token, body.clone()).await;
            unauthenticated(refused, &format!("{kind} {path}"));
        }
    }
    for (method, path) in of_a_person() {
        for (kind, token) in held.tokens.iter().chain([&("sign-in", held.sign_in.token.clone())]) {
            unauthenticated(app.ask(method.clone(), path, token, None).await, &format!("{kind} {path}"));
        }
    }
    app.look(&held.sign_in).await.expect_state("factor_required");
    app.get("/v1/me", &held.access).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_token_of_another_kind_is_exchanged_or_introspected() {
    let app = TestApp::start().await;
    let held = held(&app).await;
    let others = [("access", held.access.clone()), ("sign-in", held.sign_in.token.clone())];
    for (kind, token) in held.tokens.iter().chain(&others).filter(|(kind, _)| *kind != "refresh") {
        let refused = app.refresh(token).await;
        assert_eq!(refused.status, 422, "{kind}: {}", refused.text);
        refused.refused(422, "refresh_token_rejected");
        let active = app.introspect(token).await.body["active"] == json!(true);
        assert_eq!(active, *kind == "access", "{kind}");
    }
    let (_, refresh) = held.tokens.iter().find(|(kind, _)| *kind == "refresh").unwrap();
    app.refresh(refresh).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_token_but_its_own_completes_a_registration() {
    let app = TestApp::start().await;
    let held = held(&app).await;
    let (own, mail) = app.registration(&app.new_address()).await;
    let code = countersign_tests::app::mail::digits_in(&mail[0]).unwrap();
    let mut others: Vec<String> = held.tokens.iter().map(|(_, token)| token.clone()).collect();
    others.extend([held.access, held.sign_in.token, flipped(&own, 40)]);
    for token in others.iter().filter(|token| !token.starts_with("vt_")) {
        app.verify(token, &code).await.refused(422, "code_rejected");
    }
    app.verify(&own, &code).await.expect(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_with_a_bit_flipped_anywhere_opens_nothing() {
    let app = TestApp::start().await;
    let held = held(&app).await;
    for place in 0..held.sign_in.token.len() {
        let token = flipped(&held.sign_in.token, place);
        unauthenticated(app.get(&held.sign_in.path(""), &token).await, &format!("sign-in, at {place}"));
    }
    for place in 0..held.access.len() {
        unauthenticated(
            app.get("/v1/me", &flipped(&held.access, place)).await,
            &format!("access, at {place}"),
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_credential_that_is_missing_or_of_another_scheme_is_none() {
    let app = TestApp::start().await;
    let held = held(&app).await;
    let mine = of_a_person().into_iter().map(|(method, path)| (method, path.to_owned(), None));
    for (method, path, body) in below(&held.sign_in).into_iter().chain(mine) {
        let of_sign_in = path.starts_with("/v1/sign-ins");
        let good = if of_sign_in { &held.sign_in.token } else { &held.access };
        let ask_at = |path: &str| {
            let request = app.request(method.clone(), path);
            body.iter().fold(request, RequestBuilder::json)
        };
        let ask = || ask_at(&path);
        let wrong = [
            ask(),
            ask().header("authorization", format!("Basic {good}")),
            ask().header("authorization", good.clone()),
            ask().header("authorization", "Bearer "),
            ask().header("authorization", format!("Bearer {good}")).header("authorization", "Bearer x"),
            ask().header("cookie", format!("token={good}")),
            ask_at(&format!("{path}{}access_token={good}", if path.contains('?') { '&' } else { '?' })),
        ];
        for request in wrong {
            unauthenticated(app.send(request).await, &path);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_caller_is_asked_for_before_the_body_is_looked_at() {
    let app = TestApp::start().await;
    let held = held(&app).await;
    for (method, path, body) in below(&held.sign_in) {
        if body.is_some() {
            let request = app.request(method, &path).bearer_auth(&held.other_sign_in.token).body("{");
            unauthenticated(app.send(request.header("content-type", "application/json")).await, &path);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_id_that_is_no_sign_ins_names_nothing() {
    let app = TestApp::start().await;
    let held = held(&app).await;
    let upper = held.sign_in.id.to_uppercase();
    let account = held.sign_in.id.replace("si_", "acc_");
    for id in ["x", "%00", "%ff", "..%2f", &upper, &account, &held.sign_in.id[3..], &"9".repeat(4_000)] {
        let stranger = SignIn { id: id.to_owned(), ..held.sign_in.clone() };
        for (method, path, body) in below(&stranger) {
            app.ask(method, &path, &stranger.token, body).await.refused(404, "not_found");
        }
    }
    let nobodys = SignIn { id: NOBODYS.to_owned(), ..held.sign_in.clone() };
    for (method, path, body) in below(&nobodys) {
        unauthenticated(app.ask(method, &path, &nobodys.token, body).await, &path);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_access_token_ends_after_ten_minutes_and_the_session_does_not() {
    let app = TestApp::start().await;
    let held = held(&app).await;
    app.advance(Span::millis(599_999));
    app.get("/v1/me", &held.access).await.expect(200);
    app.advance(Span::millis(1));
    unauthenticated(app.get("/v1/me", &held.access).await, "access");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_person_holds_opens_nothing_of_another() {
    let app = TestApp::start().await;
    let (mine, _) = app.enrolled().await;
    let (yours, your_code, your_device) = app.enrolled_device().await;
    let (my_sign_in, your_sign_in) = (app.start_sign_in(&mine).await, app.start_sign_in(&yours).await);
    let your_digits = app.digits_of(&your_sign_in.challenge).await;

    app.answer_backup_code(&my_sign_in, &your_code.code).await.refused(422, "code_rejected");
    let with_yours =
        json!({ "factor": "email_code", "code": your_digits, "challenge_id": your_sign_in.challenge });
    app.post(&my_sign_in.path("/answers"), &my_sign_in.token, with_yours)
        .await
        .refused(410, "challenge_expired");
    let mut typed = mine.credentials();
    typed["device"] = json!({ "token": your_device });
    let started = SignIn::of(&app.sign_in_with(typed).await.expect(201));

    let recorded = app.last(mine.account, "sign_in.started").await;
    assert_eq!(recorded.payload.get("device"), None);
    let (gate, shown) = app.at_gate_by_backup_code(&yours, &your_code.code).await;
    app.confirm(&started, &shown.id).await.refused(409, "wrong_state");
    app.confirm(&gate, &shown.id).await.expect_state("signed_in");
}

async fn held(app: &TestApp) -> Held {
    let (person, _) = app.enrolled().await;
    let granting = app.start_sign_in(&person).await;
    let granted = app.answer_by_mail(&granting).await.expect_state("signed_in");
    let (first, other) = (app.start_sign_in(&person).await, app.start_sign_in(&person).await);
    let stranger = app.start_sign_in(&app.person().await).await;
    let device = app.enrolled_device().await.2;
    let registration = app.registration(&app.new_address()).await.0;
    let client = app
        .service
        .add_client(Context::operator(), "an app".parse().expect("a name"), Role::Client, None)
        .await;
    let (_, key) = client.expect("a client can be added");
    Held {
        tokens: vec![
            ("nothing", "x".to_owned()),
            ("another sign-in's", other.token.clone()),
            ("another person's sign-in", stranger.token),
            ("a sign-in's that ended", granting.token),
            ("registration", registration),
            ("refresh", granted.at("/session/refresh_token").to_owned()),
            ("device", device),
            ("client", key.expose().to_owned()),
        ],
        access: granted.at("/session/access_token").to_owned(),
        sign_in: first,
        other_sign_in: other,
    }
}

/// Everything that can be asked below a sign-in.
fn below(sign_in: &SignIn) -> Vec<(Method, String, Option<Value>)> {
    let saved = json!({ "backup_code_id": NOBODYS.replace("si_", "bc_"), "saved": true });
    vec![
        (Method::GET, sign_in.path(""), None),
        (Method::DELETE, sign_in.path(""), None),
        (Method::POST, sign_in.path("/challenges"), Some(json!({ "factor": "email_code" }))),
        (Method::POST, sign_in.path("/answers"), Some(json!({ "factor": "email_code", "code": "000000" }))),
        (Method::POST, sign_in.path("/backup-code/reissue"), None),
        (Method::POST, sign_in.path("/backup-code/confirmation"), Some(saved)),
    ]
}

/// Everything that a person can ask with an access token.
fn of_a_person() -> [(Method, &'static str); 5] {
    [
        (Method::GET, "/v1/me"),
        (Method::GET, "/v1/me/receipt"),
        (Method::GET, "/v1/sessions"),
        (Method::DELETE, "/v1/sessions?except=current"),
        (Method::DELETE, "/v1/sessions/ss_01890000-0000-7000-8000-000000000000"),
    ]
}

#[track_caller]
fn unauthenticated(reply: Reply, told: &str) {
    assert_eq!(reply.status, 401, "{told}: {}", reply.text);
    let refused = reply.refused(401, "unauthenticated");
    assert_eq!(refused.header("www-authenticate"), Some("Bearer"));
}

/// A token with the lowest bit of one character flipped.
fn flipped(token: &str, place: usize) -> String {
    let flip = |(at, byte)| char::from(if at == place { byte ^ 1 } else { byte });
    token.bytes().enumerate().map(flip).collect()
}
