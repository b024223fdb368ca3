//! `/v1/sign-ins`: start one, look at it, prove, save, be in.

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use countersign_domain::id::{BackupCodeId, ChallengeId};
use countersign_domain::secret::Personal;
use countersign_domain::word::Factor;
use countersign_service::context::Context;
use countersign_service::error::ServiceError;
use countersign_service::flow::{Answer, SignInRequest};
use countersign_service::view::SignInReply;

use crate::body;
use crate::extract::{Caller, Fields, Holder, NoFields, Origin, printable};
use crate::problem::Problem;
use crate::state::Api;
use crate::text::{Label, Secret, StatedIp, TypedPassword};
use crate::word::{FactorWord, PurposeWord};

/// `POST /v1/sign-ins`.
pub(crate) async fn start(
    State(api): State<Api>,
    Caller(context): Caller,
    fields: Fields,
) -> Result<Response, Problem> {
    let (request, stated) = read_start(fields)?;
    let reply = api.service.sign_in(with_stated(context, stated), request).await?;
    let location = [(header::LOCATION, body::sign_in_href(reply.sign_in.id))];
    Ok((StatusCode::CREATED, location, shown(&reply)).into_response())
}

/// `GET /v1/sign-ins/{id}`.
pub(crate) async fn show(State(api): State<Api>, Holder(bearer): Holder) -> Result<Response, Problem> {
    Ok(shown(&api.service.show_sign_in(bearer).await?).into_response())
}

/// `DELETE /v1/sign-ins/{id}`.
pub(crate) async fn cancel(
    State(api): State<Api>,
    Origin(context): Origin,
    Holder(bearer): Holder,
) -> Result<Response, Problem> {
    let version = api.service.cancel_sign_in(context, bearer).await?;
    Ok((StatusCode::NO_CONTENT, [body::version(version.account, version.version)]).into_response())
}

/// `POST /v1/sign-ins/{id}/challenges`.
pub(crate) async fn request_challenge(
    State(api): State<Api>,
    Origin(context): Origin,
    Holder(bearer): Holder,
    mut fields: Fields,
) -> Result<Response, Problem> {
    let factor = fields.required::<FactorWord>("factor");
    let FactorWord(factor) = fields.finish(factor)?;
    let (challenge, version) = api.service.request_challenge(context, bearer, factor).await?;
    let version = body::version(version.account, version.version);
    Ok((StatusCode::CREATED, [version], Json(body::challenge(&challenge))).into_response())
}

/// `POST /v1/sign-ins/{id}/answers`.
pub(crate) async fn answer(
    State(api): State<Api>,
    Origin(context): Origin,
    Holder(bearer): Holder,
    fields: Fields,
) -> Result<Response, Problem> {
    let answer = read_answer(fields)?;
    Ok(shown(&api.service.answer(context, bearer, answer).await?).into_response())
}

/// `POST /v1/sign-ins/{id}/backup-code/reissue`.
pub(crate) async fn reissue(
    State(api): State<Api>,
    Origin(context): Origin,
    Holder(bearer): Holder,
    NoFields: NoFields,
) -> Result<Response, Problem> {
    let reply = api.service.reissue_backup_code(context, bearer).await?;
    let version = body::version(reply.sign_in.account, reply.sign_in.version);
    Ok(([version], Json(reply.backup_code.as_ref().map(body::backup_code))).into_response())
}

/// `POST /v1/sign-ins/{id}/backup-code/confirmation`.
pub(crate) async fn confirm(
    State(api): State<Api>,
    Origin(context): Origin,
    Holder(bearer): Holder,
    mut fields: Fields,
) -> Result<Response, Problem> {
    let backup_code = fields.required::<BackupCodeId>("backup_code_id");
    let saved = fields.flag("saved");
    let (backup_code, saved) = fields.finish(backup_code.zip(saved))?;
    Ok(shown(&api.service.confirm_save(context, bearer, backup_code, saved).await?).into_response())
}

fn shown(reply: &SignInReply) -> impl IntoResponse + use<> {
    ([body::version(reply.sign_in.account, reply.sign_in.version)], Json(body::sign_in(reply)))
}

/// What a client states about the person: where they are, and what they use.
#[derive(Debug, Default)]
struct Stated {
    ip: Option<Personal<String>>,
    user_agent: Option<Personal<String>>,
}

fn with_stated(context: Context, stated: Stated) -> Context {
    if stated.ip.is_none() && stated.user_agent.is_none() {
        return context;
    }
    let stated_by = stated.ip.as_ref().and(context.client);
    Context {
        ip: stated.ip.or(context.ip),
        user_agent: stated.user_agent.or(context.user_agent),
        stated_by,
        ..context
    }
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
    let stated = fields.object("context", |stated| {
        let ip = stated.optional::<StatedIp>("ip").map(|StatedIp(ip)| Personal::plain(ip));
        let user_agent = stated.optional::<String>("user_agent");
        let user_agent = user_agent.map(|text| Personal::plain(printable(&text)));
        Some(Stated { ip, user_agent })
    });
    let (token, label) = device.unwrap_or_default();
    let request = email.zip(password).map(|(email, TypedPassword(password))| SignInRequest {
        email,
        password,
        device_token: token.map(|token| token.expose().to_owned()),
        device_label: label.map(|Label(label)| label),
        locale: locale.unwrap_or_default(),
        purpose: purpose.map(|PurposeWord(purpose)| purpose).unwrap_or_default(),
    });
    fields.finish(request.map(|request| (request, stated.unwrap_or_default())))
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
