//! A service that is told to stop finishes what it began, and is gone within ten seconds.

use std::time::Duration;

use countersign_tests::faults::block::work_left;
use countersign_tests::process::api::Journal;
use countersign_tests::process::eventually;
use countersign_tests::process::facts::Facts;
use countersign_tests::process::installation::Installation;
use countersign_tests::process::server::Stopped;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// What the service has from the signal to its end.
const STOPS_WITHIN: Duration = Duration::from_secs(10);
/// What requests under way have of it: whoever ends sooner was not waited for.
const REQUESTS_END_WITHIN: Duration = Duration::from_secs(5);
/// People who register at the same moment: one thread hashes for them all, one after the other.
const CROWD: usize = 10;
/// How long the first reply is waited for.
const REPLIES_WITHIN: Duration = Duration::from_secs(30);

#[track_caller]
fn assert_stopped(stopped: &Stopped) {
    assert_eq!(stopped.status.code(), Some(0), "{stopped:?}");
    assert!(stopped.took < STOPS_WITHIN, "{stopped:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_answers_and_finishes_what_was_admitted() {
    let installation = Installation::new().await.with("COUNTERSIGN_HASH_THREADS", "1");
    let mut server = installation.serve().await;
    let journal = Journal::default();
    let crowd: Vec<_> = (0..CROWD).map(|_| installation.person_on_record(&server, &journal)).collect();

    let asking: Vec<_> =
        crowd.into_iter().map(|person| tokio::spawn(async move { person.register().await })).collect();
    let first = || std::future::ready((journal.replies() > 0).then_some(()));
    eventually(REPLIES_WITHIN, first).await.expect("somebody is answered");
    let before = journal.replies();
    let stopped = server.stop().await;

    assert_stopped(&stopped);
    let mut answered = 0;
    for asked in asking {
        answered += usize::from(asked.await.expect("nobody panics").is_ok());
    }
    assert!(answered > before, "nobody was waiting when the signal came");
    let facts = Facts::of(installation.database()).await;
    assert_eq!(facts.named("account.registered").count(), answered, "whoever was admitted was answered");
    assert_eq!(facts.named("code.sent").count(), answered, "every message was sent, and recorded");
    assert_eq!(work_left(installation.database()).await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_does_not_wait_for_a_client_that_never_finishes_its_request() {
    let installation = Installation::new().await;
    let mut server = installation.serve().await;
    let address = server.address().borrow().clone().expect("the server is up");
    let mut slow = TcpStream::connect(address.trim_start_matches("http://")).await.expect("it listens");
    slow.write_all(b"POST /v1/accounts HTTP/1.1\r\nHost: here\r\nContent-").await.expect("it listens on");
    installation.person(&server).register().await.expect("others are served meanwhile");

    let stopped = server.stop().await;

    assert_stopped(&stopped);
    drop(slow);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_ends_live_tails_at_once() {
    let installation = Installation::new().await;
    let mut server = installation.serve().await;
    let address = server.address().borrow().clone().expect("the server is up");
    let mut tail = TcpStream::connect(address.trim_start_matches("http://")).await.expect("it listens");
    tail.write_all(b"GET /v1/audit/events/stream HTTP/1.1\r\nHost: here\r\n\r\n")
        .await
        .expect("it listens on");
    let mut head = [0; 15];
    tail.read_exact(&mut head).await.expect("it answers");
    assert_eq!(&head, b"HTTP/1.1 200 OK");

    let stopped = server.stop().await;

    assert_stopped(&stopped);
    assert!(stopped.took < REQUESTS_END_WITHIN, "{stopped:?}");
    drop(tail);
}
