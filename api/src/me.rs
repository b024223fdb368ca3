//! `/v1/me`: what a signed-in person sees of their own account.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};

use crate::body;
use crate::extract::Bearer;
use crate::problem::Problem;
use crate::state::Api;

/// `GET /v1/me`.
pub(crate) async fn show(State(api): State<Api>, Bearer(token): Bearer) -> Result<Response, Problem> {
    let account = api.service.me(&token).await?;
    Ok(([body::version(account.id, account.version)], Json(body::account(&account))).into_response())
}
