//! `/v1/recoveries`: back in without the backup code, without the mail, or without both.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use countersign_domain::email::Email;
use countersign_domain::word::Locale;
use countersign_service::error::ServiceError;
use countersign_service::flow::{RecoveryCompletion, TypedProofs};
use countersign_service::view::{AttemptReply, SignInReply};

use crate::body;
use crate::extract::{Caller, Fields, Posted, Stated};
use crate::limits::Toll;
use crate::problem::Problem;
use crate::problem_code::ProblemCode;
use crate::reply::Reply;
use crate::state::Api;
use crate::text::{Secret, TypedPassword};

/// The fields of the proofs, of which two are given.
const PROOFS: [&str; 3] = ["code", "backup_code", "operator_code"];

/// `POST /v1/recoveries`: the same answer for every address.
pub(crate) async fn request(
    State(api): State<Api>,
    Caller(context): Caller,
    toll: Toll,
    Posted { mut fields, once }: Posted,
) -> Result<Response, Problem> {
    let email = fields.required::<Email>("email");
    let _: Option<Locale> = fields.optional("locale");
    let operator_code = fields.optional::<Secret>("operator_code");
    let stated = Stated::take(&mut fields);
    let email = fields.finish(email)?;
    let shown = operator_code.as_ref().map(typed).transpose()?;
    let context = stated.within(context);
    toll.sign_in(&api, &context)?;
    let reply = |recovery: &AttemptReply| Reply::new(StatusCode::ACCEPTED, body::recovery(recovery));
    once.answered(&api, context, reply, |asked| api.service.request_recovery(asked, email, shown)).await
}

/// `POST /v1/recoveries/completion`.
pub(crate) async fn complete(
    State(api): State<Api>,
    Caller(context): Caller,
    toll: Toll,
    Posted { fields, once }: Posted,
) -> Result<Response, Problem> {
    let (completion, stated) = read_completion(fields)?;
    let context = stated.within(context);
    toll.sign_in(&api, &context)?;
    once.answered(&api, context, recovered, |asked| api.service.complete_recovery(asked, completion)).await
}

fn recovered(reply: &SignInReply) -> Reply {
    Reply::new(StatusCode::CREATED, body::sign_in(reply))
        .with(body::version(reply.sign_in.account, reply.sign_in.version))
        .with(body::location(&body::sign_in_href(reply.sign_in.id)))
}

/// What was typed as codes is looked at behind the fields: a slip of the pen costs no attempt.
fn read_completion(mut fields: Fields) -> Result<(RecoveryCompletion, Stated), Problem> {
    let token = fields.required::<Secret>("recovery_token");
    let password = fields.required::<TypedPassword>("password");
    complain_unless_two(&mut fields);
    let [code, backup_code, operator_code] = PROOFS.map(|name| fields.optional::<Secret>(name));
    let stated = Stated::take(&mut fields);
    let (token, TypedPassword(password)) = fields.finish(token.zip(password))?;
    let proofs = match (code, backup_code, operator_code) {
        (Some(code), Some(backup), None) => TypedProofs::Mailed(typed(&code)?, typed(&backup)?),
        (Some(code), None, Some(operator)) => {
            TypedProofs::OperatorAndMailed(typed(&operator)?, typed(&code)?)
        }
        (_, Some(backup), Some(operator)) => {
            TypedProofs::OperatorAndBackup(typed(&operator)?, typed(&backup)?)
        }
        // `complain_unless_two` has told of every other case.
        _ => return Err(Problem::new(ProblemCode::InvalidRequest)),
    };
    Ok((RecoveryCompletion { token: token.expose().to_owned(), proofs, password }, stated))
}

/// With fewer than two proofs each that is missing could be given, with three each is one too many.
fn complain_unless_two(fields: &mut Fields) {
    let (given, missing): (Vec<&str>, Vec<&str>) = PROOFS.iter().partition(|name| fields.has(name));
    let (about, detail) = match given.len() {
        2 => return,
        3 => (given, "is one too many: expected two of code, backup_code and operator_code"),
        _ => (missing, "is missing: expected two of code, backup_code and operator_code"),
    };
    for name in about {
        fields.complain(name, detail);
    }
}

fn typed<T: std::str::FromStr>(code: &Secret) -> Result<T, Problem> {
    code.expose().parse().map_err(|_| Problem::from(ServiceError::CodeMistyped))
}
