//! The one place that speaks HTTP errors: problem documents (RFC 9457), one table from causes to codes.

use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use countersign_domain::account::{AccountRefusal, SignInState};
use countersign_domain::time::{Span, Timestamp};
use countersign_service::error::ServiceError;
use serde::Serialize;
use serde_json::Value;

use crate::problem_code::ProblemCode;
use crate::reply::Reply;
use crate::request_id::RequestId;

/// A problem, on its way to becoming a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    code: ProblemCode,
    errors: Vec<FieldError>,
    retry_after: Option<Span>,
    state: Option<SignInState>,
    reason: Option<String>,
    guidance: Vec<String>,
}

/// What is wrong with one field of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct FieldError {
    /// Where it is, as a JSON pointer.
    pub(crate) pointer: String,
    /// What was expected there.
    pub(crate) detail: String,
}

impl FieldError {
    /// What is wrong at a pointer.
    pub(crate) fn new(pointer: &str, detail: &str) -> Self {
        Self { pointer: pointer.to_owned(), detail: detail.to_owned() }
    }
}

/// The document that a problem becomes.
#[derive(Debug, Serialize)]
struct Document<'a> {
    r#type: String,
    title: &'static str,
    status: u16,
    code: &'static str,
    detail: &'static str,
    request_id: String,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [FieldError],
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<SignInState>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    guidance: &'a [String],
}

impl Problem {
    /// A problem of which the code says all. A malformed request always points at something: here at all of it.
    pub(crate) fn new(code: ProblemCode) -> Self {
        let errors = match code {
            ProblemCode::InvalidRequest => vec![FieldError::new("", "the request cannot be read")],
            _ => Vec::new(),
        };
        Self { code, errors, retry_after: None, state: None, reason: None, guidance: Vec::new() }
    }

    /// A request that is malformed in these places.
    pub(crate) fn invalid(errors: Vec<FieldError>) -> Self {
        Self { errors, ..Self::new(ProblemCode::InvalidRequest) }
    }

    /// Something that the service needs is away.
    pub(crate) fn unavailable() -> Self {
        Self::later(ProblemCode::Unavailable, UNAVAILABLE_RETRY_AFTER)
    }

    /// A problem that will be gone after a while.
    pub(crate) fn later(code: ProblemCode, retry_after: Span) -> Self {
        Self { retry_after: Some(retry_after), ..Self::new(code) }
    }

    fn of_refusal(refusal: &AccountRefusal, now: Timestamp) -> Self {
        match refusal {
            AccountRefusal::WrongState { state } => {
                Self { state: Some(*state), ..Self::new(ProblemCode::WrongState) }
            }
            AccountRefusal::Throttled { until } => Self::later(ProblemCode::Throttled, now.until(*until)),
            AccountRefusal::ResendTooSoon { at } => Self::later(ProblemCode::ResendTooSoon, now.until(*at)),
            AccountRefusal::SessionEnded => Self::new(ProblemCode::Unauthenticated),
            AccountRefusal::SignInExpired => Self::new(ProblemCode::SignInExpired),
            AccountRefusal::RegistrationExpired => Self::new(ProblemCode::RegistrationExpired),
            AccountRefusal::ChallengeExpired => Self::new(ProblemCode::ChallengeExpired),
            AccountRefusal::ChallengeExhausted => Self::new(ProblemCode::ChallengeExhausted),
            AccountRefusal::AuthenticatorDisabled { .. } => Self::new(ProblemCode::AuthenticatorDisabled),
            AccountRefusal::BackupCodeSuperseded => Self::new(ProblemCode::BackupCodeSuperseded),
            AccountRefusal::NotSaved => Self::new(ProblemCode::NotSaved),
            AccountRefusal::ReissuesExhausted => Self::new(ProblemCode::ReissuesExhausted),
            AccountRefusal::StepUpRequired => Self::new(ProblemCode::StepUpRequired),
            AccountRefusal::UnsuitablePassword => Self::new(ProblemCode::PasswordTooWeak),
            AccountRefusal::UnknownSignIn | AccountRefusal::NoOperatorCode => {
                Self::new(ProblemCode::NotFound)
            }
            AccountRefusal::AlreadyRegistered
            | AccountRefusal::NotVerified
            | AccountRefusal::AlreadyVerified
            | AccountRefusal::Closed
            | AccountRefusal::Suspended
            | AccountRefusal::NotSuspended
            | AccountRefusal::NoReset
            | AccountRefusal::NoRecovery
            | AccountRefusal::RecoveryUnderWay
            | AccountRefusal::SameAddress
            | AccountRefusal::NoChallenge
            | AccountRefusal::NothingToSend
            | AccountRefusal::StaleCheck => Self::new(ProblemCode::WrongState),
        }
    }

