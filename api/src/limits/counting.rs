//! Requests are counted before anything is done for them, and once more where they will cost a hash or a message.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use countersign_domain::time::Span;
use countersign_service::context::Context;

use super::{Group, Standing};
use crate::client_address::{ClientAddress, Prefix};
use crate::problem::Problem;
use crate::problem_code::ProblemCode;
use crate::state::Api;

/// The headers of draft-ietf-httpapi-ratelimit-headers-10.
const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const LIMIT: HeaderName = HeaderName::from_static("ratelimit");
/// The window that a policy names, in seconds.
const WINDOW: u32 = 60;

/// The group that a request is counted in as it comes.
#[derive(Clone)]
pub(crate) struct Counted {
    pub(crate) api: Api,
    pub(crate) group: Group,
}

/// What a request was counted in last, and what is left: told in its reply. A handler takes it to be paid before a hash.
#[derive(Debug, Clone, Default)]
pub(crate) struct Toll(Arc<Mutex<Option<Paid>>>);

#[derive(Debug, Clone, Copy)]
struct Paid {
    group: Group,
    prefix: Prefix,
    standing: Standing,
}

/// Counts a request, and tells in its reply what is left.
pub(crate) async fn count(State(counted): State<Counted>, request: Request, next: Next) -> Response {
    let (api, toll) = (&counted.api, Toll::default());
    let (mut parts, body) = request.into_parts();
    let address = ClientAddress::of(&parts, api.conditions.trusted_hops);
    let paid = match address {
        Some(ClientAddress(address)) => toll.take(api, counted.group, Prefix::of(address)),
        None => Ok(()),
    };
    parts.extensions.insert(toll.clone());
    let mut response = match paid {
        Ok(()) => next.run(Request::from_parts(parts, body)).await,
        Err(problem) => problem.into_response(),
    };
    toll.tell(&mut response);
    response
}

impl Toll {
    /// Counts a request that will cost a hash or a message, by the address that it comes from, or that its client stated.
    pub(crate) fn sign_in(&self, api: &Api, context: &Context) -> Result<(), Problem> {
        let address = context.ip.as_ref().and_then(|ip| ip.known()?.parse().ok());
        address.map_or(Ok(()), |address| self.take(api, Group::SignIn, Prefix::of(address)))
    }

    /// Gives a request back to its address: it comes from a client whose key is good. What an app's server asks for many
    /// people, strangers among them, must not use up what the address may ask; each person counts by their own address.
    pub(crate) fn of_a_client(&self, api: &Api) {
        if let Some(Paid { group, prefix, .. }) = *self.paid() {
            api.limits.give_back(group, prefix, api.service.now());
        }
    }

    fn paid(&self) -> MutexGuard<'_, Option<Paid>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self, api: &Api, group: Group, prefix: Prefix) -> Result<(), Problem> {
        let Some(standing) = api.limits.take(group, prefix, api.service.now()) else { return Ok(()) };
        *self.paid() = Some(Paid { group, prefix, standing });
        match standing.retry_in {
            None => Ok(()),
            Some(seconds) => {
                api.conditions.traffic.limited(group.name());
                Err(Problem::later(ProblemCode::RateLimited, Span::seconds(seconds)))
            }
        }
    }

    fn tell(&self, response: &mut Response) {
        let Some(Paid { group, standing, .. }) = *self.paid() else { return };
        let Standing { quota, left, full_in, retry_in } = standing;
        let name = group.name();
        // What is left now, and when there will be more.
        let more_in = retry_in.unwrap_or(full_in);
        let texts = [
            (POLICY, format!("\"{name}\";q={quota};w={WINDOW}")),
            (LIMIT, format!("\"{name}\";r={left};t={more_in}")),
        ];
        for (header, text) in texts {
            if let Ok(value) = HeaderValue::from_str(&text) {
                response.headers_mut().insert(header, value);
            }
        }
    }
}

impl FromRequestParts<Api> for Toll {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Api) -> Result<Self, Problem> {
        Ok(parts.extensions.get::<Self>().cloned().unwrap_or_default())
    }
}
