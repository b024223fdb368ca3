//! `/v1/sign-ins`: start one, look at it, prove, save, be in.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use countersign_domain::id::{BackupCodeId, ChallengeId};
use countersign_domain::word::Factor;
use countersign_service::error::ServiceError;
use countersign_service::flow::{Answer, SignInRequest, Version};
use countersign_service::view::{ChallengeView, SignInReply};

use crate::body;
use crate::extract::{Caller, Fields, Holder, NoFields, Posted, Stated};
use crate::limits::Toll;
use crate::problem::Problem;
use crate::reply::Reply;
use crate::state::Api;
use crate::text::{Label, Secret, TypedPassword};
use crate::word::{FactorWord, PurposeWord};

/// `POST /v1/sign-ins`.
pub(crate) async fn start(
    State(api): State<Api>,
    Caller(context): Caller,
    toll: Toll,
    Posted { fields, once }: Posted,
) -> Result<Response, Problem> {
    let (request, stated) = read_start(fields)?;
    let context = stated.within(context);
    toll.sign_in(&api, &context)?;
    once.answered(&api, context, started, |asked| api.service.sign_in(asked, request)).await
}

/// `GET /v1/sign-ins/{id}`.
pub(crate) async fn show(State(api): State<Api>, Holder { bearer, .. }: Holder) -> Result<Response, Problem> {
    Ok(shown(&api.service.show_sign_in(bearer).await?).into_response())
}

/// `DELETE /v1/sign-ins/{id}`.
pub(crate) async fn cancel(
    State(api): State<Api>,
    Holder { bearer, context }: Holder,
) -> Result<Response, Problem> {
    let version = api.service.cancel_sign_in(context, bearer).await?;
    Ok((StatusCode::NO_CONTENT, [body::version(version.account, version.version)]).into_response())
}

/// `POST /v1/sign-ins/{id}/challenges`.
pub(crate) async fn request_challenge(
    State(api): State<Api>,
    Holder { bearer, context }: Holder,
    Posted { mut fields, once }: Posted,
) -> Result<Response, Problem> {
    let factor = fields.required::<FactorWord>("factor");
    let FactorWord(factor) = fields.finish(factor)?;
    let reply = |(challenge, version): &(ChallengeView, Version)| {
        let version = body::version(version.account, version.version);
        Reply::new(StatusCode::CREATED, body::challenge(challenge)).with(version)
    };
    let work = |asked| api.service.request_challenge(asked, bearer, factor);
    once.answered(&api, context, reply, work).await
}

/// `POST /v1/sign-ins/{id}/answers`.
pub(crate) async fn answer(
    State(api): State<Api>,
    Holder { bearer, context }: Holder,
    Posted { fields, once }: Posted,
) -> Result<Response, Problem> {
    let answer = read_answer(fields)?;
    once.answered(&api, context, shown, |asked| api.service.answer(asked, bearer, answer)).await
}

/// `POST /v1/sign-ins/{id}/backup-code/reissue`.
pub(crate) async fn reissue(
    State(api): State<Api>,
    Holder { bearer, context }: Holder,
    Posted { fields: NoFields, once }: Posted<NoFields>,
) -> Result<Response, Problem> {
    let reply = |reply: &SignInReply| {
        let version = body::version(reply.sign_in.account, reply.sign_in.version);
        let shown = reply.backup_code.as_ref().map(body::backup_code).unwrap_or_default();
        Reply::new(StatusCode::OK, shown).with(version)
    };
    once.answered(&api, context, reply, |asked| api.service.reissue_backup_code(asked, bearer)).await
}

/// `POST /v1/sign-ins/{id}/backup-code/confirmation`.
pub(crate) async fn confirm(
    State(api): State<Api>,
    Holder { bearer, context }: Holder,
    Posted { mut fields, once }: Posted,
) -> Result<Response, Problem> {
    let backup_code = fields.required::<BackupCodeId>("backup_code_id");
    let saved = fields.flag("saved");
    let (backup_code, saved) = fields.finish(backup_code.zip(saved))?;
    let work = |asked| api.service.confirm_save(asked, bearer, backup_code, saved);
    once.answered(&api, context, shown, work).await
}

fn shown(reply: &SignInReply) -> Reply {
    let version = body::version(reply.sign_in.account, reply.sign_in.version);
    Reply::new(StatusCode::OK, body::sign_in(reply)).with(version)
}

fn started(reply: &SignInReply) -> Reply {
    let location = body::location(&body::sign_in_href(reply.sign_in.id));
    Reply { status: StatusCode::CREATED, ..shown(reply).with(location) }
}

fn read_start(mut fields: Fields) -> Result<(SignInRequest, Stated), Problem> {
    let email = fields.required("email");
    let password = fields.required::<TypedPassword>("password");
    let locale = fields.optional("locale");
    let purpose = fields.optional::<PurposeWord>("purpose");
    let device = fields.object("device", |device| {
        let token = device.optional::<Secret>("token");
        let label = device.optional::<Label>("label");
        Some((token, label))
    });
    let stated = Stated::take(&mut fields);
    let (token, label) = device.unwrap_or_default();
    let request = email.zip(password).map(|(email, TypedPassword(password))| SignInRequest {
        email,
        password,
        device_token: token.map(|token| token.expose().to_owned()),
        device_label: label.map(|Label(label)| label),
        locale: locale.unwrap_or_default(),
        purpose: purpose.map(|PurposeWord(purpose)| purpose).unwrap_or_default(),
    });
    fields.finish(request.map(|request| (request, stated)))
}

fn read_answer(mut fields: Fields) -> Result<Answer, Problem> {
    let factor = fields.required::<FactorWord>("factor");
    let challenge = fields.optional::<ChallengeId>("challenge_id");
    let code = fields.required::<Secret>("code");
    let (FactorWord(factor), code) = fields.finish(factor.zip(code))?;
    let mistyped = |()| Problem::from(ServiceError::CodeMistyped);
    match factor {
        Factor::EmailCode => {
            let code = code.expose().parse().map_err(|_| mistyped(()))?;
            Ok(Answer::EmailCode { challenge, code })
        }
        Factor::BackupCode => {
            let code = code.expose().parse().map_err(|_| mistyped(()))?;
            Ok(Answer::BackupCode { code })
        }
    }
}
