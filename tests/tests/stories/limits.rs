//! Limits per client address, and who counts as one.

use std::num::NonZeroU32;

use countersign_api::{Access, Conditions, Rates};
use countersign_domain::client::Role;
use countersign_domain::time::Span;
use countersign_service::context::Context;
use countersign_tests::app::person::PASSWORD;
use countersign_tests::app::{Reply, Setup, TestApp};
use reqwest::Method;
use serde_json::{Value, json};

/// A backup code that is nobody's, without a slip of the pen.
const NOBODYS_CODE: &str = "0000-0000-0000-0000-0000-0000";

/// What a client asks for that costs a hash or a message.
fn what_costs(app: &TestApp) -> [(&'static str, Value); 6] {
    let address = json!({ "email": app.new_address() });
    let proof = json!({ "factor": "backup_code", "code": NOBODYS_CODE });
    let reset = json!({ "reset_token": "x", "code": "000000", "proof": proof, "password": PASSWORD });
    let recovery =
        json!({ "recovery_token": "x", "code": "000000", "backup_code": NOBODYS_CODE, "password": PASSWORD });
    [
        ("/v1/sign-ins", guess(app)),
        ("/v1/accounts", guess(app)),
        ("/v1/password-resets", address.clone()),
        ("/v1/password-resets/completion", reset),
        ("/v1/recoveries", address),
        ("/v1/recoveries/completion", recovery),
    ]
}

fn a_minute(requests: u32) -> Option<NonZeroU32> {
    NonZeroU32::new(requests)
}

async fn limited(access: Access, trusted_hops: usize, rates: Rates) -> TestApp {
    let conditions = Conditions { rates, trusted_hops, ..Conditions::default() };
    TestApp::with(Setup { access, conditions, ..Setup::default() }).await
}

/// Somebody whom nobody knows, and who guesses.
fn guess(app: &TestApp) -> Value {
    json!({ "email": app.new_address(), "password": "not the password of anybody" })
}

async fn guess_through(app: &TestApp, forwarded_for: &str) -> Reply {
    let request = app.request(Method::POST, "/v1/sign-ins").json(&guess(app));
    app.send(request.header("x-forwarded-for", forwarded_for)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_guesses_too_often_is_told_when_it_may_go_on() {
    let app = limited(Access::Open, 0, Rates { sign_in: a_minute(3), ..Rates::default() }).await;
    for left in [2, 1, 0] {
        let told = app.post("/v1/sign-ins", "", guess(&app)).await.refused(422, "credentials_rejected");
        assert_eq!(told.header("ratelimit-policy"), Some("\"sign-in\";q=3;w=60"));
        assert_eq!(
            told.header("ratelimit"),
            Some(format!("\"sign-in\";r={left};t={}", 60 - 20 * left).as_str())
        );
    }

    let told = app.post("/v1/sign-ins", "", guess(&app)).await.refused(429, "rate_limited");

    assert_eq!((told.retry_after(), told.header("ratelimit")), (20, Some("\"sign-in\";r=0;t=20")));
    app.post("/v1/accounts", "", guess(&app)).await.refused(429, "rate_limited");
    app.get("/healthz", "").await.expect(200);
    app.advance(Span::seconds(20));
    app.post("/v1/accounts", "", guess(&app)).await.expect(202);
    app.post("/v1/sign-ins", "", guess(&app)).await.refused(429, "rate_limited");
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_are_counted_before_their_credential_is_looked_at_and_proofs_apart_from_them() {
    let rates = Rates { api: a_minute(2), public: a_minute(1), ..Rates::default() };
    let app = limited(Access::ClientKeys, 0, rates).await;
    for _ in 0..2 {
        app.get("/v1/me", "nonsense").await.refused(401, "unauthenticated");
    }
    app.get("/v1/me", "nonsense").await.refused(429, "rate_limited");
    app.get("/v1/ledger/tree-head", "").await.refused(404, "not_found");
    let told = app.get("/checkpoint", "").await.refused(429, "rate_limited");
    assert_eq!(told.header("ratelimit-policy"), Some("\"public\";q=1;w=60"));
    let measured = app.get_operations("/metrics").await.expect(200).text;
    for group in ["api", "public"] {
        let line = format!("countersign_requests_limited_total{{group=\"{group}\"}} 1");
        assert!(measured.contains(&line), "{measured}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_client_with_a_key_states_counts_instead_of_its_own_address() {
    let app = limited(Access::ClientKeys, 0, Rates { sign_in: a_minute(1), ..Rates::default() }).await;
    let name = "an app".parse().unwrap();
    let (_, key) = app.service.add_client(Context::operator(), name, Role::Client, None).await.unwrap();
    let stated = |ip: &str| {
        let mut body = guess(&app);
        body["context"] = json!({ "ip": ip });
        body
    };
    for (path, body) in what_costs(&app) {
        let from = async |ip: &str| {
            let mut body = body.clone();
            body["context"] = json!({ "ip": ip });
            app.post(path, key.expose(), body).await
        };
        let first = from("2001:db8:1::1").await;
        assert!(![400, 429].contains(&first.status), "{path}: {}", first.text);
        from("2001:db8:1::2:2").await.refused(429, "rate_limited");
        assert_ne!(from("192.0.2.1").await.status, 429, "{path}");
        app.advance(Span::minutes(1));
    }
    // Who has no key exhausts nobody else's.
    for _ in 0..3 {
        app.post("/v1/sign-ins", "", stated("192.0.2.9")).await.refused(401, "unauthenticated");
    }
    app.post("/v1/sign-ins", key.expose(), stated("192.0.2.9")).await.refused(422, "credentials_rejected");
}

#[tokio::test(flavor = "multi_thread")]
async fn forged_entries_left_of_the_trusted_ones_gain_nothing() {
    for hops in 0..3 {
        let app = limited(Access::Open, hops, Rates { sign_in: a_minute(2), ..Rates::default() }).await;
        let real = ["192.0.2.5", "10.0.0.1", "10.0.0.2"];
        let behind = real.get(..hops).unwrap().join(", ");
        for attempt in 0..4 {
            let told = guess_through(&app, &format!("198.51.100.{attempt}, {behind}")).await;
            let expected = if attempt < 2 { 422 } else { 429 };
            assert_eq!(told.status, expected, "{hops} hops, attempt {attempt}: {}", told.text);
        }
        if hops > 0 {
            let other = behind.replacen("192.0.2.5", "192.0.2.6", 1);
            guess_through(&app, &other).await.refused(422, "credentials_rejected");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_setting_nothing_is_limited_or_told() {
    let app = TestApp::start().await;
    for _ in 0..40 {
        let told = app.get("/docs/problems", "").await.expect(200);
        assert_eq!(told.header("ratelimit"), None);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_app_asks_for_others_does_not_use_up_what_its_address_may_ask() {
    let app = limited(Access::ClientKeys, 0, Rates { api: a_minute(2), ..Rates::default() }).await;
    let name = "an app".parse().unwrap();
    let (_, key) = app.service.add_client(Context::operator(), name, Role::Client, None).await.unwrap();
    for _ in 0..6 {
        app.post("/v1/sign-ins", key.expose(), guess(&app)).await.refused(422, "credentials_rejected");
    }
    for _ in 0..2 {
        app.post("/v1/sign-ins", "ck_nonsense", guess(&app)).await.refused(401, "unauthenticated");
    }
    app.post("/v1/sign-ins", "ck_nonsense", guess(&app)).await.refused(429, "rate_limited");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_nowhere_and_what_cannot_be_done_there_count_as_pages() {
    let app = limited(Access::Open, 0, Rates { public: a_minute(2), ..Rates::default() }).await;
    app.get("/nowhere", "").await.refused(404, "not_found");
    app.delete("/docs", "").await.refused(405, "method_not_allowed");
    app.get("/nowhere", "").await.refused(429, "rate_limited");
    app.delete("/docs", "").await.refused(429, "rate_limited");
    app.get("/healthz", "").await.expect(200);
}
