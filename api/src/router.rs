//! The endpoints as a router, and what is around every one of them.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::{from_fn, from_fn_with_state, map_response};
use axum::response::{IntoResponse, Response};
use tower_http::catch_panic::CatchPanicLayer;

use crate::accept::negotiate;
use crate::admission::{admit, check_head};
use crate::early::refuse_early;
use crate::endpoints;
use crate::limits::{Counted, Group, count};
use crate::openapi::{Endpoint, routed};
use crate::problem::{Problem, write_problems};
use crate::problem_code::ProblemCode;
use crate::request_id::identify;
use crate::state::Api;

/// The most bytes of a request's body.
pub const BODY_LARGEST: usize = 16 * 1024;

/// The service's own addresses.
pub fn router(api: Api) -> Router {
    let counted = |group| from_fn_with_state(Counted { api: api.clone(), group }, count);
    let (v1, pages): (Vec<_>, Vec<_>) =
        endpoints::of_the_api(api.access).into_iter().partition(Endpoint::is_versioned);
    // Whether the process lives is told however much there is to do.
    let (alive, pages): (Vec<_>, Vec<_>) = pages.into_iter().partition(Endpoint::is_outside_limits);
    let (proofs, v1): (Vec<_>, Vec<_>) = v1.into_iter().partition(Endpoint::is_public);
    let (hashing, v1): (Vec<_>, Vec<_>) = v1.into_iter().partition(Endpoint::hashes);
    let hashing = known(hashing).layer(from_fn_with_state(api.clone(), refuse_early));
    let v1 = hashing.merge(known(v1)).layer(counted(Group::Api));
    let proofs = known(proofs).layer(counted(Group::Public));
    let v1 = v1.merge(proofs).layer(from_fn(negotiate)).layer(map_response(never_stored));
    // What is nowhere counts as a page: else it would be what could be asked for without end.
    let pages = known(pages).fallback(nowhere).layer(counted(Group::Public));
    let admitted = pages.merge(v1).layer(from_fn_with_state(api.clone(), admit));
    wrap(admitted.merge(known(alive)), api)
}

/// The addresses for operators, on a listener of their own.
pub fn operations(api: Api) -> Router {
    wrap(known(endpoints::of_operators()).fallback(nowhere), api)
}

/// Endpoints, and what they answer to methods that they do not know.
fn known(endpoints: Vec<Endpoint>) -> Router<Api> {
    routed(endpoints).method_not_allowed_fallback(not_this_method)
}

/// What is answered where there is nothing.
async fn nowhere() -> Problem {
    Problem::new(ProblemCode::NotFound)
}

/// What every address has: a body limit, an id for the request, and problems as documents.
fn wrap(router: Router<Api>, api: Api) -> Router {
    router
        .layer(DefaultBodyLimit::max(BODY_LARGEST))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn(check_head))
        .layer(from_fn(write_problems))
        .layer(from_fn_with_state(api.clone(), identify))
        .with_state(api)
}

/// What a resource answers to a method that it does not know; `Allow` names those that it does.
async fn not_this_method(method: Method) -> Response {
    if method == Method::OPTIONS {
        return StatusCode::NO_CONTENT.into_response();
    }
    Problem::new(ProblemCode::MethodNotAllowed).into_response()
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
