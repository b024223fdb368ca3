//! `/v1/me`: what a signed-in person sees of their own account, and changes.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use countersign_domain::id::BackupCodeId;
use countersign_service::view::{AccountView, RequestedBackupCode};

use crate::body;
use crate::extract::{Bearer, NoFields, Posted, SignedIn};
use crate::problem::Problem;
use crate::reply::Reply;
use crate::state::Api;
use crate::text::TypedPassword;

/// `GET /v1/me`.
pub(crate) async fn show(State(api): State<Api>, Bearer(token): Bearer) -> Result<Response, Problem> {
    Ok(shown(&api.service.me(&token).await?).into_response())
}

/// `POST /v1/me/password`.
pub(crate) async fn change_password(
    State(api): State<Api>,
    SignedIn { bearer, context }: SignedIn,
    Posted { mut fields, once }: Posted,
) -> Result<Response, Problem> {
    let password = fields.required::<TypedPassword>("password");
    let TypedPassword(password) = fields.finish(password)?;
    once.answered(&api, context, shown, |asked| api.service.change_password(asked, bearer, password)).await
}

/// `POST /v1/me/backup-code`.
pub(crate) async fn request_backup_code(
    State(api): State<Api>,
    SignedIn { bearer, context }: SignedIn,
    Posted { fields: NoFields, once }: Posted<NoFields>,
) -> Result<Response, Problem> {
    let reply = |requested: &RequestedBackupCode| {
        let version = body::version(requested.version.account, requested.version.version);
        Reply::new(StatusCode::CREATED, body::backup_code(&requested.backup_code)).with(version)
    };
    once.answered(&api, context, reply, |asked| api.service.request_backup_code(asked, bearer)).await
}

/// `POST /v1/me/backup-code/confirmation`.
pub(crate) async fn confirm_backup_code(
    State(api): State<Api>,
    SignedIn { bearer, context }: SignedIn,
    Posted { mut fields, once }: Posted,
) -> Result<Response, Problem> {
    let backup_code = fields.required::<BackupCodeId>("backup_code_id");
    let saved = fields.flag("saved");
    let (backup_code, saved) = fields.finish(backup_code.zip(saved))?;
    let work = |asked| api.service.confirm_backup_code(asked, bearer, backup_code, saved);
    once.answered(&api, context, shown, work).await
}

/// `DELETE /v1/me/recovery`: the safe direction, for which no step-up is asked.
pub(crate) async fn cancel_recovery(
    State(api): State<Api>,
    SignedIn { bearer, context }: SignedIn,
) -> Result<Response, Problem> {
    let version = api.service.cancel_own_recovery(context, bearer).await?;
    Ok((StatusCode::NO_CONTENT, [body::version(version.account, version.version)]).into_response())
}

fn shown(account: &AccountView) -> Reply {
    Reply::new(StatusCode::OK, body::account(account)).with(body::version(account.id, account.version))
}
