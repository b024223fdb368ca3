//! The endpoints as a router, and what is around every one of them.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderValue, header};
use axum::middleware::{from_fn, from_fn_with_state, map_response};
use axum::response::{IntoResponse, Response};
use tower_http::catch_panic::CatchPanicLayer;

use crate::endpoints;
use crate::openapi::routed;
use crate::problem::{Problem, write_problems};
use crate::problem_code::ProblemCode;
use crate::request_id::identify;
use crate::state::Api;

/// The most bytes of a request's body.
pub const BODY_LARGEST: usize = 16 * 1024;
/// Where everything of the API's first version is.
const VERSION_1: &str = "/v1";

/// The service's own addresses.
pub fn router(api: Api) -> Router {
    let (pages, v1) = routed(endpoints::of_the_api(api.access), VERSION_1);
    wrap(pages.nest(VERSION_1, v1.layer(map_response(never_stored))), api)
}

/// The addresses for operators, on a listener of their own.
pub fn operations(api: Api) -> Router {
    let (pages, _) = routed(endpoints::of_operators(), VERSION_1);
    wrap(pages, api)
}

/// What every address has: a body limit, an id for the request, and problems as documents.
fn wrap(router: Router<Api>, api: Api) -> Router {
    router
        .fallback(|| async { Problem::new(ProblemCode::NotFound) })
        .method_not_allowed_fallback(|| async { Problem::new(ProblemCode::MethodNotAllowed) })
        .layer(DefaultBodyLimit::max(BODY_LARGEST))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn(write_problems))
        .layer(from_fn_with_state(api.clone(), identify))
        .with_state(api)
}

/// What a panic is answered with; what it said stays in the log.
fn panicked(_: Box<dyn std::any::Any + Send>) -> Response {
    tracing::error!("a handler panicked");
    Problem::new(ProblemCode::InternalError).into_response()
}

/// Replies of the API can hold secrets and are never kept by anything on their way.
async fn never_stored(mut response: Response) -> Response {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
