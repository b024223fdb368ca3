//! HTTP/2 on the same port.

use axum::http::Version;
use http_body_util::{BodyExt, Empty};
use hyper::client::conn::http2::{SendRequest, handshake};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::*;

type Sender = SendRequest<Empty<Bytes>>;

async fn connect(served: &Served) -> (Sender, JoinHandle<Result<(), hyper::Error>>) {
    let socket = TcpStream::connect(served.address).await.unwrap();
    let (sender, connection) = handshake(TokioExecutor::new(), TokioIo::new(socket)).await.unwrap();
    (sender, tokio::spawn(connection))
}

fn ask(path: &str) -> hyper::Request<Empty<Bytes>> {
    hyper::Request::builder().uri(format!("http://x{path}")).body(Empty::new()).unwrap()
}

#[tokio::test]
async fn http2_is_served_to_who_begins_with_it() {
    let served = start(wide());
    let (mut sender, _connection) = connect(&served).await;
    let response = sender.send_request(ask("/")).await.unwrap();
    assert_eq!(response.version(), Version::HTTP_2);
    assert_eq!(response.into_body().collect().await.unwrap().to_bytes(), "quill");
}

#[tokio::test]
async fn a_connection_has_so_many_streams_at_once() {
    let served = start(Bounds { streams: 2, ..wide() });
    let (mut sender, _connection) = connect(&served).await;
    // Only who has heard the server's settings knows of the limit.
    sender.send_request(ask("/")).await.unwrap().into_body().collect().await.unwrap();
    let held = [
        sender.clone().send_request(ask("/silent")).await.unwrap(),
        sender.clone().send_request(ask("/silent")).await.unwrap(),
    ];
    assert!(
        timeout(SHORT, sender.clone().send_request(ask("/"))).await.is_err(),
        "a third stream was opened"
    );
    drop(held);
    assert!(timeout(LONG, sender.send_request(ask("/"))).await.unwrap().is_ok());
}

#[tokio::test]
async fn an_idle_http2_connection_is_closed() {
    let served = start(Bounds { idle_within: SHORT, ..wide() });
    let (mut sender, connection) = connect(&served).await;
    sender.send_request(ask("/")).await.unwrap().into_body().collect().await.unwrap();
    assert!(timeout(LONG / 2, connection).await.is_ok());
}

#[tokio::test]
async fn a_stop_says_goodbye_to_http2() {
    let served = start(wide());
    let (mut sender, connection) = connect(&served).await;
    sender.send_request(ask("/")).await.unwrap().into_body().collect().await.unwrap();
    served.stop.send_replace(true);
    // An end that was announced is none that is an error.
    timeout(LONG / 2, connection).await.unwrap().unwrap().unwrap();
    served.ended.await.unwrap();
}
