//! `/v1/sessions`: the person's own, and to end them.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use countersign_domain::id::SessionId;
use countersign_service::flow::EndedSessions;
use serde_json::json;

use crate::body;
use crate::extract::{InPath, QueryFields, SignedIn};
use crate::problem::Problem;
use crate::state::Api;
use crate::word::ExceptWord;

/// `GET /v1/sessions`.
pub(crate) async fn list(
    State(api): State<Api>,
    SignedIn { bearer, .. }: SignedIn,
) -> Result<Response, Problem> {
    let sessions = api.service.sessions(bearer).await?;
    let sessions: Vec<_> = sessions.iter().map(body::session).collect();
    Ok(Json(json!({ "data": sessions })).into_response())
}

/// `DELETE /v1/sessions`, or all but one with `?except=current`.
pub(crate) async fn end_all(
    State(api): State<Api>,
    SignedIn { bearer, context }: SignedIn,
    QueryFields(mut fields): QueryFields,
) -> Result<Response, Problem> {
    let except = fields.optional::<ExceptWord>("except");
    let (_, except) = fields.checked(except)?;
    let which = if except.is_some() { EndedSessions::Others } else { EndedSessions::All };
    let version = api.service.end_sessions(context, bearer, which).await?;
    Ok((StatusCode::NO_CONTENT, [body::version(version.account, version.version)]).into_response())
}

/// `DELETE /v1/sessions/{id}`; an ill-formed id names nothing.
pub(crate) async fn end_one(
    State(api): State<Api>,
    SignedIn { bearer, context }: SignedIn,
    InPath(id): InPath<SessionId>,
) -> Result<Response, Problem> {
    api.service.end_session(context, bearer, id).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
