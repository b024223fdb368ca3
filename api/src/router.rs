//! Which address is which function.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::{from_fn, from_fn_with_state, map_response};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use tower_http::catch_panic::CatchPanicLayer;

use crate::accept::negotiate;
use crate::admission::{admit, check_head};
use crate::limits::{Counted, Group, count};
use crate::problem::{Problem, write_problems};
use crate::problem_code::ProblemCode;
use crate::request_id::identify;
use crate::state::{Access, Api};
use crate::{
    accounts, audit, health, ledger, mailbox, me, metrics, password_resets, problem_page, sessions, sign_ins,
    tokens,
};

/// The most bytes of a request's body.
pub const BODY_LARGEST: usize = 16 * 1024;

/// The service's own addresses.
pub fn router(api: Api) -> Router {
    let counted = |group| Counted { api: api.clone(), group };
    let v1 = Router::new()
        .route("/accounts", post(accounts::register))
        .route("/accounts/verification", post(accounts::verify))
        .route("/sign-ins", post(sign_ins::start))
        .route("/sign-ins/{id}", get(sign_ins::show).delete(sign_ins::cancel))
        .route("/sign-ins/{id}/challenges", post(sign_ins::request_challenge))
        .route("/sign-ins/{id}/answers", post(sign_ins::answer))
        .route("/sign-ins/{id}/backup-code/reissue", post(sign_ins::reissue))
        .route("/sign-ins/{id}/backup-code/confirmation", post(sign_ins::confirm))
        .route("/tokens/refresh", post(tokens::refresh))
        .route("/tokens/introspect", post(tokens::introspect))
        .route("/sessions", get(sessions::list).delete(sessions::end_all))
        .route("/sessions/{id}", delete(sessions::end_one))
        .route("/password-resets", post(password_resets::request))
        .route("/password-resets/completion", post(password_resets::complete))
        .route("/me", get(me::show))
        .route("/me/password", post(me::change_password))
        .route("/me/backup-code", post(me::request_backup_code))
        .route("/me/backup-code/confirmation", post(me::confirm_backup_code))
        .route("/me/receipt", get(ledger::my_receipt))
        .route("/audit/events", get(audit::page))
        .route("/audit/events/stream", get(audit::tail))
        .route("/audit/events/{index}", get(audit::show))
        .route("/audit/exports", post(audit::export))
        .route("/audit/summary", get(audit::summary))
        .route("/audit/accounts/{id}/state", get(audit::account_state))
        .route("/audit/sign-ins/{id}/replay", get(audit::sign_in))
        .layer(from_fn_with_state(counted(Group::Api), count));
    let proofs = Router::new()
        .route("/ledger/tree-head", get(ledger::tree_head))
        .route("/ledger/inclusion", get(ledger::inclusion))
        .route("/ledger/consistency", get(ledger::consistency))
        .layer(from_fn_with_state(counted(Group::Public), count));
    let v1 = v1.merge(proofs).layer(from_fn(negotiate)).layer(map_response(never_stored));
    let pages = Router::new()
        .route("/.well-known/jwks.json", get(tokens::keys))
        .route("/checkpoint", get(ledger::checkpoint))
        .route("/tile/{*path}", get(ledger::tile))
        .route("/docs/problems", get(problem_page::index))
        .route("/docs/problems/{code}", get(problem_page::show));
    let pages = match api.access {
        Access::Open => pages.route("/dev/mailbox", get(mailbox::show)),
        Access::ClientKeys => pages,
    };
    let pages = pages.layer(from_fn_with_state(counted(Group::Public), count));
    let admitted = pages.nest("/v1", v1).layer(from_fn_with_state(api.clone(), admit));
    // Whether the process lives is told however much there is to do.
    wrap(admitted.route("/healthz", get(health::alive)), api)
}

/// The addresses for operators, on a listener of their own.
pub fn operations(api: Api) -> Router {
    let pages = Router::new()
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(metrics::metrics));
    wrap(pages, api)
}

/// What every address has: a body limit, an id for the request, and problems as documents.
fn wrap(router: Router<Api>, api: Api) -> Router {
    router
        .fallback(|| async { Problem::new(ProblemCode::NotFound) })
        .method_not_allowed_fallback(not_this_method)
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
