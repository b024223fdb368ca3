//! A recovery that is prepared at the command line, where the servers' settings need not be known.

use std::sync::Arc;

use countersign_delivery::{Sender, Transport};
use countersign_domain::code::OperatorCode;
use countersign_domain::time::Span;
use countersign_service::Service;
use countersign_service::access_token::Issuer;
use countersign_service::clock::{Clock, ManualClock};
use countersign_service::hashing::{COST, HashPool};
use countersign_service::keys::Keys;
use countersign_stores::Keyring;
use countersign_tests::process::installation::Installation;

/// Where the servers of the installation are reached, which its commands are not told.
const SERVERS: &str = "https://in.example.org";

/// A server of the installation a minute later, which does no more than to sweep.
async fn sweeper(installation: &Installation) -> Service {
    let keyring = Arc::new(Keyring::parse(installation.secret_key()).unwrap());
    let clock = ManualClock::at(Clock::System.now() + Span::minutes(1));
    let sender = Sender::new("no-reply@in.example.org", "Countersign", "in.example.org").unwrap();
    let url = format!("dir:{}", installation.folder().join("mailbox").display());
    let transport = Some(Transport::from_url(&url, sender).unwrap());
    let hashing = HashPool::start(1, COST).unwrap();
    let store = installation.store().await;
    Service::new(store, Keys::new(keyring), hashing, transport, Clock::Manual(clock), Issuer::new(SERVERS))
}

/// What tells of a prepared recovery.
async fn notices(service: &Service) -> Vec<String> {
    let mailbox = service.mailbox().await.unwrap().expect("messages go to a folder");
    let told = mailbox.messages.into_iter().filter(|message| message.subject.contains("was prepared"));
    told.map(|message| message.text).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_shown_once_and_its_person_is_told_by_a_server_with_the_servers_own_link() {
    let mut installation = Installation::new().await;
    let mut server = installation.serve().await;
    let person = installation.person(&server);
    let account = person.become_account().await.unwrap();
    assert!(server.stop().await.status.success());
    installation.tell("COUNTERSIGN_MAIL", "");

    let issued = installation.operate(&["account", "recover", &account, "--reason", "a passport"]).await;

    assert!(issued.status.success(), "{}", String::from_utf8_lossy(&issued.stderr));
    let code = String::from_utf8(issued.stdout).unwrap();
    assert!(code.trim_end().parse::<OperatorCode>().is_ok(), "one line: {code}");
    let notes = String::from_utf8(issued.stderr).unwrap();
    assert!(notes.contains(&account) && !notes.contains(code.trim_end()), "{notes}");
    assert!(!installation.data_folder().join("mailbox").exists(), "no message lies where nobody looks");
    let sweeper = sweeper(&installation).await;
    assert!(notices(&sweeper).await.is_empty());
    let swept = sweeper.sweep().await.unwrap();
    assert_eq!((swept.done, swept.left), (1, 0));
    let [told] = notices(&sweeper).await.try_into().unwrap();
    assert!(told.contains(&format!("{SERVERS}/recovery/cancel/")), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_address_is_stated_at_the_command_line_and_told_where_it_cannot_be() {
    let installation = Installation::new().await;
    let mut server = installation.serve().await;
    let account = installation.person(&server).become_account().await.unwrap();
    installation.person(&server).become_account().await.unwrap();
    let taken = installation.mailbox().mails().pop().unwrap().to;
    assert!(server.stop().await.status.success());
    let recover = async |email: &str| {
        let arguments = ["account", "recover", &*account, "--reason", "a passport", "--email", email];
        installation.operate(&arguments).await
    };

    assert!(recover("new@in.example.org").await.status.success());
    assert_eq!(recover("no address").await.status.code(), Some(2));
    let refused = recover(&taken).await;
    assert_eq!(refused.status.code(), Some(1));
    let told = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(told.contains("the address is"), "the account's already, or another's: {told}");
    let sweeper = sweeper(&installation).await;
    sweeper.sweep().await.unwrap();
    assert_eq!(notices(&sweeper).await.len(), 2, "the account's address and the new one");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_asked_a_reason_for_and_is_cancelled_once() {
    let installation = Installation::new().await;
    let mut server = installation.serve().await;
    let account = installation.person(&server).become_account().await.unwrap();
    assert!(server.stop().await.status.success());
    let recover = async |arguments: &[&str]| {
        let all = [&["account", "recover", &*account], arguments].concat();
        installation.operate(&all).await.status.code()
    };
    assert_eq!(recover(&[]).await, Some(2), "a reason is asked for");
    assert_eq!(recover(&["--reason", "showed a passport"]).await, Some(0));
    assert_eq!(recover(&["--cancel"]).await, Some(0));
    assert_eq!(recover(&["--cancel"]).await, Some(1), "there is nothing to cancel any more");
}
