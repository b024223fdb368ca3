//! A request that changes something: its fields, and how it is recognised when it is asked again.

use std::future::Future;

use axum::extract::{FromRequest, Request};
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderName, HeaderValue};
use axum::response::{IntoResponse, Response};
use countersign_service::Asked;
use countersign_service::context::Context;
use countersign_service::error::ServiceError;
use countersign_service::repeatable;

use super::fields::{Body, Fields};
use crate::problem::{FieldError, Problem};
use crate::problem_code::ProblemCode;
use crate::reply::Reply;
use crate::request_id::RequestId;
use crate::state::Api;

/// The header that makes a request one that may be asked again.
const IDEMPOTENCY_KEY: &str = "idempotency-key";
/// The header that says that a reply was made for an earlier request.
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
/// The fewest and the most characters of a key: enough that no two are the same by chance.
const KEY_LENGTHS: std::ops::RangeInclusive<usize> = 16..=128;

/// The fields of a request that changes something, and how it is recognised when it is asked again.
pub(crate) struct Posted<F = Fields> {
    pub(crate) fields: F,
    pub(crate) once: Once,
}

/// How a request is recognised when it is asked again.
pub(crate) struct Once {
    request_id: RequestId,
    key: Option<String>,
    credential: String,
    route: String,
    body: Vec<u8>,
}

impl<F: Body> FromRequest<Api> for Posted<F> {
    type Rejection = Problem;

    async fn from_request(request: Request, api: &Api) -> Result<Self, Problem> {
        let (mut once, complaint) = Once::of(&request);
        let (fields, body) = F::read(request, api, complaint).await?;
        if once.key.is_some() {
            once.body = body.to_vec();
        }
        Ok(Self { fields, once })
    }
}

impl Once {
    /// With what is wrong with the key, which is told together with what is wrong with the fields.
    fn of(request: &Request) -> (Self, Option<FieldError>) {
        let credential = request.headers().get(AUTHORIZATION).map(HeaderValue::as_bytes);
        let (key, complaint) = match idempotency_key(request) {
            Ok(key) => (key, None),
            Err(complaint) => (None, Some(complaint)),
        };
        let once = Self {
            request_id: request.extensions().get::<RequestId>().cloned().unwrap_or_default(),
            key,
            credential: credential
                .map(|value| String::from_utf8_lossy(value).into_owned())
                .unwrap_or_default(),
            route: format!("{} {}", request.method(), request.uri().path()),
            body: Vec::new(),
        };
        (once, complaint)
    }

    /// Has a request worked on, and gives its reply: the one that was given before, where it was asked before.
    pub(crate) async fn answered<T, F>(
        self,
        api: &Api,
        context: Context,
        reply: impl Fn(&T) -> Reply + Clone + Send + Sync + 'static,
        work: impl FnOnce(Asked<T>) -> F,
    ) -> Result<Response, Problem>
    where
        F: Future<Output = Result<T, ServiceError>>,
    {
        let Some(key) = self.key else { return Ok(reply(&work(context.into()).await?).into_response()) };
        let client = context.client.map(|client| client.to_string()).unwrap_or_default();
        let request = api.service.repeatable(&repeatable::Request {
            client: &client,
            route: &self.route,
            credential: &self.credential,
            key: &key,
            body: &self.body,
        })?;
        let (form, request_id) = (reply.clone(), self.request_id);
        let asked =
            Asked::repeatable(context, request, move |answer: Result<&T, &ServiceError>| match answer {
                Ok(answer) => form(answer).kept(),
                Err(error) => Problem::of_answer(error).reply(&request_id).kept(),
            });
        match work(asked).await {
            Ok(answer) => Ok(reply(&answer).into_response()),
            Err(ServiceError::Answered(kept)) => replayed(&kept),
            Err(error) => Err(error.into()),
        }
    }
}

fn replayed(kept: &[u8]) -> Result<Response, Problem> {
    let reply = Reply::of_kept(kept).ok_or_else(|| {
        tracing::error!("a kept reply cannot be read");
        Problem::new(ProblemCode::InternalError)
    })?;
    let mut response = reply.with((REPLAYED, HeaderValue::from_static("true"))).into_response();
    response.extensions_mut().insert(crate::problem::Written);
    Ok(response)
}

/// The key of a request, if it has one: printable, and neither short nor long.
fn idempotency_key(request: &Request) -> Result<Option<String>, FieldError> {
    let mut values = request.headers().get_all(IDEMPOTENCY_KEY).iter();
    let Some(value) = values.next() else { return Ok(None) };
    let text = value.to_str().ok().filter(|text| KEY_LENGTHS.contains(&text.len()));
    if let (Some(text), None) = (text, values.next()) {
        return Ok(Some(text.to_owned()));
    }
    let (least, most) = (KEY_LENGTHS.start(), KEY_LENGTHS.end());
    let detail = format!("expected one value of {least} to {most} printable characters");
    Err(FieldError::new("/headers/idempotency-key", &detail))
}
