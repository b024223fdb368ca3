//! The id of a request: in its reply, in every problem, in the log, and in the events that it causes.

use std::fmt;

use axum::extract::{Request, State};
use axum::http::HeaderValue;
use axum::middleware::Next;
use axum::response::Response;
use countersign_service::entropy;
use tracing::Instrument;

use crate::state::Api;

/// The header that a reply carries it in.
const HEADER: &str = "x-request-id";

/// The id of a request.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct RequestId(String);

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Gives a request its id, and logs its end: method and status, never what it carried.
pub(crate) async fn identify(State(api): State<Api>, mut request: Request, next: Next) -> Response {
    let id = RequestId(entropy::uuid(api.service.now()).to_string());
    let span =
        tracing::info_span!("request", id = %id, method = %request.method(), status = tracing::field::Empty);
    request.extensions_mut().insert(id.clone());
    let mut response = next.run(request).instrument(span.clone()).await;
    span.record("status", response.status().as_u16());
    span.in_scope(|| tracing::debug!("answered"));
    if let Ok(value) = HeaderValue::from_str(&id.0) {
        response.headers_mut().insert(HEADER, value);
    }
    response
}
