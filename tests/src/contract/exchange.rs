//! What passed a server: requests and replies, taken down beside the router, whoever sent them.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::body::{Body, HttpBody, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, Uri};
use axum::middleware::Next;
use axum::response::Response;
use http_body_util::BodyExt;

/// All that passed some servers, in the order in which replies began.
#[derive(Debug, Clone, Default)]
pub struct Exchanges(Arc<Mutex<Vec<Exchange>>>);

/// A request, and what it was answered with.
#[derive(Debug, Clone)]
pub struct Exchange {
    /// The listener that it came to.
    pub listener: Listener,
    /// The method that was asked.
    pub method: Method,
    /// What was asked: path and query.
    pub uri: Uri,
    /// What the request said beside its body.
    pub asked: HeaderMap,
    /// The bytes of the request's body that were read.
    pub request: Arc<Mutex<Vec<u8>>>,
    /// The status of the reply.
    pub status: u16,
    /// What the reply says beside its body.
    pub told: HeaderMap,
    /// The bytes of the reply; nothing of one that is sent as it is made.
    pub reply: Option<Vec<u8>>,
}

/// A listener, and who may call there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listener {
    /// The API's, open to anybody on the machine.
    Open,
    /// The API's, for clients with keys.
    ClientKeys,
    /// The operators'.
    Operators,
}

impl Exchanges {
    /// All of them so far.
    pub fn all(&self) -> Vec<Exchange> {
        self.list().clone()
    }

    fn list(&self) -> MutexGuard<'_, Vec<Exchange>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Exchange {
    /// The bytes of the request's body that were read.
    pub fn request(&self) -> Vec<u8> {
        self.request.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Takes an exchange down, and changes nothing of it.
pub async fn observe(
    State((exchanges, listener)): State<(Exchanges, Listener)>,
    request: Request,
    next: Next,
) -> Response {
    let (parts, body) = request.into_parts();
    let (method, uri, asked) = (parts.method.clone(), parts.uri.clone(), parts.headers.clone());
    let read = Arc::<Mutex<Vec<u8>>>::default();
    let copy = Arc::clone(&read);
    let body = Body::new(body.map_frame(move |frame| {
        if let Some(bytes) = frame.data_ref() {
            copy.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        }
        frame
    }));
    let response = next.run(Request::from_parts(parts, body)).await;
    let (parts, body) = response.into_parts();
    let (status, told) = (parts.status.as_u16(), parts.headers.clone());
    let (reply, body) = whole(body).await;
    let request = read;
    exchanges.list().push(Exchange { listener, method, uri, asked, request, status, told, reply });
    Response::from_parts(parts, body)
}

/// The bytes of a body that is there already, and the same body once more.
async fn whole(body: Body) -> (Option<Vec<u8>>, Body) {
    if body.size_hint().exact().is_none() {
        return (None, body);
    }
    match to_bytes(body, usize::MAX).await {
        Ok(bytes) => (Some(bytes.to_vec()), Body::from(bytes)),
        Err(_) => (None, Body::empty()),
    }
}