    /// The problem that is the answer to a request.
    pub(crate) fn of_answer(error: &ServiceError) -> Self {
        match error {
            ServiceError::CredentialsRejected => Self::new(ProblemCode::CredentialsRejected),
            ServiceError::CodeRejected => Self::new(ProblemCode::CodeRejected),
            ServiceError::CodeMistyped => Self::new(ProblemCode::CodeMistyped),
            ServiceError::PasswordTooWeak(weak) => Self {
                reason: Some(weak.reason.clone()),
                guidance: weak.guidance.clone(),
                ..Self::new(ProblemCode::PasswordTooWeak)
            },
            ServiceError::TokenRejected => Self::new(ProblemCode::Unauthenticated),
            ServiceError::RefreshTokenRejected => Self::new(ProblemCode::RefreshTokenRejected),
            ServiceError::NotFound => Self::new(ProblemCode::NotFound),
            // Only operators at the command line can ask for it.
            ServiceError::ExpiredAlready | ServiceError::WouldEndAKey | ServiceError::AddressTaken => {
                Self::new(ProblemCode::InvalidRequest)
            }
            ServiceError::Refused { refusal, now } => Self::of_refusal(refusal, *now),
            ServiceError::Busy { retry_after } => Self::later(ProblemCode::Overloaded, *retry_after),
            ServiceError::KeyReused => Self::new(ProblemCode::IdempotencyKeyReused),
            ServiceError::InProgress { retry_after } => {
                Self::later(ProblemCode::IdempotencyInProgress, *retry_after)
            }
            ServiceError::Answered(_) => Self::new(ProblemCode::InternalError),
            // Nobody is asked to come back for what will be no other then.
            ServiceError::Stored(error) if error.is_lasting() => Self::new(ProblemCode::InternalError),
            ServiceError::Stored(_) | ServiceError::Unavailable(_) => Self::unavailable(),
        }
    }

    /// The reply that it is.
    pub(crate) fn reply(&self, request_id: &RequestId) -> Reply {
        let reply = Reply::new(self.code.status(), self.document(request_id));
        let reply = reply
            .with((header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json")))
            .with((header::CACHE_CONTROL, HeaderValue::from_static("no-store")));
        let reply = match self.code {
            ProblemCode::Unauthenticated => {
                reply.with((header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer")))
            }
            _ => reply,
        };
        match self.retry_after {
            Some(wait) => reply.with((header::RETRY_AFTER, HeaderValue::from(seconds(wait)))),
            None => reply,
        }
    }

    fn document(&self, request_id: &RequestId) -> Value {
        let document = Document {
            r#type: format!("/docs/problems/{}", self.code.name()),
            title: self.code.title(),
            status: self.code.status().as_u16(),
            code: self.code.name(),
            detail: self.code.detail(),
            request_id: request_id.to_string(),
            errors: &self.errors,
            state: self.state,
            reason: self.reason.as_deref(),
            guidance: &self.guidance,
        };
        serde_json::to_value(&document).unwrap_or_default()
    }
}

impl From<ServiceError> for Problem {
    /// The cause is logged once, here; the outside text is fixed.
    fn from(error: ServiceError) -> Self {
        if let ServiceError::Stored(_) | ServiceError::Unavailable(_) = error {
            tracing::error!(%error, "a request could not be served");
        }
        Self::of_answer(&error)
    }
}

/// Marks a response that is a document already.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Written;

/// Marks a response to who asked too much, or too much at once.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Refused;

/// When to come back while the database is away.
const UNAVAILABLE_RETRY_AFTER: Span = Span::seconds(5);

impl IntoResponse for Problem {
    /// An empty response that carries the problem to [`write_problems`], which knows the request's id.
    fn into_response(self) -> Response {
        let mut response = self.code.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// Turns problems, and errors that the framework makes by itself, into documents.
pub(crate) async fn write_problems(request: Request, next: Next) -> Response {
    let request_id = request.extensions().get::<RequestId>().cloned().unwrap_or_default();
    let mut response = next.run(request).await;
    if response.extensions_mut().remove::<Written>().is_some() {
        return response;
    }
    let problem =
        response.extensions_mut().remove::<Problem>().or_else(|| framework_problem(response.status()));
    let Some(problem) = problem else { return response };
    let (mut parts, body) = problem.reply(&request_id).into_response().into_parts();
    if matches!(problem.code, ProblemCode::Overloaded | ProblemCode::RateLimited) {
        parts.extensions.insert(Refused);
    }
    // What the framework says beside its status, as `Allow`, stays.
    for (name, value) in response.headers() {
        if !matches!(*name, header::CONTENT_LENGTH | header::CONTENT_TYPE)
            && !parts.headers.contains_key(name)
        {
            parts.headers.insert(name, value.clone());
        }
    }
    Response::from_parts(parts, body)
}

/// Whole seconds, at least one: a wait that is never too short.
fn seconds(wait: Span) -> u64 {
    wait.as_seconds_up().max(1)
}

/// The problem of a status that no handler of ours answered with.
fn framework_problem(status: StatusCode) -> Option<Problem> {
    let code = match status {
        StatusCode::NOT_FOUND => ProblemCode::NotFound,
        StatusCode::METHOD_NOT_ALLOWED => ProblemCode::MethodNotAllowed,
        StatusCode::REQUEST_TIMEOUT => ProblemCode::RequestTimeout,
        StatusCode::PAYLOAD_TOO_LARGE => ProblemCode::PayloadTooLarge,
        StatusCode::UNSUPPORTED_MEDIA_TYPE => ProblemCode::UnsupportedMediaType,
        status if status.is_server_error() => ProblemCode::InternalError,
        status if status.is_client_error() => ProblemCode::InvalidRequest,
        _ => return None,
    };
    Some(Problem::new(code))
}
