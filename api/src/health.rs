//! Whether the service is alive, and whether it can work.

use axum::extract::State;
use axum::response::{IntoResponse, Response};

use crate::problem::Problem;
use crate::state::Api;

/// `GET /healthz`: the process answers, and the runtime that does the work moves.
pub(crate) async fn alive(State(api): State<Api>) -> Result<&'static str, Problem> {
    if api.pulse.is_felt() { Ok("ok\n") } else { Err(Problem::unavailable()) }
}

/// `GET /readyz`: the database answers in time and has every migration, the ledger is not stopped by a breach, and the
/// service does not stop.
pub(crate) async fn ready(State(api): State<Api>) -> Response {
    if api.is_stopping() {
        return Problem::unavailable().into_response();
    }
    let service = api.service.clone();
    match api.pulse.ask(async move { service.is_ready().await }).await {
        Some(Ok(true)) => "ready\n".into_response(),
        Some(Ok(false)) | None => Problem::unavailable().into_response(),
        Some(Err(error)) => Problem::from(error).into_response(),
    }
}
