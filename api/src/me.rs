//! `/v1/me`: what a signed-in person sees of their own account, and changes.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use countersign_domain::id::BackupCodeId;
use countersign_service::view::AccountView;

use crate::body;
use crate::extract::{Bearer, Fields, NoFields, Origin, Person};
use crate::problem::Problem;
use crate::state::Api;
use crate::text::TypedPassword;

/// `GET /v1/me`.
pub(crate) async fn show(State(api): State<Api>, Bearer(token): Bearer) -> Result<Response, Problem> {
    Ok(shown(&api.service.me(&token).await?).into_response())
}

/// `POST /v1/me/password`.
pub(crate) async fn change_password(
    State(api): State<Api>,
    Origin(context): Origin,
    Person(bearer): Person,
    mut fields: Fields,
) -> Result<Response, Problem> {
    let password = fields.required::<TypedPassword>("password");
    let TypedPassword(password) = fields.finish(password)?;
    Ok(shown(&api.service.change_password(context, bearer, password).await?).into_response())
}

/// `POST /v1/me/backup-code`.
pub(crate) async fn request_backup_code(
    State(api): State<Api>,
    Origin(context): Origin,
    Person(bearer): Person,
    NoFields: NoFields,
) -> Result<Response, Problem> {
    let reply = api.service.request_backup_code(context, bearer).await?;
    let version = body::version(reply.version.account, reply.version.version);
    Ok((StatusCode::CREATED, [version], Json(body::backup_code(&reply.backup_code))).into_response())
}

/// `POST /v1/me/backup-code/confirmation`.
pub(crate) async fn confirm_backup_code(
    State(api): State<Api>,
    Origin(context): Origin,
    Person(bearer): Person,
    mut fields: Fields,
) -> Result<Response, Problem> {
    let backup_code = fields.required::<BackupCodeId>("backup_code_id");
    let saved = fields.flag("saved");
    let (backup_code, saved) = fields.finish(backup_code.zip(saved))?;
    Ok(shown(&api.service.confirm_backup_code(context, bearer, backup_code, saved).await?).into_response())
}

fn shown(account: &AccountView) -> impl IntoResponse + use<> {
    ([body::version(account.id, account.version)], Json(body::account(account)))
}
