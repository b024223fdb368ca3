//! One connection's life.

use std::convert::Infallible;
use std::future::poll_fn;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, Request};
use axum::http::Version;
use axum::response::Response;
use http_body::{Frame, SizeHint};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tower::ServiceExt;

use super::activity::{self, Activity, Overdue};
use super::bounds::{
    BUFFER_LARGEST, Bounds, CONNECTION_WINDOW, HEADER_LIST_LARGEST, HEADERS_READ, PING_EVERY,
    RESETS_OF_OURS_MOST, RESETS_PENDING_MOST, SEND_BUFFER, STREAM_WINDOW,
};
use super::exchanges::{Exchanges, InItsTask};
use super::places::Places;
use super::refusal;
use super::socket::Watched;
use crate::traffic::Traffic;

/// What the connections of a listener share.
pub(super) struct Connections {
    router: Router,
    bounds: Bounds,
    traffic: Traffic,
    stopped: watch::Receiver<bool>,
    places: Places,
}

impl Connections {
    /// Connections that are served by a router.
    pub(super) fn new(
        router: Router,
        bounds: Bounds,
        traffic: Traffic,
        stopped: watch::Receiver<bool>,
        places: Places,
    ) -> Self {
        Self { router, bounds, traffic, stopped, places }
    }
}

fn http(bounds: &Bounds, executor: InItsTask) -> Builder<InItsTask> {
    let mut http = Builder::new(executor);
    http.http1()
        .timer(TokioTimer::new())
        // It runs between requests too; the head alone is watched by the connection's activity.
        .header_read_timeout(bounds.head_within.max(bounds.idle_within))
        .max_headers(HEADERS_READ)
        .max_buf_size(BUFFER_LARGEST);
    http.http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(bounds.streams)
        .max_header_list_size(HEADER_LIST_LARGEST)
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .max_send_buf_size(SEND_BUFFER)
        .max_pending_accept_reset_streams(RESETS_PENDING_MOST)
        .max_local_error_reset_streams(RESETS_OF_OURS_MOST)
        .keep_alive_interval(PING_EVERY)
        .keep_alive_timeout(PING_EVERY);
    http
}

/// Serves a connection to its end.
pub(super) async fn serve_connection(connections: &Connections, socket: TcpStream, peer: SocketAddr) {
    let _open = connections.traffic.open();
    let bounds = &connections.bounds;
    let (socket, activity) = (Arc::new(socket), Activity::new(*bounds, connections.places.clone()));
    let overdue = exchange(connections, &socket, peer, &activity).await;
    let overdue = overdue.or_else(|| activity.is_stalled().then_some(Overdue::Stalled));
    if let Some(overdue) = overdue {
        connections.traffic.ended(overdue.name());
    }
    match overdue {
        Some(Overdue::Head) if activity.speaks_http1() => {
            refusal::time_out(&socket, bounds.heard_within).await;
        }
        None => refusal::drain(&socket, bounds.heard_within).await,
        Some(_) => {}
    }
}

/// Serves requests until the connection ends by itself, or has to be ended.
async fn exchange(
    connections: &Connections,
    socket: &Arc<TcpStream>,
    peer: SocketAddr,
    activity: &Arc<Activity>,
) -> Option<Overdue> {
    let io = Watched::new(Arc::clone(socket), Arc::clone(activity), connections.bounds.taken_within);
    let answer = |request| answer(connections.router.clone(), request, peer, activity.request());
    let (mut exchanges, executor) = Exchanges::new();
    let http = http(&connections.bounds, executor);
    let mut connection = pin!(http.serve_connection(TokioIo::new(io), service_fn(answer)));
    let mut stopped = connections.stopped.clone();
    let (mut stops, mut said_goodbye) = (false, None);
    loop {
        tokio::select! {
            ended = poll_fn(|cx| {
                let ended = connection.as_mut().poll(cx);
                exchanges.go_on(cx);
                ended
            }) => {
                if let Err(error) = ended {
                    tracing::debug!(%error, "a connection ended early");
                }
                return said_goodbye;
            }
            overdue = activity.overdue() => {
                if said_goodbye.is_some() || !activity.hears_goodbye(overdue) {
                    return said_goodbye.or(Some(overdue));
                }
                // What it asks before it hears so is answered.
                said_goodbye = Some(overdue);
                connection.as_mut().graceful_shutdown();
                activity.stop();
            }
            _ = stopped.wait_for(|stopped| *stopped), if !stops => {
                stops = true;
                connection.as_mut().graceful_shutdown();
                activity.stop();
            }
        }
    }
}

/// Answers a request, which is under way until its reply was handed over.
async fn answer(
    router: Router,
    request: hyper::Request<Incoming>,
    peer: SocketAddr,
    under_way: activity::Request,
) -> Result<Response<Reply>, Infallible> {
    let mut request: Request = request.map(Body::new);
    request.extensions_mut().insert(ConnectInfo(peer));
    let is_http2 = request.version() == Version::HTTP_2;
    let mut response = router.oneshot(request).await?;
    if response.extensions_mut().remove::<Streams>().is_some() {
        under_way.streams();
    }
    Ok(response.map(|body| Reply { body, is_http2, last: None, _under_way: under_way }))
}

/// Marks a reply that goes on for as long as somebody takes it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Streams;

/// A reply's body, with which its request ends.
///
/// HTTP/2 takes a part whole as soon as the client has room for a byte of it, and the next part only when the client has
/// room behind that. So the last byte of each part is a part of its own: a reply for which the client never makes room
/// stays a request under way.
struct Reply {
    body: Body,
    is_http2: bool,
    last: Option<Bytes>,
    _under_way: activity::Request,
}

impl http_body::Body for Reply {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if let Some(last) = self.last.take() {
            return Poll::Ready(Some(Ok(Frame::data(last))));
        }
        let mut frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        if let Some(Ok(frame)) = &mut frame
            && let Some(part) = frame.data_mut()
            && self.is_http2
            && part.len() > 1
        {
            self.last = Some(part.split_off(part.len() - 1));
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.last.is_none() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let (left, held) = (self.body.size_hint(), self.last.as_ref().map_or(0, |_| 1));
        let mut hint = SizeHint::new();
        hint.set_lower(left.lower() + held);
        if let Some(upper) = left.upper() {
            hint.set_upper(upper + held);
        }
        hint
    }
}
