//! Whether the service is alive, and whether it can work.

use axum::extract::State;
use axum::response::{IntoResponse, Response};

use crate::problem::Problem;
use crate::state::Api;

/// `GET /healthz`: the process answers.
pub(crate) async fn alive() -> &'static str {
    "ok\n"
}

/// `GET /readyz`: the database answers and has every migration, the ledger is not stopped by a breach, and the service
/// does not stop.
pub(crate) async fn ready(State(api): State<Api>) -> Response {
    if api.is_stopping() {
        return Problem::unavailable().into_response();
    }
    match api.service.is_ready().await {
        Ok(true) => "ready\n".into_response(),
        Ok(false) => Problem::unavailable().into_response(),
        Err(error) => Problem::from(error).into_response(),
    }
}
