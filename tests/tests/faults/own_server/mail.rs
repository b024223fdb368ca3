//! A relay takes a message, and the database goes away before that is recorded.

use std::time::Duration;

use countersign_tests::app::record::{all_events, follow_ups};
use countersign_tests::database::TestDatabase;
use countersign_tests::outside::cluster::{Cluster, Stop};
use countersign_tests::outside::relay::{Relay, Speech};
use countersign_tests::process::eventually;
use countersign_tests::process::installation::Installation;
use reqwest::Client;
use serde_json::json;

/// How long anything of this may take: more than a connection is waited for.
const SOON: Duration = Duration::from_secs(15);
/// Takes a message, and says so when it is told to.
const SOMEBODY: &str = "take_when_told.1@relay.example";
/// What a server says that cannot record what it knows, or does not know whether it has.
const NOT_RECORDED: [&str; 2] =
    ["what came of a message cannot be recorded", "a stream cannot be asked what was committed"];

#[tokio::test(flavor = "multi_thread")]
async fn what_a_relay_took_is_recorded_once_the_database_is_back_and_is_not_mailed_again() {
    if !TestDatabase::is_postgres_chosen() {
        return;
    }
    let cluster = Cluster::start("");
    let installation = Installation::over(TestDatabase::on(&cluster.url()).await);
    let mailbox = installation.folder().join("mailbox");
    let relay = Relay::start(&mailbox, Speech::Plain);
    let installation = installation
        .mailing_to(format!("smtp://127.0.0.1:{}", relay.port))
        .with("COUNTERSIGN_DATABASE_WAIT", "1");
    let server = installation.serve().await;
    let accounts = format!("{}/v1/accounts", server.address().borrow().clone().unwrap());
    let typed = json!({ "email": SOMEBODY, "password": "violet harbour sings quietly" });
    let registered = Client::new().post(accounts).json(&typed).send().await.unwrap();
    assert_eq!(registered.status(), 202);
    let taken = || std::future::ready((relay.accepted().len() == 1).then_some(()));
    eventually(SOON, taken).await.expect("the relay takes the message");

    cluster.stop(Stop::Fast);
    std::fs::write(mailbox.join("told"), "").unwrap();
    let told = || {
        let logged = server.logged();
        std::future::ready(NOT_RECORDED.iter().any(|words| logged.contains(words)).then_some(()))
    };
    eventually(SOON, told).await.expect("that it was taken cannot be recorded");
    cluster.begin();

    let database = installation.database();
    let recorded = || async {
        let events = all_events(database).await;
        let sent = events.iter().filter(|event| event.name() == "code.sent").count();
        (sent == 1 && follow_ups(database).await.is_empty()).then_some(())
    };
    eventually(SOON, recorded).await.expect("it is recorded, and nothing is left to be done");
    assert_eq!(relay.end().into_values().collect::<Vec<_>>(), [1], "it was mailed again");
}
