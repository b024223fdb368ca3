//! The id of a request: in its reply, in every problem, in the log, and in the events that it causes.

use std::fmt;
use std::sync::{Arc, OnceLock};

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderValue, Method};
use axum::middleware::Next;
use axum::response::Response;
use countersign_domain::id::ClientId;
use countersign_service::entropy;
use tokio::time::Instant;
use tracing::Instrument;

use crate::problem::Refused;
use crate::state::Api;

/// The header that a reply carries it in.
pub(crate) const HEADER: &str = "x-request-id";

/// The id of a request.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct RequestId(String);

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The client whose key a request presented, once it is known: for the log.
#[derive(Debug, Default, Clone)]
pub(crate) struct KnownClient(Arc<OnceLock<ClientId>>);

impl KnownClient {
    /// The client is this one.
    pub(crate) fn is(&self, client: ClientId) {
        self.0.get_or_init(|| client);
    }
}

/// The route of a request that fits none: what was asked for is not logged.
const NO_ROUTE: &str = "none";
/// The route that is asked for to know whether the service lives.
const ALIVE: &str = "/healthz";
/// The method of a request that is none of the known ones.
const OTHER_METHOD: &str = "other";

/// Gives a request its id, counts it, and logs its end, unless it was refused for want of a place, in one line: method, route, status, how long it took, its id and
/// the client's; never what it carried, nor where it came from.
pub(crate) async fn identify(State(api): State<Api>, mut request: Request, next: Next) -> Response {
    let began = Instant::now();
    let id = RequestId(entropy::uuid(api.service.now()).to_string());
    let method = known(request.method());
    let route = request.extensions().get::<MatchedPath>().cloned();
    let client = KnownClient::default();
    let span = tracing::info_span!("request", id = %id);
    request.extensions_mut().insert(id.clone());
    request.extensions_mut().insert(client.clone());
    let mut response = next.run(request).instrument(span.clone()).await;
    let (status, took) = (response.status().as_u16(), began.elapsed());
    let route = route.as_ref().map_or(NO_ROUTE, MatchedPath::as_str);
    api.conditions.traffic.answered(method, route, status, took);
    let client = client.0.get().map(ToString::to_string);
    let client = client.as_deref();
    let millis = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    // A crowd, and whoever asks all the time whether the service lives, must not fill the log: both are counted.
    if route == ALIVE || response.extensions().get::<Refused>().is_some() {
        span.in_scope(
            || tracing::debug!(method, route, status, millis, request_id = %id, client, "answered"),
        );
    } else {
        span.in_scope(|| tracing::info!(method, route, status, millis, request_id = %id, client, "answered"));
    }
    if let Ok(value) = HeaderValue::from_str(&id.0) {
        response.headers_mut().insert(HEADER, value);
    }
    response
}

/// A method's name; a client can make any up, and none of those becomes a label.
fn known(method: &Method) -> &'static str {
    let methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    methods.into_iter().find(|known| *known == method.as_str()).unwrap_or(OTHER_METHOD)
}
