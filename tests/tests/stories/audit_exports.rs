//! Exports over HTTP: an archive of the file, its manifest and the signature over that, and the read is an event.

use std::io::{Cursor, Read};

use countersign_api::Access;
use countersign_domain::client::Role;
use countersign_projections::filter::Filter;
use countersign_projections::ledger::{TreeHead, VerifyingKey, verify_manifest};
use countersign_projections::read_model::Model;
use countersign_service::context::Context;
use countersign_service::error::ServiceError;
use countersign_service::flow::{AuditExport, Reader};
use countersign_stores::audit::PageQuery;
use countersign_tests::app::{Reply, Setup, TestApp};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use zip::ZipArchive;

use super::audit::lived;

/// Every format, and its file.
const FORMATS: [(&str, &str); 4] = [
    ("jsonl", "events.jsonl"),
    ("csv", "events.csv"),
    ("parquet", "events.parquet"),
    ("ocsf", "events.ocsf.jsonl"),
];

/// What an archive holds.
struct Archive(ZipArchive<Cursor<Vec<u8>>>);

impl Archive {
    fn file(&mut self, name: &str) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.0.by_name(name).unwrap().read_to_end(&mut bytes).unwrap();
        bytes
    }

    fn manifest(&mut self) -> Value {
        serde_json::from_slice(&self.file("manifest.json")).unwrap()
    }
}

async fn exported(app: &TestApp, key: &str, body: &Value) -> Archive {
    let request = app.request(reqwest::Method::POST, "/v1/audit/exports").bearer_auth(key).json(body);
    let reply = request.send().await.unwrap();
    assert_eq!(reply.status(), 200);
    assert_eq!(reply.headers()["content-type"], "application/zip");
    Archive(ZipArchive::new(Cursor::new(reply.bytes().await.unwrap().to_vec())).unwrap())
}

