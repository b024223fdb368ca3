//! The loop on loopback, with a small router and short times: whoever is slow, silent, greedy or endless is ended.

mod caps;
mod client;
mod frames;
mod slow;
mod stop;
mod streams;
mod unread;

use std::convert::Infallible;
use std::net::SocketAddr;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::routing::{get, post};
use axum::{Extension, Router};
use futures_util::stream;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::{Bounds, Serving, Streams, listen, serve};
use crate::traffic::Traffic;
use client::Client;

/// A time-out that a test waits for.
const SHORT: Duration = Duration::from_secs(1);
/// A time-out that must not be what ends anything.
const LONG: Duration = Duration::from_secs(60);

/// A loop that serves.
struct Served {
    address: SocketAddr,
    traffic: Traffic,
    stop: watch::Sender<bool>,
    ended: JoinHandle<()>,
}

/// Bounds of which none is reached.
fn wide() -> Bounds {
    Bounds {
        connections: 100,
        connections_per_address: 100,
        head_within: LONG,
        idle_within: LONG,
        idle_when_crowded: LONG,
        taken_within: LONG,
        delivered_within: LONG,
        heard_within: SHORT,
        farewell_within: SHORT,
        streams: 8,
    }
}

fn start(bounds: Bounds) -> Served {
    let router = Router::new()
        .route("/", get(|| async { "quill" }))
        .route("/body", post(|body: Bytes| async move { body.len().to_string() }))
        .route("/never", get(std::future::pending::<&'static str>))
        .route("/task", get(|| async { tokio::task::id().to_string() }))
        .route("/silent", get(|| async { silent() }))
        .route("/tail", get(|| async { (Extension(Streams), silent()) }))
        .route("/endless", get(|| async { endless() }));
    let listener = listen(([127, 0, 0, 1], 0).into()).unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = watch::channel(false);
    let traffic = Traffic::default();
    let serving = Serving { router, bounds, traffic: traffic.clone(), stopped };
    let ended = tokio::spawn(serve(listener, serving));
    Served { address, traffic, stop, ended }
}

fn silent() -> Body {
    Body::from_stream(stream::pending::<Result<Bytes, Infallible>>())
}

fn endless() -> Body {
    let part = Bytes::from_static(&[b'x'; 16 * 1024]);
    Body::from_stream(stream::repeat_with(move || Ok::<_, Infallible>(part.clone())))
}

impl Served {
    async fn connect(&self) -> Client {
        Client::connect(self.address).await
    }

    /// Asks on one connection after the other until there is a place.
    async fn serves_again(&self) {
        let served = async { while !self.connect().await.is_served().await {} };
        timeout(LONG / 2, served).await.expect("there is a place again");
    }

    /// Connections that were ended for a reason, told when all are.
    async fn ended_in_all(self, reason: &'static str) -> u64 {
        self.stop.send_replace(true);
        self.ended.await.unwrap();
        self.traffic.ended_as(reason)
    }
}
