//! The document at `/openapi.json`: what form it has, that its examples are true, and that the page for people says
//! the same.
//!
//! That replies are as it says is looked at after every story, when its app is dropped.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use countersign_api::{Access, api_document, operators_document};
use countersign_tests::app::recovery::WAIT;
use countersign_tests::app::{Person, Setup, SignIn, TestApp};
use countersign_tests::contract::exchange::Listener;
use countersign_tests::contract::{Contract, Exchange};
use serde_json::{Map, Value, json};

const EXAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../api/src/openapi/examples.json");

fn documents() -> [&'static Value; 3] {
    [api_document(Access::Open), api_document(Access::ClientKeys), operators_document()]
}

#[test]
fn the_document_is_one_of_openapi_3_1() {
    let schema = include_str!("../../openapi/oas-3.1-schema.json");
    let schema: Value = serde_json::from_str(schema).unwrap();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    for document in documents() {
        let wrong: Vec<_> = validator.iter_errors(document).map(|error| error.to_string()).collect();
        assert_eq!(wrong, [""; 0]);
        let mut broken = document.clone();
        broken["paths"]["/healthz"]["get"]["responses"]["200"] = json!({ "body": "ok" });
        assert!(!validator.is_valid(&broken), "a response without a description is noticed");
    }
}

#[test]
fn operations_are_described_whole() {
    for document in documents() {
        let mut ids = Vec::new();
        for (path, method, operation) in operations(document) {
            let what = format!("{method} {path}");
            for field in ["operationId", "summary", "tags", "security", "responses"] {
                assert!(!operation[field].is_null(), "{what} has no {field}");
            }
            ids.push(operation["operationId"].as_str().unwrap());
            for (status, response) in operation["responses"].as_object().unwrap() {
                assert_eq!(response["headers"]["x-request-id"]["required"], true, "{what} {status}");
            }
            let links = operation["responses"].as_object().unwrap().values();
            let links = links.filter_map(|response| response["links"].as_object()).flat_map(Map::values);
            for link in links {
                let to = &link["operationId"];
                assert!(operations(document).iter().any(|(_, _, other)| other["operationId"] == *to), "{to}");
            }
        }
        let all = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), all, "each operation has a name of its own");
    }
}

#[test]
fn everything_that_can_be_said_has_an_example_that_fits() {
    for document in documents() {
        let contract = Contract::new(document);
        for (path, method, operation) in operations(document) {
            let parameters = operation["parameters"].as_array().into_iter().flatten();
            for parameter in parameters {
                let what = format!("{} of {method} {path}", parameter["name"]);
                assert_example(&contract, parameter, &what);
            }
            for (status, response) in operation["responses"].as_object().unwrap() {
                for (name, header) in response["headers"].as_object().into_iter().flatten() {
                    assert_example(&contract, header, &format!("{name} of {method} {path} {status}"));
                }
                for (media_type, form) in response["content"].as_object().into_iter().flatten() {
                    let what = format!("{media_type} of {method} {path} {status}");
                    let is_ours = operation["operationId"] != "show_document" && form["examples"].is_null();
                    if is_ours && !BYTES.contains(&media_type.as_str()) {
                        assert_example(&contract, form, &what);
                    }
                }
            }
        }
    }
}

/// Forms that cannot be shown as text.
const BYTES: [&str; 2] = ["application/octet-stream", "application/zip"];