async fn page(app: &TestApp, query: &[(&str, &str)]) -> Reply {
    app.send(app.request(reqwest::Method::GET, "/v1/audit/events").query(query)).await.expect(200)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_holds_what_the_filter_finds_and_its_manifest_is_signed() {
    let app = TestApp::start().await;
    let (person, _) = lived(&app).await;
    lived(&app).await;
    app.service.sign_head(None).await.unwrap();
    let key = app.get("/v1/ledger/tree-head", "").await.expect(200);
    let key: VerifyingKey = key.at("/key").parse().unwrap();
    let (account, filter) = (person.account.to_string(), "-type:code.*");

    let mut archive =
        exported(&app, "", &json!({ "format": "jsonl", "q": filter, "account": account })).await;

    let found =
        page(&app, &[("q", filter), ("account", &account), ("order", "oldest"), ("limit", "500")]).await;
    let file = archive.file("events.jsonl");
    let lines: Vec<Value> = String::from_utf8(file.clone())
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(Value::from(lines), found.body["data"]);
    let told = archive.manifest();
    assert_eq!(told["sha256"], hex::encode(Sha256::digest(&file)));
    assert_eq!(told["bound"], app.service.store().ledger_size().await.unwrap());
    assert_eq!((&told["filter"], &told["account"]), (&filter.into(), &account.into()));
    let head = TreeHead::open(told["tree_head"].as_str().unwrap(), &key).unwrap();
    assert!(told["last_index"].as_u64().unwrap() < head.size);
    let note = String::from_utf8(archive.file("manifest.note")).unwrap();
    verify_manifest(&note, &archive.file("manifest.json"), &key).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn every_format_holds_every_event_or_says_how_many_it_left_out() {
    let app = TestApp::start().await;
    lived(&app).await;
    let all = app.service.store().ledger_size().await.unwrap();
    for (format, file) in FORMATS {
        let mut archive = exported(&app, "", &json!({ "format": format })).await;
        let told = archive.manifest();
        let count = |name: &str| told[name].as_u64().unwrap();
        assert_eq!(count("rows") + count("left_out"), all, "{format}");
        assert_eq!(count("left_out") > 0, format == "ocsf");
        assert_eq!(told["bytes"], archive.file(file).len(), "{format}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_is_one_read_of_who_asks_for_it_and_opens_what_that_role_may() {
    let app = TestApp::with(Setup { access: Access::ClientKeys, ..Setup::default() }).await;
    let mut keys = Vec::new();
    for role in [Role::Client, Role::Auditor, Role::Operator] {
        let (_, key) =
            app.service.add_client(Context::operator(), "them".parse().unwrap(), role, None).await.unwrap();
        keys.push(key.expose().to_owned());
    }
    let registration = json!({ "email": "a@example.org", "password": "violet harbour sings quietly" });
    let request =
        app.request(reqwest::Method::POST, "/v1/accounts").bearer_auth(&keys[0]).json(&registration);
    app.send(request.header("user-agent", "Harbour/1.0")).await.expect(202);
    app.caught_up().await;

    let asked = "type:account.registered";
    for (key, opened) in keys[1..].iter().zip([false, true]) {
        for (format, file) in FORMATS {
            let mut archive = exported(&app, key, &json!({ "format": format, "q": asked })).await;
            assert_eq!(archive.manifest()["opened"], opened);
            let bytes = archive.file(file);
            for personal in ["127.0.0.1", "Harbour/1.0"] {
                let is_there = bytes.windows(personal.len()).any(|some| some == personal.as_bytes());
                assert_eq!(is_there, opened, "{personal} in {format}");
            }
        }
    }

    app.caught_up().await;
    let mut archive = exported(&app, &keys[2], &json!({ "format": "jsonl", "q": "type:audit.read" })).await;
    let reads = String::from_utf8(archive.file("events.jsonl")).unwrap();
    assert_eq!(reads.lines().count(), 2 * FORMATS.len());
    assert!(reads.lines().all(|read| read.contains(r#""read":"export""#)), "{reads}");
    let ask = json!({ "format": "csv", "q": "ip:10.0.0.0/8" });
    app.post("/v1/audit/exports", &keys[1], ask).await.refused(400, "invalid_request");
    app.post("/v1/audit/exports", "", json!({ "format": "csv" })).await.refused(401, "unauthenticated");
}

/// An export of everything that is under way.
async fn begun(app: &TestApp, context: Context) -> Result<AuditExport, ServiceError> {
    let reader = Reader { context, may_open: false };
    app.service.audit_export(&reader, PageQuery::of(Filter::everything()), String::new(), None).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_of_a_history_that_is_made_anew_meanwhile_ends_with_an_error() {
    let app = TestApp::start().await;
    lived(&app).await;
    let mut export = begun(&app, Context::operator()).await.unwrap();

    app.service.store().forget(Model::History).await.unwrap();

    assert!(export.next().await.is_err(), "not whole, as far as it says");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_ends_with_an_error_where_its_reader_is_revoked() {
    let app = TestApp::start().await;
    lived(&app).await;
    let name = "them".parse().unwrap();
    let (client, _) = app.service.add_client(Context::operator(), name, Role::Auditor, None).await.unwrap();
    let mut export = begun(&app, Context { client: Some(client), ..Context::default() }).await.unwrap();

    app.service.revoke_client(Context::operator(), client).await.unwrap();

    assert!(matches!(export.next().await, Err(ServiceError::TokenRejected)));
}

#[tokio::test(flavor = "multi_thread")]
async fn exports_beyond_the_most_are_told_to_come_back_and_one_that_ends_makes_room() {
    let app = TestApp::start().await;
    lived(&app).await;
    let mut exports = Vec::new();
    for _ in 0..4 {
        exports.push(begun(&app, Context::operator()).await.unwrap());
    }
    let reply =
        app.post("/v1/audit/exports", "", json!({ "format": "csv" })).await.refused(503, "overloaded");
    assert!(reply.retry_after() >= 1);

    exports.pop();

    assert!(begun(&app, Context::operator()).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_while_an_export_is_made_is_left_to_the_next() {
    let app = TestApp::start().await;
    lived(&app).await;
    let mut export = begun(&app, Context::operator()).await.unwrap();
    let bound = export.bound();
    lived(&app).await;

    let mut indexes = Vec::new();
    while let Some(events) = export.next().await.unwrap() {
        indexes.extend(events.iter().map(|event| event.row.index));
    }

    assert!(app.service.store().ledger_size().await.unwrap() > bound);
    assert_eq!(indexes, (0..bound).collect::<Vec<_>>());
    assert_eq!(export.looked_at(), bound);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_exported_is_refused_before_anything_is_sent() {
    let app = TestApp::start().await;
    for body in [json!({}), json!({ "format": "xlsx" }), json!({ "format": "csv", "q": "nobody" })] {
        app.post("/v1/audit/exports", "", body).await.refused(400, "invalid_request");
    }
}
