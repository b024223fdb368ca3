//! What every request has to pass before a handler sees it: a head within bounds, a place, and an end.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Version, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use countersign_domain::time::Span;
use http_body::{Frame, SizeHint};
use tokio::time::{Sleep, sleep, timeout};

use crate::client_address::ClientAddress;
use crate::problem::{FieldError, Problem};
use crate::problem_code::ProblemCode;
use crate::serving::{ANSWERED_WITHIN, Place};
use crate::state::Api;

/// The most headers of a request; up to twice as many are read, to be refused with a document.
const HEADERS_MOST: usize = 64;
/// The most bytes of a request's headers; up to twice as many are read.
const HEADERS_LARGEST: usize = 16 * 1024;
/// The most bytes of a request's target.
const TARGET_LARGEST: usize = 8 * 1024;
/// How long to stay away when there is no place for a request.
const RETRY_AFTER: Span = Span::seconds(2);

/// How many requests may be under way, and how long each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestBounds {
    /// Requests that are being answered at once.
    pub requests: usize,
    /// Requests of one address that are being answered at once.
    pub requests_per_address: usize,
    /// How long a request's body may take to come.
    pub body_within: Duration,
    /// How long a reply may take to begin. What streams has limits of its own from then on.
    pub answered_within: Duration,
}

impl Default for RequestBounds {
    fn default() -> Self {
        Self {
            requests: 4_096,
            requests_per_address: 256,
            body_within: Duration::from_secs(10),
            answered_within: ANSWERED_WITHIN,
        }
    }
}

/// Refuses a request whose head is larger than it needs to be, or does not say for whom it is.
pub(crate) async fn check_head(request: Request, next: Next) -> Response {
    match head_problem(&request) {
        None => next.run(request).await,
        Some(problem) => problem.into_response(),
    }
}

fn head_problem(request: &Request) -> Option<Problem> {
    let headers = request.headers();
    let bytes: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    let target = request.uri().path_and_query().map_or(0, |target| target.as_str().len());
    let hosts = headers.get_all(header::HOST).iter().count();
    if target > TARGET_LARGEST {
        return Some(Problem::new(ProblemCode::UriTooLong));
    }
    if headers.len() > HEADERS_MOST || bytes > HEADERS_LARGEST {
        return Some(Problem::new(ProblemCode::HeadersTooLarge));
    }
    // RFC 9112, 3.2: exactly one. HTTP/2 has `:authority` instead.
    let host = || Problem::invalid(vec![FieldError::new("/headers/host", "expected exactly one")]);
    (request.version() == Version::HTTP_11 && hosts != 1).then(host)
}

/// Gives a request a place and bounds its time, or refuses it before anything of its body is read.
pub(crate) async fn admit(State(api): State<Api>, request: Request, next: Next) -> Response {
    let bounds = api.conditions.requests;
    let (parts, body) = request.into_parts();
    let address = ClientAddress::of(&parts, api.conditions.trusted_hops);
    let place = match address.map(|ClientAddress(address)| api.places.take(address)).transpose() {
        Ok(place) => place,
        Err(full) => {
            api.conditions.traffic.refused(full);
            return Problem::later(ProblemCode::Overloaded, RETRY_AFTER).into_response();
        }
    };
    let (is_late, version) = (Arc::new(AtomicBool::new(false)), parts.version);
    let body = Body::new(TimedBody::new(body, bounds.body_within, &is_late));
    let request = Request::from_parts(parts, body);
    let answered = timeout(bounds.answered_within, next.run(request)).await;
    match answered {
        Ok(_) if is_late.load(Ordering::Relaxed) => {
            api.conditions.traffic.timed_out("body");
            closing(Problem::new(ProblemCode::RequestTimeout), version)
        }
        Ok(response) => response.map(|body| Body::new(PlacedBody { body, _place: place })),
        Err(_) => {
            api.conditions.traffic.timed_out("answer");
            Problem::later(ProblemCode::Unavailable, RETRY_AFTER).into_response()
        }
    }
}

/// A problem behind which an HTTP/1.1 connection ends; HTTP/2 ends the stream alone.
fn closing(problem: Problem, version: Version) -> Response {
    let mut response = problem.into_response();
    if version < Version::HTTP_2 {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

/// A reply's body, which keeps its request's place until it was handed over, or is given up.
struct PlacedBody {
    body: Body,
    _place: Option<Place>,
}

impl http_body::Body for PlacedBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A body that must have come within a while.
struct TimedBody {
    body: Body,
    ends: Pin<Box<Sleep>>,
    is_late: Arc<AtomicBool>,
}

impl TimedBody {
    fn new(body: Body, within: Duration, is_late: &Arc<AtomicBool>) -> Self {
        Self { body, ends: Box::pin(sleep(within)), is_late: Arc::clone(is_late) }
    }
}

impl http_body::Body for TimedBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        // The end is looked at first: a body that never pauses ends too.
        if self.ends.as_mut().poll(cx).is_ready() {
            self.is_late.store(true, Ordering::Relaxed);
            return Poll::Ready(Some(Err(axum::Error::new(std::io::Error::from(
                std::io::ErrorKind::TimedOut,
            )))));
        }
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
