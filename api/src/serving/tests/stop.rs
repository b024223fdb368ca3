//! The service stops.

use std::time::Instant;

use super::*;

#[tokio::test]
async fn a_stop_closes_idle_silent_and_half_said_connections_at_once() {
    let served = start(Bounds { heard_within: Duration::from_millis(1), ..wide() });
    let mut clients = [served.connect().await, served.connect().await, served.connect().await];
    clients[0].get().await;
    clients[1].say("GET / HT").await;
    // The last was taken when this one is answered.
    served.connect().await.get().await;

    let told = Instant::now();
    served.stop.send_replace(true);
    for mut client in clients {
        client.hear_to_the_end().await;
    }
    served.ended.await.unwrap();
    assert!(told.elapsed() < Duration::from_secs(5), "{:?}", told.elapsed());
}

#[tokio::test]
async fn a_stop_waits_for_a_request_that_was_admitted() {
    let served = start(wide());
    let mut client = served.connect().await;
    client.say("POST /body HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\nexpect: 100-continue\r\n\r\n").await;
    client.hear_until("100 Continue").await;
    served.stop.send_replace(true);
    client.say("ab").await;
    let heard = client.hear_to_the_end().await;
    assert!(heard.contains("200 OK") && heard.ends_with('2'), "{heard}");
    served.ended.await.unwrap();
}

#[tokio::test]
async fn after_a_stop_nobody_is_let_in() {
    let served = start(wide());
    served.stop.send_replace(true);
    served.ended.await.unwrap();
    assert!(tokio::net::TcpStream::connect(served.address).await.is_err());
}
