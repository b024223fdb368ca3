//! A server that is killed while a message is on its way: the sweep sends the same digits, in one message.

use std::fs;
use std::time::Duration;

use countersign_tests::faults::block::{block, let_time_pass, unblock, work_left};
use countersign_tests::outside::relay::{Relay, Speech};
use countersign_tests::process::eventually;
use countersign_tests::process::facts::Facts;
use countersign_tests::process::installation::Installation;
use countersign_tests::process::mailbox::Mail;
use countersign_tests::process::server::Server;

/// How long something may take that happens by itself.
const HAPPENS_WITHIN: Duration = Duration::from_secs(30);

async fn sweep(installation: &Installation, server: &mut Server) {
    let_time_pass(installation.database()).await;
    server.start().await;
    let database = installation.database();
    let swept = eventually(HAPPENS_WITHIN, || async { work_left(database).await.is_empty().then_some(()) });
    swept.await.expect("the sweep does what is left");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_had_not_left_is_sent_once_by_the_sweep() {
    let installation = Installation::new().await;
    let mut server = installation.serve().await;
    let person = installation.person(&server);
    let folder = installation.mailbox().folder();
    fs::remove_dir(folder).expect("the mailbox is there, and empty");
    fs::write(folder, "no folder").expect("something can stand in its place");

    let token = person.register().await.expect("the reply does not wait for the message");
    let tried = || std::future::ready(server.logged().contains("could not be sent").then_some(()));
    eventually(HAPPENS_WITHIN, tried).await.expect("the message is tried, and cannot be written");
    server.kill();
    fs::remove_file(folder).expect("what stands in its place can go");
    sweep(&installation, &mut server).await;

    let mails = installation.mailbox().mails_to(&person.email);
    let [Mail { code: Some(code), .. }] = mails.as_slice() else { panic!("one message, not {mails:?}") };
    person.verify(&token, code).await.expect("its code is the one");
    let facts = Facts::of(installation.database()).await;
    assert_eq!(facts.named("code.sent").count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_was_not_recorded_is_sent_again_with_the_same_digits() {
    let installation = Installation::new().await;
    let mut server = installation.serve().await;
    let person = installation.person(&server);
    block(installation.database(), &["code.sent"]).await;

    let token = person.register().await.expect("anybody can register");
    let before = person.registration_code().await.expect("the message leaves");
    server.kill();
    unblock(installation.database()).await;
    let [mail] = installation.mailbox().mails_to(&person.email).try_into().expect("there is one message");
    let file = installation.mailbox().folder().join(format!("{}.eml", mail.id));
    fs::remove_file(&file).expect("a message can be lost");
    sweep(&installation, &mut server).await;

    let again = Mail::read(&mail.id, &file);
    assert_eq!(again.code, Some(before.clone()));
    assert_eq!(fs::read_dir(installation.mailbox().folder()).expect("it is there").count(), 1);
    person.verify(&token, &before).await.expect("the digits are good");
    let facts = Facts::of(installation.database()).await;
    assert_eq!(facts.named("code.sent").count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_of_the_sweep_that_is_on_its_way_at_a_stop_arrives_and_is_recorded() {
    let installation = Installation::new().await;
    let relay = Relay::start(installation.mailbox().folder(), Speech::Plain);
    let installation = installation.mailing_to(format!("smtp://127.0.0.1:{}", relay.port));
    let mut server = installation.serve().await;
    let mut person = installation.person(&server);
    "later_then_when_told.1@relay.example".clone_into(&mut person.email);
    person.register().await.expect("anybody can register");
    let tried = || std::future::ready(server.logged().contains("could not be sent").then_some(()));
    eventually(HAPPENS_WITHIN, tried).await.expect("the relay puts the message off");
    let_time_pass(installation.database()).await;
    let on_its_way = "SELECT aggregate_id FROM follow_ups WHERE tries = 0 AND next_try IS NOT NULL";
    let begun = || async { (installation.database().texts(on_its_way).await.len() == 1).then_some(()) };
    eventually(HAPPENS_WITHIN, begun).await.expect("the sweep sends it");

    let folder = installation.mailbox().folder();
    // It is taken once the server was told to stop, and not before.
    let take = async { fs::write(folder.join("told"), "").expect("the relay can be told") };
    let (stopped, ()) = tokio::join!(server.stop(), take);

    assert!(stopped.status.success(), "{}", server.logged());
    assert_eq!(relay.end().len(), 1);
    assert_eq!(Facts::of(installation.database()).await.named("code.sent").count(), 1);
}
