//! Every operation of the document, so that none can be left out: which credential opens it, and what more it needs.

use countersign_api::{Access, api_document};
use countersign_domain::client::Role;
use countersign_domain::id::ClientId;
use countersign_service::context::Context;
use countersign_tests::app::mail::digits_in;
use countersign_tests::app::person::PASSWORD;
use countersign_tests::app::{BackupCode, Reply, Session, Setup, SignIn, TestApp};
use reqwest::Method;
use serde_json::{Value, json};

/// What is not asked for by who may: it has no end, or ends the session that the others are asked for with.
const NOT_ASKED: [&str; 2] = ["tail_events", "end_sessions"];
/// What confirms a code, which has to be the newest before anything else is looked at.
const CONFIRMS: &str = "confirm_requested_backup_code";

/// An operation of the document, and a request for it that is of the right form.
struct Operation {
    id: &'static str,
    method: Method,
    path: String,
    credential: &'static str,
    body: Option<Value>,
    needs_step_up: bool,
}

/// Every kind of token, each good for what it is for: its kind, whose credential it is, and the token.
struct Held {
    tokens: Vec<(&'static str, &'static str, String)>,
    clients: [(ClientId, String); 2],
    sign_in: SignIn,
    session: Session,
}

#[tokio::test(flavor = "multi_thread")]
async fn every_operation_is_opened_by_its_own_credential_and_by_no_other() {
    let app = production().await;
    let held = held(&app).await;
    for operation in operations(&held) {
        for (kind, opens, token) in &held.tokens {
            let is_its_own = operation.credential == *opens || operation.credential == "none";
            if is_its_own && (NOT_ASKED.contains(&operation.id) || token == &held.sign_in.token) {
                continue;
            }
            let reply = ask(&app, &operation, token).await;
            let what = format!("{kind} at {}: {} {}", operation.id, reply.status, reply.text);
            if operation.credential == "sign_in_token" && *opens == "client_key" {
                // No client's key opens a sign-in: there is nothing here for it.
                assert_eq!(reply.status, 404, "{what}");
                continue;
            }
            assert_eq!(reply.status == 401, !is_its_own, "{what}");
            assert!(is_its_own || reply.header("www-authenticate") == Some("Bearer"), "{what}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_no_credential_learns_nothing_from_what_they_send() {
    let app = production().await;
    let held = held(&app).await;
    for operation in operations(&held).iter().filter(|operation| operation.credential != "none") {
        let request = app.request(operation.method.clone(), &operation.path);
        let request = request.header("content-type", "application/json").body("{");
        app.send(request).await.refused(401, "unauthenticated");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_credential_that_is_over_opens_no_operation_any_more() {
    let app = production().await;
    let held = held(&app).await;
    app.delete("/v1/sessions", &held.session.access).await.expect(204);
    for (client, _) in &held.clients {
        app.service.revoke_client(Context::operator(), *client).await.unwrap();
    }
    let [client, auditor] = &held.clients;
    for operation in operations(&held) {
        let over = match operation.credential {
            "client_key" => &client.1,
            "auditors_key" => &auditor.1,
            "access_token" => &held.session.access,
            _ => continue,
        };
        let reply = ask(&app, &operation, over).await;
        assert_eq!(reply.status, 401, "{}: {}", operation.id, reply.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_needs_a_step_up_is_refused_to_every_session_that_came_otherwise() {
    let app = production().await;
    let held = held(&app).await;
    let operations = operations(&held);
    let guarded: Vec<_> = operations.iter().filter(|operation| operation.needs_step_up).collect();
    let ids: Vec<_> = guarded.iter().map(|operation| operation.id).collect();
    assert_eq!(ids, ["request_backup_code", "confirm_requested_backup_code", "change_password"]);
    for operation in guarded {
        let reply = ask(&app, operation, &held.session.access).await;
        // A code that nobody was shown is told first.
        let code = if operation.id == CONFIRMS { "backup_code_superseded" } else { "step_up_required" };
        assert_eq!(reply.body["code"], code, "{}: {}", operation.id, reply.text);
    }
    // Nothing else that changes what a person signs in with is asked for with a session.
    let changes = operations.iter().filter(|operation| {
        operation.credential == "access_token" && operation.method == Method::POST && !operation.needs_step_up
    });
    assert_eq!(changes.map(|operation| operation.id).collect::<Vec<_>>(), [""; 0]);
}

async fn ask(app: &TestApp, operation: &Operation, token: &str) -> Reply {
    app.ask(operation.method.clone(), &operation.path, token, operation.body.clone()).await
}

/// The operations of the document, in its order.
fn operations(held: &Held) -> Vec<Operation> {
    let paths = api_document(Access::ClientKeys)["paths"].as_object().expect("the document has paths");
    let of_path = |(path, methods): (&'static String, &'static Value)| {
        let methods = methods.as_object().expect("a path has methods").iter();
        methods.map(|(method, told)| operation(path, method, told, held)).collect::<Vec<_>>()
    };
    paths.iter().flat_map(of_path).collect()
}

fn operation(path: &str, method: &str, told: &'static Value, held: &Held) -> Operation {
    let schemes = told["security"].as_array().expect("it says who may ask").first();
    let credential = schemes.and_then(Value::as_object).and_then(|schemes| schemes.keys().next());
    let nobodys = "01890000-0000-7000-8000-000000000000";
    let id = match path {
        path if path.starts_with("/v1/sign-ins/") => held.sign_in.id.clone(),
        path if path.starts_with("/v1/audit/sign-ins/") => held.sign_in.id.clone(),
        path if path.starts_with("/v1/audit/accounts/") => format!("acc_{nobodys}"),
        _ => format!("ss_{nobodys}"),
    };
    let parts =
        [("{id}", &*id), ("{index}", "0"), ("{code}", "not_found"), ("{token}", "0"), ("{path}", "0")];
    let path = parts.iter().fold(path.to_owned(), |path, (part, value)| path.replace(part, value));
    Operation {
        id: told["operationId"].as_str().expect("it has a name"),
        method: method.to_uppercase().parse().expect("it is a method"),
        path,
        credential: credential.map_or("none", String::as_str),
        body: told.pointer("/requestBody/content/application~1json/example").cloned(),
        needs_step_up: !told["responses"]["403"].is_null(),
    }
}

async fn production() -> TestApp {
    TestApp::with(Setup { access: Access::ClientKeys, ..Setup::default() }).await
}

async fn add(app: &TestApp, role: Role) -> (ClientId, String) {
    let name = "somebody".parse().expect("it is one line");
    let (id, key) = app.service.add_client(Context::operator(), name, role, None).await.expect("it is added");
    (id, key.expose().to_owned())
}

/// Somebody who is signed in, and everything that their client holds.
async fn held(app: &TestApp) -> Held {
    let (client, auditor) = (add(app, Role::Client).await, add(app, Role::Auditor).await);
    let key = client.1.as_str();
    let email = app.new_address();
    let typed = json!({ "email": email, "password": PASSWORD });
    let registered = app.post("/v1/accounts", key, typed.clone()).await.expect(202);
    let code = digits_in(&app.mail_to(&email).await[0].text).expect("a code was mailed");
    let proof = json!({ "registration_token": registered.at("/token"), "code": code });
    app.post("/v1/accounts/verification", key, proof).await.expect(201);
    let granting = SignIn::of(&app.post("/v1/sign-ins", key, typed.clone()).await.expect(201));
    let shown = BackupCode::shown(&app.answer_by_mail(&granting).await.expect_state("save_required"));
    let granted = app.confirm(&granting, &shown.id).await.expect_state("signed_in");
    let (session, device) = (Session::granted(&granted), granted.at("/device/token").to_owned());
    let [sign_in, other] = [
        SignIn::of(&app.post("/v1/sign-ins", key, typed.clone()).await.expect(201)),
        SignIn::of(&app.post("/v1/sign-ins", key, typed).await.expect(201)),
    ];
    let address = json!({ "email": email });
    let reset = app.post("/v1/password-resets", key, address.clone()).await.expect(202);
    let recovery = app.post("/v1/recoveries", key, address).await.expect(202);
    let operator = add(app, Role::Operator).await;
    let nobody = "nobody";
    let last = if session.access.ends_with('A') { "B" } else { "A" };
    let tokens = vec![
        ("none", nobody, String::new()),
        ("nonsense", nobody, "x".to_owned()),
        ("another sign-in's", nobody, other.token),
        ("a sign-in's that ended", nobody, granting.token),
        ("registration", nobody, registered.at("/token").to_owned()),
        ("reset", nobody, reset.at("/token").to_owned()),
        ("recovery", nobody, recovery.at("/token").to_owned()),
        ("refresh", nobody, session.refresh.clone()),
        ("device", nobody, device),
        ("a backup code", nobody, shown.code),
        ("a forged access token", nobody, format!("{}{last}", &session.access[..session.access.len() - 1])),
        ("client", "client_key", client.1.clone()),
        ("auditor", "auditors_key", auditor.1.clone()),
        ("operator", "auditors_key", operator.1),
        ("access", "access_token", session.access.clone()),
        ("sign-in", "sign_in_token", sign_in.token.clone()),
    ];
    Held { tokens, clients: [client, auditor], sign_in, session }
}
