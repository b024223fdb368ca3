//! HTTP/2 on the same port.

use axum::http::Version;
use http_body_util::{BodyExt, Empty};
use hyper::client::conn::http2::{Builder, SendRequest, handshake};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;

use super::*;

type Sender = SendRequest<Empty<Bytes>>;

async fn connect(served: &Served) -> (Sender, JoinHandle<Result<(), hyper::Error>>) {
    let socket = TcpStream::connect(served.address).await.unwrap();
    let (sender, connection) = handshake(TokioExecutor::new(), TokioIo::new(socket)).await.unwrap();
    (sender, tokio::spawn(connection))
}

/// A client that makes room for so many bytes of a reply, and never for more.
async fn connect_with_window(served: &Served, window: u32) -> (Sender, JoinHandle<Result<(), hyper::Error>>) {
    let socket = TcpStream::connect(served.address).await.unwrap();
    let mut http = Builder::new(TokioExecutor::new());
    let (sender, connection) =
        http.initial_stream_window_size(window).handshake(TokioIo::new(socket)).await.unwrap();
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
async fn the_requests_of_a_connection_are_answered_in_its_task() {
    let served = start(wide());
    let mut tasks = Vec::new();
    for _ in 0..2 {
        let (sender, _connection) = connect(&served).await;
        for _ in 0..3 {
            let response = sender.clone().send_request(ask("/task")).await.unwrap();
            tasks.push(response.into_body().collect().await.unwrap().to_bytes());
        }
    }
    let (first, second) = tasks.split_at(3);
    assert!(first.windows(2).chain(second.windows(2)).all(|pair| pair[0] == pair[1]), "{tasks:?}");
    assert_ne!(first[0], second[0]);
}

#[tokio::test]
async fn an_idle_http2_connection_is_told_that_it_ends() {
    let served = start(Bounds { idle_within: SHORT, farewell_within: LONG, ..wide() });
    let (mut sender, connection) = connect(&served).await;
    sender.send_request(ask("/")).await.unwrap().into_body().collect().await.unwrap();
    // An end that was announced is none that is an error.
    timeout(LONG / 2, connection).await.unwrap().unwrap().unwrap();
    assert_eq!(served.ended_in_all("idle").await, 1);
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

#[tokio::test]
async fn who_makes_no_room_for_a_reply_is_cut_although_they_answer_every_ping() {
    for window in [0, 1, 4] {
        let served = start(Bounds { delivered_within: SHORT, ..wide() });
        let (mut sender, connection) = connect_with_window(&served, window).await;
        let response = sender.send_request(ask("/")).await.unwrap();
        assert_eq!(response.status(), 200, "the head needs no room");
        timeout(LONG / 2, connection).await.expect("the connection is ended").unwrap().ok();
        drop(response);
        assert_eq!(served.ended_in_all("undelivered").await, 1, "room for {window}");
    }
}

#[tokio::test]
async fn who_makes_room_for_a_reply_and_not_for_a_byte_more_hears_all_of_it() {
    let served = start(Bounds { delivered_within: LONG, ..wide() });
    let (mut sender, _connection) = connect_with_window(&served, 5).await;
    let response = sender.send_request(ask("/")).await.unwrap();
    let heard = timeout(LONG / 2, response.into_body().collect()).await.expect("it ends").unwrap();
    assert_eq!(heard.to_bytes(), "quill");
}

#[tokio::test]
async fn a_reply_that_streams_goes_on_for_longer_than_any_other() {
    let served = start(Bounds { delivered_within: SHORT, ..wide() });
    let (mut sender, connection) = connect(&served).await;
    let response = sender.send_request(ask("/tail")).await.unwrap();
    assert!(timeout(2 * SHORT, connection).await.is_err(), "a stream is no reply that is not taken");
    drop(response);
}

#[tokio::test]
async fn a_list_of_headers_that_is_too_large_is_refused_and_its_connection_goes_on() {
    let served = start(wide());
    let (mut sender, _connection) = connect(&served).await;
    let large = hyper::Request::builder().uri("http://x/").header("x-large", "y".repeat(17_000));
    let refused = sender.send_request(large.body(Empty::new()).unwrap()).await.unwrap();
    assert_eq!(refused.status(), 431);
    assert_eq!(sender.send_request(ask("/")).await.unwrap().status(), 200);
}