#[track_caller]
fn assert_example(contract: &Contract, described: &Value, what: &str) {
    let schema = &described["schema"];
    if schema["enum"].is_array() || !schema["const"].is_null() {
        return;
    }
    let example = &described["example"];
    assert!(!example.is_null(), "there is no example of {what}");
    assert_eq!(contract.misfit(schema, example), None, "{what}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_document_is_served_as_who_may_call_sees_it() {
    for access in [Access::Open, Access::ClientKeys] {
        let app = TestApp::with(Setup { access, ..Setup::default() }).await;
        let served = app.get("/openapi.json", "").await.expect(200);
        assert_eq!(&served.body, api_document(access));
        let can_do_without =
            served.body["paths"]["/v1/sign-ins"]["post"]["security"] == json!([{ "client_key": [] }, {}]);
        assert_eq!(can_do_without, access == Access::Open);
        let of_operators = app.get_operations("/openapi.json").await.expect(200);
        assert_eq!(&of_operators.body, operators_document());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_of_the_api_names_every_operation_and_loads_nothing() {
    let app = TestApp::start().await;
    let page = app.get("/docs", "").await.expect(200);
    for (_, _, operation) in operations(api_document(Access::Open)) {
        let id = operation["operationId"].as_str().unwrap();
        assert!(page.text.contains(&format!("<article id=\"{id}\">")), "{id}");
    }
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{policy}");
    for foreign in ["<script", "<img", "<link", "src=", "url(", "http://", "https://"] {
        assert!(!page.text.contains(foreign), "{foreign}");
    }
    let links = page.text.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
    let mut links: Vec<_> = links.filter(|link| link.starts_with('/')).collect();
    links.sort_unstable();
    links.dedup();
    assert!(links.len() > 20, "{links:?}");
    for link in links {
        app.get(link, "").await.expect(200);
    }
}

/// With `UPDATE_DOCS=1` the examples are written anew.
#[tokio::test(flavor = "multi_thread")]
async fn the_examples_of_the_document_are_of_a_real_run() {
    let app = TestApp::start().await;
    everything_once(&app).await;
    if std::env::var_os("UPDATE_DOCS").is_some() {
        let text = serde_json::to_string_pretty(&examples(&app)).unwrap();
        std::fs::write(Path::new(EXAMPLES), text + "\n").unwrap();
    }
    let written: Value = serde_json::from_str(&std::fs::read_to_string(EXAMPLES).unwrap()).unwrap();
    let document = api_document(Access::Open);
    let contract = Contract::new(document);
    for (_, _, operation) in operations(document) {
        let id = operation["operationId"].as_str().unwrap();
        for (what, schema) in shapes(operation) {
            let example = written.get(id).and_then(|examples| examples.get(&what));
            let example = example.unwrap_or_else(|| panic!("there is no example of {id} {what}"));
            assert_eq!(contract.misfit(&schema, example), None, "{id} {what}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_that_the_document_does_not_describe_is_noticed() {
    let app = TestApp::start().await;
    let person = app.person().await;
    app.sign_in_with(person.credentials()).await.expect(201);
    let started = find(&app, "/v1/sign-ins");
    let contract = Contract::of(Listener::Open);
    assert_eq!(contract.broken(&started), [""; 0]);

    let altered = |alter: fn(&mut Exchange)| {
        let mut altered = started.clone();
        alter(&mut altered);
        contract.broken(&altered)
    };
    let found = [
        altered(|exchange| set(exchange, "state", json!("undecided"))),
        altered(|exchange| set(exchange, "surplus", json!(1))),
        altered(|exchange| set(exchange, "version", json!("17"))),
        altered(|exchange| exchange.status = 200),
        altered(|exchange| drop(exchange.told.remove("location"))),
        altered(|exchange| drop(exchange.told.insert("cache-control", "public".parse().unwrap()))),
        altered(|exchange| drop(exchange.told.insert("x-surplus", "1".parse().unwrap()))),
        altered(|exchange| drop(exchange.told.insert("content-type", "text/plain".parse().unwrap()))),
        altered(|exchange| exchange.request = Arc::new(Mutex::new(b"{\"email\": 7}".to_vec()))),
        altered(|exchange| exchange.uri = "/v1/nowhere".parse().unwrap()),
    ];
    for (place, found) in found.iter().enumerate() {
        assert!(!found.is_empty(), "alteration {place} is not noticed");
    }
}

fn set(exchange: &mut Exchange, field: &str, value: Value) {
    let mut body: Value = serde_json::from_slice(exchange.reply.as_deref().unwrap()).unwrap();
    body[field] = value;
    exchange.reply = Some(body.to_string().into_bytes());
}

fn find(app: &TestApp, path: &str) -> Exchange {
    let found = app.exchanges().into_iter().find(|exchange| exchange.uri.path() == path);
    found.expect("it was asked for")
}

/// Asks for everything that is answered with JSON, successfully.
async fn everything_once(app: &TestApp) {
    let person = app.person().await;
    let given_up = SignIn::of(&app.sign_in_with(person.credentials()).await.expect(201));
    app.cancel(&given_up).await.expect(204);
    let sign_in = SignIn::of(&app.sign_in_with(person.credentials()).await.expect(201));
    app.get(&sign_in.path(""), &sign_in.token).await.expect(200);
    app.advance(countersign_domain::time::Span::seconds(31));
    app.post(&sign_in.path("/challenges"), &sign_in.token, json!({ "factor": "email_code" }))
        .await
        .expect(201);
    let code = app.digits_of(&sign_in.challenge).await;
    let proof = json!({ "factor": "email_code", "code": code });
    app.post(&sign_in.path("/answers"), &sign_in.token, proof).await.expect_state("save_required");
    let shown = app.post(&sign_in.path("/backup-code/reissue"), &sign_in.token, json!({})).await.expect(200);
    let saved = json!({ "backup_code_id": shown.at("/id"), "saved": true });
    let in_ = app.post(&sign_in.path("/backup-code/confirmation"), &sign_in.token, saved).await;
    let in_ = in_.expect_state("signed_in");
    let (token, spent) = (in_.at("/session/access_token"), in_.at("/session/refresh_token"));
    app.post("/v1/tokens/introspect", "", json!({ "token": token })).await.expect(200);
    app.get("/v1/sessions", token).await.expect(200);
    app.get("/.well-known/jwks.json", "").await.expect(200);
    app.caught_up().await;
    app.service.sign_head(None).await.expect("a head can be signed");
    app.get("/v1/me", token).await.expect(200);
    app.get("/v1/me/receipt", token).await.expect(200);
    app.post("/v1/tokens/refresh", "", json!({ "refresh_token": spent })).await.expect(200);
    let state = format!("/v1/audit/accounts/{}/state", person.account);
    let replay = format!("/v1/audit/sign-ins/{}/replay", sign_in.id);
    for path in [
        "/v1/audit/events?q=type:backup_code.*&limit=1",
        "/v1/audit/events/3",
        "/v1/audit/summary?bucket=day",
        &state,
        &replay,
        "/v1/ledger/tree-head",
        "/v1/ledger/inclusion?index=3",
        "/v1/ledger/consistency?from=3",
    ] {
        app.get(path, "").await.expect(200);
    }
    app.post("/v1/audit/exports", "", json!({ "format": "jsonl" })).await.expect(200);
    credentials_once(app, &person).await;
    recovery_once(app, &person).await;
}

/// Prepares a recovery, says no to it, and recovers the account with the mailed code and another one.
async fn recovery_once(app: &TestApp, person: &Person) {
    let person = &Person { password: "violet harbour sings loudly".to_owned(), ..person.clone() };
    let (sign_in, shown) = app.at_gate_by_mail(person).await;
    let in_ = app.confirm(&sign_in, &shown.id).await.expect_state("signed_in");
    app.operator_code(person).await;
    app.delete("/v1/me/recovery", in_.at("/session/access_token")).await.expect(204);
    let operators = app.operator_code(person).await;
    app.get("/v1/me", in_.at("/session/access_token")).await.expect(200);
    app.advance(WAIT);
    let recovery = app.recovery_with(person, &operators).await;
    let proofs = [("operator_code", &*operators), ("code", &*recovery.digits)];
    app.recover(&recovery, &proofs).await.expect(201);
}

/// Changes one's own credentials, and resets the password.
async fn credentials_once(app: &TestApp, person: &Person) {
    let mut typed = person.credentials();
    typed["purpose"] = json!("step_up");
    let sign_in = SignIn::of(&app.sign_in_with(typed).await.expect(201));
    let stepped_up = app.answer_by_mail(&sign_in).await.expect_state("signed_in");
    let token = stepped_up.at("/session/access_token");
    app.post("/v1/me/password", token, json!({ "password": "amber lanterns hum at dusk" })).await.expect(200);
    let issued = app.post("/v1/me/backup-code", token, json!({})).await.expect(201);
    let saved = json!({ "backup_code_id": issued.at("/id"), "saved": true });
    app.post("/v1/me/backup-code/confirmation", token, saved).await.expect(200);
    let reset = app.post("/v1/password-resets", "", json!({ "email": person.email })).await.expect(202);
    let requested = app.last(person.account, "code.requested").await;
    let code = app.digits_of(requested.payload["challenge"].as_str().unwrap()).await;
    let completion = json!({
        "reset_token": reset.at("/token"), "code": code,
        "proof": { "factor": "backup_code", "code": issued.at("/code") },
        "password": "violet harbour sings loudly",
    });
    app.post("/v1/password-resets/completion", "", completion).await.expect(200);
}

/// What was asked and answered last, by operation.
fn examples(app: &TestApp) -> BTreeMap<String, BTreeMap<String, Value>> {
    let mut examples: BTreeMap<String, BTreeMap<String, Value>> = BTreeMap::new();
    for exchange in app.exchanges().into_iter().filter(|exchange| exchange.status < 300) {
        let found = Contract::of(exchange.listener).operation(&exchange).expect("it was answered");
        let of_it = examples.entry(found.operation["operationId"].as_str().unwrap().to_owned()).or_default();
        if let Ok(request) = serde_json::from_slice(&exchange.request()) {
            of_it.insert("request".to_owned(), request);
        }
        if let Ok(reply) = serde_json::from_slice(exchange.reply.as_deref().unwrap_or_default()) {
            of_it.insert(exchange.status.to_string(), reply);
        }
    }
    examples
}

/// The shapes of an operation's request and of its replies that are JSON; that of the document itself is not ours.
fn shapes(operation: &Value) -> Vec<(String, Value)> {
    let json_of = |described: &Value| {
        Some(described["content"]["application/json"]["schema"].clone()).filter(Value::is_object)
    };
    let request = json_of(&operation["requestBody"]).map(|schema| ("request".to_owned(), schema));
    let replies = operation["responses"].as_object().unwrap().iter();
    let replies = replies.filter_map(|(status, reply)| Some((status.clone(), json_of(reply)?)));
    let is_ours = operation["operationId"] != "show_document";
    request.into_iter().chain(replies).filter(|_| is_ours).collect()
}

fn operations(document: &Value) -> Vec<(&str, &str, &Value)> {
    let paths = document["paths"].as_object().unwrap().iter();
    paths
        .flat_map(|(path, methods)| {
            methods.as_object().unwrap().iter().map(|(method, told)| (path.as_str(), method.as_str(), told))
        })
        .collect()
}
