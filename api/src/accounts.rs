//! `/v1/accounts`: register, and verify.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use countersign_domain::code::Digits;
use countersign_service::error::ServiceError;
use countersign_service::flow::Register;
use countersign_service::view::{AccountView, RegistrationReply};

use crate::body;
use crate::extract::{Caller, Fields, Posted, Stated};
use crate::limits::Toll;
use crate::problem::Problem;
use crate::reply::Reply;
use crate::state::Api;
use crate::text::{Secret, TypedPassword};

/// `POST /v1/accounts`: the same answer for every address.
pub(crate) async fn register(
    State(api): State<Api>,
    Caller(context): Caller,
    toll: Toll,
    Posted { fields, once }: Posted,
) -> Result<Response, Problem> {
    let (request, stated) = read_register(fields)?;
    let context = stated.within(context);
    toll.sign_in(&api, &context)?;
    let reply =
        |registration: &RegistrationReply| Reply::new(StatusCode::ACCEPTED, body::registration(registration));
    once.answered(&api, context, reply, |asked| api.service.register(asked, request)).await
}

/// `POST /v1/accounts/verification`.
pub(crate) async fn verify(
    State(api): State<Api>,
    Caller(context): Caller,
    Posted { mut fields, once }: Posted,
) -> Result<Response, Problem> {
    let token = fields.required::<Secret>("registration_token");
    let code = fields.required::<Secret>("code");
    let stated = Stated::take(&mut fields);
    let (token, code) = fields.finish(token.zip(code))?;
    let context = stated.within(context);
    let digits: Digits = code.expose().parse().map_err(|_| ServiceError::CodeRejected)?;
    let reply = |account: &AccountView| {
        let version = body::version(account.id, account.version);
        Reply::new(StatusCode::CREATED, body::account(account)).with(version)
    };
    once.answered(&api, context, reply, |asked| api.service.verify(asked, token.expose(), digits)).await
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
