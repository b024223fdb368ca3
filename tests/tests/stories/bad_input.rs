//! Bad input: whatever is sent, the answer is a problem that says what is wrong, and nothing is lost.

use std::collections::BTreeSet;

use countersign_api::{Access, api_document};
use countersign_tests::app::person::PASSWORD;
use countersign_tests::app::{Reply, SignIn, TestApp};
use reqwest::Method;
use serde_json::{Value, json};

/// What stands in every field once: control characters, and texts that pass for something else.
const STRANGE: [&str; 10] = [
    "\u{0}",
    "a\u{0}b",
    "\u{1}\u{2}\u{1f}",
    "\u{7f}\u{85}\u{9f}",
    "\r\nSubject: forged",
    "\u{202e}\u{2028}",
    "s1p.old.AAAA",
    "$s1v",
    "'; DROP TABLE events; --",
    "\u{10ffff}\u{feff}",
];

/// A backup code that is well formed and nobody's.
const NOBODYS: &str = "0000-0000-0000-0000-0000-0000";

#[tokio::test(flavor = "multi_thread")]
async fn all_that_is_wrong_with_a_body_is_told_at_once_with_its_place() {
    let app = TestApp::start().await;
    let body = json!({
        "email": "nowhere", "locale": 7, "extra/~": true,
        "device": { "label": "", "colour": "blue" },
        "context": { "ip": "300.0.0.1", "user_agent": false },
    });

    let told = app.sign_in_with(body).await.refused(400, "invalid_request");

    let expected = [
        "/context/ip",
        "/context/user_agent",
        "/device/colour",
        "/device/label",
        "/email",
        "/extra~1~0",
        "/locale",
        "/password",
    ];
    assert_eq!(pointers(&told), expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_header_is_told_with_what_is_wrong_with_the_body() {
    let app = TestApp::start().await;
    let request = app.request(Method::POST, "/v1/sign-ins").header("idempotency-key", "short");
    let request =
        request.header("content-type", "application/json").body(r#"{"email": "x", "email": "nowhere"}"#);

    let told = app.send(request).await.refused(400, "invalid_request");

    assert_eq!(pointers(&told), ["/email", "/email", "/headers/idempotency-key", "/password"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_stands_twice_is_refused_and_the_last_value_is_not_believed() {
    let app = TestApp::start().await;
    let person = app.person().await;
    let typed = person.credentials().to_string();
    let twice = format!(r#"{{"password": "x", {}"#, &typed[1..]);
    let within = typed.replacen('{', r#"{"device": {"label": "one", "label": "two"}, "#, 1);
    for (body, pointer) in [(twice, "/password"), (within, "/device/label")] {
        let request = app.request(Method::POST, "/v1/sign-ins").header("content-type", "application/json");
        let told = app.send(request.body(body)).await.refused(400, "invalid_request");
        assert_eq!(told.body["errors"], json!([{ "pointer": pointer, "detail": "is given twice" }]));
    }
    let told = app.get("/v1/audit/events?limit=5&limit=6&order=newest&order=oldest&odd=1", "").await;
    assert_eq!(pointers(&told.refused(400, "invalid_request")), ["/limit", "/odd", "/order"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_takes_no_reply_that_there_is_is_told_what_to_take() {
    let app = TestApp::start().await;
    for (path, taken) in [
        ("/v1/audit/events/stream", "text/event-stream"),
        ("/v1/audit/events", "application/json"),
        ("/v1/ledger/tree-head", "application/json"),
    ] {
        let asked = app.request(Method::GET, path).header("accept", "image/png");
        let told = app.send(asked).await.refused(406, "not_acceptable");
        assert!(told.at("/detail").contains(taken), "{}", told.text);
    }
}

/// Where a reply says that something is wrong, in order.
fn pointers(told: &Reply) -> Vec<&str> {
    let errors = told.body["errors"].as_array().unwrap().iter();
    let mut pointers: Vec<&str> = errors.map(|error| error["pointer"].as_str().unwrap()).collect();
    pointers.sort_unstable();
    pointers
}

#[tokio::test(flavor = "multi_thread")]
async fn every_endpoint_that_takes_a_body_refuses_what_it_does_not_know() {
    let app = TestApp::start().await;
    for Endpoint { path, token, body } in endpoints(&app).await {
        let mut surplus = body.clone();
        surplus["surplus"] = json!(1);
        let told = app.post(&path, &token, surplus).await.refused(400, "invalid_request");
        assert_eq!(
            told.body["errors"],
            json!([{ "pointer": "/surplus", "detail": "is not known" }]),
            "{path}"
        );

        let told = app.post(&path, &token, json!({})).await.refused(400, "invalid_request");
        let missing = told.body["errors"].as_array().unwrap().len();
        assert_eq!(missing, required(&body), "{path}: {}", told.text);
        for (name, _) in body.as_object().unwrap() {
            for wrong in [json!(null), json!(1), json!([]), json!({}), json!("x".repeat(5_000))] {
                let mut odd = body.clone();
                odd[name] = wrong;
                let told = app.post(&path, &token, odd).await.refused(400, "invalid_request");
                let place = told.at("/errors/0/pointer");
                assert!(
                    place == format!("/{name}") || place.starts_with(&format!("/{name}/")),
                    "{path}: {}",
                    told.text
                );
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_json_object_is_malformed() {
    let app = TestApp::start().await;
    let deep = "[".repeat(5_000);
    let bodies =
        ["", "{", "[]", "null", "\"x\"", "{\"email\":\"\\ud800\"}", "{} {}", "\u{feff}{}", deep.as_str()];
    for Endpoint { path, token, .. } in endpoints(&app).await {
        for body in bodies {
            let request = app.request(Method::POST, &path).bearer_auth(&token);
            let request = request.header("content-type", "application/json").body(body.to_owned());
            let told = app.send(request).await.refused(400, "invalid_request");
            assert!(!pointers(&told).is_empty(), "{path}: {}", told.text);
        }
        let bytes = app.request(Method::POST, &path).bearer_auth(&token);
        let bytes = bytes.header("content-type", "application/json").body(vec![0xff, 0xfe, b'{', b'}']);
        app.send(bytes).await.refused(400, "invalid_request");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_of_16_kib_is_read_and_one_byte_more_is_not() {
    let app = TestApp::start().await;
    for Endpoint { path, token, body } in endpoints(&app).await {
        let text = body.to_string();
        let padded = |length: usize| format!("{text}{}", " ".repeat(length - text.len()));
        let ask = |body: String| {
            let request = app.request(Method::POST, &path).bearer_auth(&token);
            request.header("content-type", "application/json; charset=utf-8").body(body)
        };
        app.send(ask(padded(16 * 1024 + 1))).await.refused(413, "payload_too_large");
        let read = app.send(ask(padded(16 * 1024))).await;
        assert_ne!(read.status, 413, "{path}: {}", read.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_content_type_than_json_is_not_taken() {
    let app = TestApp::start().await;
    for Endpoint { path, token, body } in endpoints(&app).await {
        for kind in ["", "text/plain", "application/x-www-form-urlencoded", "application/jsonp", "json"] {
            let request = app.request(Method::POST, &path).bearer_auth(&token).header("content-type", kind);
            app.send(request.body(body.to_string())).await.refused(415, "unsupported_media_type");
        }
        let request = app.request(Method::POST, &path).bearer_auth(&token).body(body.to_string());
        app.send(request).await.refused(415, "unsupported_media_type");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_address_and_a_wrong_method_are_problems_too() {
    let app = TestApp::start().await;
    for path in ["/", "/v1", "/v1/", "/v1/nothing", "/v2/sign-ins", "/v1/sign-ins/", "/docs/problems/nothing"]
    {
        app.get(path, "").await.refused(404, "not_found");
    }
    for Endpoint { path, .. } in endpoints(&app).await {
        let refused = app.ask(Method::PUT, &path, "", None).await.refused(405, "method_not_allowed");
        assert_eq!(refused.header("allow"), Some("POST"), "{path}");
    }
    app.post("/v1/me", "", json!({})).await.refused(405, "method_not_allowed");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_problem_has_a_page_and_every_page_is_of_a_problem() {
    let app = TestApp::start().await;
    let index = app.get("/docs/problems", "").await.expect(200);
    let parts = index.text.split("<section id=\"").skip(1);
    let codes: Vec<&str> = parts.filter_map(|part| part.split('"').next()).collect();
    assert!(codes.len() > 20, "{codes:?}");
    for code in &codes {
        let page = app.get(&format!("/docs/problems/{code}"), "").await.expect(200);
        assert!(page.header("content-type").is_some_and(|kind| kind.starts_with("text/html")), "{code}");
        for part in [&*format!("<code>{code}</code>"), "Why:", "Again:", "Where:"] {
            assert!(page.text.contains(part), "{part} of {code}: {}", page.text);
        }
    }
    let weak = app.get("/docs/problems/password_too_weak", "").await.expect(200);
    assert!(weak.text.contains("<a href=\"/docs#change_password\"><code>POST /v1/me/password</code></a>"));
    let told = app.sign_in_with(json!({})).await.refused(400, "invalid_request");
    app.get(told.at("/type"), "").await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn strange_characters_in_any_field_break_and_lose_nothing() {
    let app = TestApp::start().await;
    for Endpoint { path, token, body } in endpoints(&app).await {
        for (name, _) in body.as_object().unwrap() {
            for strange in STRANGE {
                let mut odd = body.clone();
                odd[name] = json!(strange);
                let told = app.post(&path, &token, odd).await;
                assert!((200..500).contains(&told.status), "{path} {name} {strange:?}: {}", told.text);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_and_a_device_of_strange_characters_work_like_any_other() {
    let app = TestApp::start().await;
    let email = app.new_address();
    let password = "vio\u{0}let \u{202e}harbour\r\n sings \u{1f}quietly \u{10ffff}";
    let token = app.register(&email, password).await.expect(202).at("/token").to_owned();
    let mail = app.mail_to(&email).await;
    let code = countersign_tests::app::mail::digits_in(&mail[0].text).unwrap();
    app.verify(&token, &code).await.expect(201);
    for label in STRANGE.into_iter().filter(|label| !label.chars().any(char::is_control)) {
        let typed =
            json!({ "email": email, "password": password, "device": { "label": label, "token": label } });
        let started = app.sign_in_with(typed).await.expect(201);
        app.cancel(&SignIn::of(&started)).await.expect(204);
    }
    let without = password.replace('\u{0}', "");
    app.sign_in_with(json!({ "email": email, "password": without }))
        .await
        .refused(422, "credentials_rejected");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_weak_password_is_refused_with_a_reason_and_guidance() {
    let app = TestApp::start().await;
    for weak in ["short", "passwordpassword", "person0@countersign.example", &"long ".repeat(60)] {
        let told = app.register("person0@countersign.example", weak).await.refused(422, "password_too_weak");
        assert!(!told.at("/reason").is_empty(), "{}", told.text);
        assert!(told.body["guidance"].as_array().is_some_and(|all| !all.is_empty()), "{}", told.text);
    }
    assert_eq!(app.mail_to("person0@countersign.example").await.len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_operation_of_the_document_that_needs_a_body_is_among_those_that_are_tried_here() {
    let app = TestApp::start().await;
    let tried = endpoints(&app).await.into_iter().map(|endpoint| {
        let parts = endpoint.path.split('/').map(|part| if part.starts_with("si_") { "{id}" } else { part });
        parts.collect::<Vec<_>>().join("/")
    });
    let tried: BTreeSet<String> = tried.collect();
    let paths = api_document(Access::Open)["paths"].as_object().unwrap().iter();
    let needs = paths.filter(|(_, methods)| methods["post"]["requestBody"]["required"] == true);
    let needs: BTreeSet<String> = needs.map(|(path, _)| path.clone()).collect();
    let left: Vec<_> = needs.difference(&tried).map(String::as_str).collect();
    // One takes a form as well, the other is an auditor's: each has stories of its own.
    assert_eq!(left, ["/v1/audit/exports", "/v1/tokens/introspect"]);
}

/// An endpoint that takes a body, and a body that it would take.
struct Endpoint {
    path: String,
    token: String,
    body: Value,
}

async fn endpoints(app: &TestApp) -> Vec<Endpoint> {
    let sign_in = app.start_sign_in(&app.person().await).await;
    let (own, open) = (sign_in.token.clone(), String::new());
    let below = |below: &str, body: Value| Endpoint { path: sign_in.path(below), token: own.clone(), body };
    let start = |path: &str, body: Value| Endpoint { path: path.to_owned(), token: open.clone(), body };
    let access = app.signed_in(&app.enrolled().await.0).await;
    let signed_in = |path: &str, body: Value| Endpoint { path: path.to_owned(), token: access.clone(), body };
    let proof = json!({ "factor": "backup_code", "code": NOBODYS });
    let completion = json!({ "reset_token": "x", "code": "000000", "proof": proof, "password": PASSWORD });
    let recovery =
        json!({ "recovery_token": "x", "password": PASSWORD, "code": "000000", "backup_code": NOBODYS });
    let backup_code = "bc_01890000-0000-7000-8000-000000000000";
    vec![
        start("/v1/accounts", json!({ "email": app.new_address(), "password": PASSWORD })),
        start("/v1/accounts/verification", json!({ "registration_token": "x", "code": "000000" })),
        start("/v1/sign-ins", json!({ "email": app.new_address(), "password": PASSWORD })),
        start("/v1/tokens/refresh", json!({ "refresh_token": "x" })),
        start("/v1/password-resets", json!({ "email": app.new_address() })),
        start("/v1/password-resets/completion", completion),
        start("/v1/recoveries", json!({ "email": app.new_address() })),
        start("/v1/recoveries/completion", recovery),
        signed_in("/v1/me/password", json!({ "password": PASSWORD })),
        signed_in("/v1/me/backup-code/confirmation", json!({ "backup_code_id": backup_code, "saved": true })),
        below("/challenges", json!({ "factor": "email_code" })),
        below("/answers", json!({ "factor": "email_code", "code": "000000" })),
        below("/backup-code/confirmation", json!({ "backup_code_id": backup_code, "saved": true })),
    ]
}

/// How many of a body's fields are told of where all are missing: those that are in it, and the third proof of a recovery,
/// which could be given in place of one of the two.
fn required(body: &Value) -> usize {
    let third = usize::from(body.get("recovery_token").is_some());
    body.as_object().map_or(0, serde_json::Map::len) + third
}
