//! Keys of clients: exchanged without downtime, ended, and when which of them was last used.

use countersign_api::Access;
use countersign_domain::client::{Client, Role};
use countersign_domain::decider::Decider;
use countersign_domain::id::ClientId;
use countersign_domain::time::{Span, Timestamp};
use countersign_service::context::Context;
use countersign_service::error::ServiceError;
use countersign_service::flow::Rotation;
use countersign_stores::key_uses::SOME_KEY;
use countersign_tests::app::{Setup, TestApp};
use countersign_tests::database::TestDatabase;
use countersign_tests::process::installation::Installation;
use serde_json::json;

use crate::audit_commands::{failed, printed};

struct KeyedApp {
    app: TestApp,
    client: ClientId,
    key: String,
}

impl KeyedApp {
    async fn new() -> Self {
        Self::until(None).await
    }

    /// With a client whose key ends a time from now, if one is said.
    async fn until(end: Option<Span>) -> Self {
        let app = TestApp::with(Setup { access: Access::ClientKeys, ..Setup::default() }).await;
        let (name, end) = ("an app".parse().unwrap(), end.map(|end| app.now() + end));
        let added = app.service.add_client(Context::operator(), name, Role::Client, end).await;
        let (client, key) = added.unwrap();
        Self { key: key.expose().to_owned(), app, client }
    }

    async fn rotate(&self, overlap: Span, may_end_a_key: bool) -> Result<String, ServiceError> {
        let rotation = Rotation { overlap, expires_at: None, may_end_a_key };
        let key = self.app.service.rotate_client_key(Context::operator(), self.client, rotation).await?;
        Ok(key.expose().to_owned())
    }

    /// A request with a key, which is the only thing about it that can be right.
    async fn use_key(&self, key: &str) {
        self.app.post("/v1/sign-ins", key, json!({})).await.refused(400, "invalid_request");
    }

    async fn assert_refused(&self, key: &str) {
        self.app.post("/v1/sign-ins", key, json!({})).await.refused(401, "unauthenticated");
    }

    /// When which key was last used, by its number.
    async fn last_used(&self) -> Vec<(u32, Timestamp)> {
        self.app.settled().await;
        let clients = self.app.service.clients().await.unwrap();
        let known = clients.into_iter().find(|known| known.id == self.client).unwrap();
        known.uses.into_iter().collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_key_is_accepted_at_once_and_the_one_before_for_as_long_as_was_said() {
    let keyed = KeyedApp::new().await;
    let new = keyed.rotate(Span::hours(2), false).await.unwrap();
    keyed.use_key(&keyed.key).await;
    keyed.use_key(&new).await;

    keyed.app.advance(Span::hours(2));

    keyed.assert_refused(&keyed.key).await;
    keyed.use_key(&new).await;
    let history = keyed.app.stream(Client::TYPE, &keyed.client.to_string()).await;
    assert_eq!(history.last().unwrap().event_type, "client.key_rotated");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_was_given_an_end_is_refused_from_then_on() {
    let keyed = KeyedApp::until(Some(Span::days(1))).await;
    keyed.use_key(&keyed.key).await;

    keyed.app.advance(Span::days(1));

    keyed.assert_refused(&keyed.key).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_deployed_ends_before_its_hours_are_over_only_where_that_is_said() {
    let keyed = KeyedApp::new().await;
    let second = keyed.rotate(Span::hours(2), false).await.unwrap();

    let refused = keyed.rotate(Span::hours(2), false).await;

    assert!(matches!(refused, Err(ServiceError::WouldEndAKey)), "{refused:?}");
    keyed.use_key(&keyed.key).await;
    let third = keyed.rotate(Span::hours(2), true).await.unwrap();
    keyed.assert_refused(&keyed.key).await;
    keyed.use_key(&second).await;
    keyed.use_key(&third).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_noted_once_a_minute_which_key_was_used() {
    let keyed = KeyedApp::new().await;
    assert_eq!(keyed.last_used().await, []);
    let first = keyed.app.now();
    keyed.use_key(&keyed.key).await;
    keyed.app.advance(Span::seconds(59));
    keyed.use_key(&keyed.key).await;
    assert_eq!(keyed.last_used().await, [(1, first)]);

    keyed.app.advance(Span::seconds(1));
    keyed.use_key(&keyed.key).await;

    assert_eq!(keyed.last_used().await, [(1, first + Span::minutes(1))]);
    keyed.app.post("/v1/sign-ins", "ck_nonsense", json!({})).await.refused(401, "unauthenticated");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_keys_each_has_a_last_use_of_its_own() {
    let keyed = KeyedApp::new().await;
    let second = keyed.rotate(Span::hours(2), false).await.unwrap();
    let first_used = keyed.app.now();
    keyed.use_key(&keyed.key).await;

    keyed.app.advance(Span::seconds(30));
    keyed.use_key(&second).await;
    keyed.use_key(&keyed.key).await;

    assert_eq!(keyed.last_used().await, [(1, first_used), (2, first_used + Span::seconds(30))]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_server_of_an_earlier_version_notes_is_of_the_client_and_of_no_key() {
    let keyed = KeyedApp::new().await;
    let noted = keyed.app.now();
    note_as_before(keyed.app.database(), &keyed.client.to_string(), noted).await;
    assert_eq!(keyed.last_used().await, [(SOME_KEY, noted)]);

    keyed.app.advance(Span::seconds(30));
    keyed.use_key(&keyed.key).await;

    let used = noted + Span::seconds(30);
    assert_eq!(keyed.last_used().await, [(SOME_KEY, noted), (1, used)]);
    let clients = keyed.app.service.clients().await.unwrap();
    assert_eq!(clients[0].last_used_at(), Some(used));
}

/// What a server writes that does not tell keys apart.
async fn note_as_before(database: &TestDatabase, client: &str, at: Timestamp) {
    let note =
        format!("INSERT INTO client_uses (client, last_used_at) VALUES ('{client}', {})", at.as_millis());
    database.execute(&note).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_tells_which_key_is_in_use_and_ends_a_deployed_one_only_by_force() {
    let installation = Installation::new().await;
    let key = installation.add_client("client").await;
    let mut server = installation.serve_for_keys().await;
    installation.person_with_key(&server, &key).become_account().await.unwrap();
    // What nobody waits for is done by then.
    assert!(server.stop().await.status.success());
    let list = async || printed(&installation, &["client", "list"]).await;
    let id = list().await.split_whitespace().find(|word| word.starts_with("cl_")).unwrap().to_owned();
    let rotate = ["client", "rotate", &id];
    let told = list().await;
    assert!(told.contains("1: for ever, last used 20"), "{told}");
    printed(&installation, &rotate).await;

    let refused = failed(&installation, &rotate, 1).await;

    assert!(refused.contains("--force"), "{refused}");
    let told = list().await;
    assert!(told.contains("2: for ever, last used never") && told.contains("1: until 20"), "{told}");
    note_as_before(installation.database(), &id, Timestamp::from_millis(0)).await;
    let told = list().await;
    assert!(told.contains("2: for ever, last used not noted by key"), "{told}");
    printed(&installation, &[&rotate[..], &["--force"]].concat()).await;
    let told = list().await;
    assert!(told.contains("3: for ever") && told.contains("2: until 20") && !told.contains("1: "), "{told}");
}
