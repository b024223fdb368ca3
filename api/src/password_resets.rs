//! `/v1/password-resets`: choose another password without the old one.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use countersign_domain::email::Email;
use countersign_domain::word::{Factor, Locale};
use countersign_service::error::ServiceError;
use countersign_service::flow::ResetCompletion;
use countersign_service::view::{AttemptReply, ResetPasswordReply};

use crate::body;
use crate::extract::{Caller, Fields, Posted, Stated};
use crate::limits::Toll;
use crate::problem::Problem;
use crate::reply::Reply;
use crate::state::Api;
use crate::text::{Secret, TypedPassword};
use crate::word::FactorWord;

/// `POST /v1/password-resets`: the same answer for every address.
pub(crate) async fn request(
    State(api): State<Api>,
    Caller(context): Caller,
    toll: Toll,
    Posted { mut fields, once }: Posted,
) -> Result<Response, Problem> {
    let email = fields.required::<Email>("email");
    let _: Option<Locale> = fields.optional("locale");
    let stated = Stated::take(&mut fields);
    let email = fields.finish(email)?;
    let context = stated.within(context);
    toll.sign_in(&api, &context)?;
    let reply = |reset: &AttemptReply| Reply::new(StatusCode::ACCEPTED, body::password_reset(reset));
    once.answered(&api, context, reply, |asked| api.service.request_password_reset(asked, email)).await
}

/// `POST /v1/password-resets/completion`.
pub(crate) async fn complete(
    State(api): State<Api>,
    Caller(context): Caller,
    toll: Toll,
    Posted { fields, once }: Posted,
) -> Result<Response, Problem> {
    let (completion, stated) = read_completion(fields)?;
    let context = stated.within(context);
    toll.sign_in(&api, &context)?;
    let reply = |reset: &ResetPasswordReply| {
        let version = body::version(reset.version.account, reset.version.version);
        Reply::new(StatusCode::OK, body::completed_reset(reset)).with(version)
    };
    once.answered(&api, context, reply, |asked| api.service.complete_password_reset(asked, completion)).await
}

/// What was typed as codes is looked at behind the fields: a slip of the pen costs no attempt.
fn read_completion(mut fields: Fields) -> Result<(ResetCompletion, Stated), Problem> {
    let token = fields.required::<Secret>("reset_token");
    let code = fields.required::<Secret>("code");
    let proof = read_proof(&mut fields);
    let password = fields.required::<TypedPassword>("password");
    let stated = Stated::take(&mut fields);
    let (((token, code), proof), TypedPassword(password)) =
        fields.finish(token.zip(code).zip(proof).zip(password))?;
    let mistyped = || Problem::from(ServiceError::CodeMistyped);
    let completion = ResetCompletion {
        token: token.expose().to_owned(),
        code: code.expose().parse().map_err(|_| mistyped())?,
        proof: proof.expose().parse().map_err(|_| mistyped())?,
        password,
    };
    Ok((completion, stated))
}

/// A proof that is not mail: today a backup code.
fn read_proof(fields: &mut Fields) -> Option<Secret> {
    if !fields.has("proof") {
        fields.complain("proof", "is missing");
        return None;
    }
    fields.object("proof", |proof| {
        let factor = proof.required::<FactorWord>("factor");
        let code = proof.required::<Secret>("code");
        match factor? {
            FactorWord(Factor::BackupCode) => code,
            FactorWord(Factor::EmailCode) => {
                proof.complain("factor", "expected backup_code");
                None
            }
        }
    })
}
