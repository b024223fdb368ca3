//! The auditor at the command line: the same events as over HTTP, a sign-in and an account step by step, an
//! account as it was, and read models that are listed, made anew and checked.

mod events;
mod export;
mod live;
mod projections;
mod replay;
mod verifying;

use std::process::Output;

use countersign_domain::client::{AuditRead, Client, ClientEvent};
use countersign_domain::decider::Recorded;
use countersign_domain::secret::Personal;
use countersign_domain::time::Timestamp;
use countersign_projections::read_model::MODELS;
use countersign_service::entropy;
use countersign_stores::sequencer::Sequenced;
use countersign_stores::{EventStore, Loaded, Metadata};
use countersign_tests::process::api::{Api, Journal};
use countersign_tests::process::installation::Installation;
use countersign_tests::process::person::{Answered, Person};
use countersign_tests::process::server::Server;
use serde_json::Value;

/// More events than fit on two pages.
const MORE_THAN_TWO_PAGES: usize = 1_100;

/// A person who signed in twice, the second time with a backup code.
struct Lived {
    account: String,
    sign_in: String,
}

impl Lived {
    async fn with(person: &Person) -> Self {
        let account = person.become_account().await.unwrap();
        let (sign_in, code) = person.come_to_gate().await.unwrap();
        person.confirm(&sign_in, &code.id).await.unwrap();
        let sign_in = person.sign_in().await.unwrap();
        let Answered::Gate(next) = person.answer_with_backup_code(&sign_in, &code.code).await.unwrap() else {
            panic!("a backup code leads to the gate")
        };
        person.confirm(&sign_in, &next.id).await.unwrap();
        Self { account, sign_in: sign_in.id }
    }
}

/// Has everything that was committed sequenced and taken by every read model.
async fn caught_up(store: &EventStore) {
    sequenced(store).await;
    for model in MODELS {
        store.catch_up(*model, |_, _| {}).await.unwrap();
    }
}

async fn sequenced(store: &EventStore) {
    while let Sequenced::Indexes(_) = store.sequence().await.unwrap() {}
}

/// An installation in which somebody lived, with nothing under way, and nobody serving.
async fn quiet() -> (Installation, Lived) {
    let installation = Installation::new().await;
    let mut server = installation.serve().await;
    let lived = Lived::with(&installation.person(&server)).await;
    Lived::with(&installation.person(&server)).await;
    assert!(server.stop().await.status.success());
    caught_up(&installation.store().await).await;
    (installation, lived)
}

/// What the API of a server gives.
async fn over_http(server: &Server, path: &str) -> Value {
    let reply = Api::of(server, &Journal::default()).get(path, "").await.unwrap();
    assert_eq!(reply.status, 200, "{path}: {}", reply.body);
    reply.body
}

/// What a command prints that goes well.
pub(crate) async fn printed(installation: &Installation, arguments: &[&str]) -> String {
    let ended = installation.operate(arguments).await;
    assert!(ended.status.success(), "{arguments:?}: {}", said(&ended));
    String::from_utf8(ended.stdout).unwrap()
}

/// What a command says that ends with an exit code.
pub(crate) async fn failed(installation: &Installation, arguments: &[&str], code: i32) -> String {
    let ended = installation.operate(arguments).await;
    assert_eq!(ended.status.code(), Some(code), "{arguments:?}: {}", said(&ended));
    said(&ended)
}

fn said(ended: &Output) -> String {
    String::from_utf8_lossy(&ended.stderr).into_owned()
}

fn lines(printed: &str) -> Vec<Value> {
    printed.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// A ledger that no fixture of people could fill in time: the reads of one auditor.
async fn filled(installation: &Installation) -> EventStore {
    let store = installation.store().await;
    let at = Timestamp::from_millis(1_767_225_600_000);
    let read = |_| ClientEvent::AuditRead {
        read: AuditRead::Events,
        asked: Personal::plain("everything".to_owned()),
        opened: false,
    };
    let events = (0..MORE_THAN_TWO_PAGES).map(read).map(|event| Recorded { at, event }).collect();
    let metadata = Metadata {
        command_id: entropy::uuid(at),
        idempotency: None,
        request_id: None,
        actor: None,
        client: None,
        ip: None,
        user_agent: None,
        ip_stated_by: None,
        device: None,
        service_version: "0".to_owned(),
    };
    let stream = Loaded::<Client>::fresh(format!("cl_{}", entropy::uuid(at)));
    store.append(stream, events, &metadata).await.unwrap();
    store
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_asked_is_a_usage_error_and_what_is_not_there_a_failure() {
    let installation = Installation::new().await;
    let nobody = "00000000-0000-7000-8000-000000000000";
    let (account, sign_in) = (format!("acc_{nobody}"), format!("si_{nobody}"));
    let wrong: [&[&str]; 6] = [
        &["audit", "events", "--from", "yesterday"],
        &["audit", "events", "--limit", "0"],
        &["audit", "events", "--account", "robin@example.org"],
        &["audit", "replay", "robin@example.org"],
        &["audit", "state", &account, "--as-of", "then"],
        &["projections", "rebuild"],
    ];
    for arguments in wrong {
        failed(&installation, arguments, 2).await;
    }
    let missing: [(&[&str], &str); 3] = [
        (&["audit", "replay", &sign_in], "there is no such sign-in"),
        (&["audit", "replay", &account], "there is no such account"),
        (&["audit", "state", &account], "there is no such account"),
    ];
    for (arguments, why) in missing {
        let told = failed(&installation, arguments, 1).await;
        assert!(told.contains(why), "{told}");
    }
}
