//! `/v1/accounts`: register, and verify.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use countersign_domain::code::Digits;
use countersign_service::error::ServiceError;
use countersign_service::flow::Register;

use crate::body;
use crate::extract::{Caller, Fields, Stated};
use crate::limits::Toll;
use crate::problem::Problem;
use crate::state::Api;
use crate::text::{Secret, TypedPassword};

/// `POST /v1/accounts`: the same answer for every address.
pub(crate) async fn register(
    State(api): State<Api>,
    Caller(context): Caller,
    toll: Toll,
    fields: Fields,
) -> Result<Response, Problem> {
    let (request, stated) = read_register(fields)?;
    let context = stated.within(context);
    toll.sign_in(&api, &context)?;
    let registration = api.service.register(context, request).await?;
    Ok((StatusCode::ACCEPTED, Json(body::registration(&registration))).into_response())
}

/// `POST /v1/accounts/verification`.
pub(crate) async fn verify(
    State(api): State<Api>,
    Caller(context): Caller,
    mut fields: Fields,
) -> Result<Response, Problem> {
    let token = fields.required::<Secret>("registration_token");
    let code = fields.required::<Secret>("code");
    let (token, code) = fields.finish(token.zip(code))?;
    let digits: Digits = code.expose().parse().map_err(|_| ServiceError::CodeRejected)?;
    let account = api.service.verify(context, token.expose(), digits).await?;
    let version = body::version(account.id, account.version);
    Ok((StatusCode::CREATED, [version], Json(body::account(&account))).into_response())
}

fn read_register(mut fields: Fields) -> Result<(Register, Stated), Problem> {
    let email = fields.required("email");
    let password = fields.required::<TypedPassword>("password");
    let locale = fields.optional("locale");
    let stated = Stated::take(&mut fields);
    let both = email.zip(password);
    let request = both.map(|(email, TypedPassword(password))| Register {
        email,
        password,
        locale: locale.unwrap_or_default(),
    });
    fields.finish(request.map(|request| (request, stated)))
}
