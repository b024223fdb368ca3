//! The caller's credential.

use axum::extract::FromRequestParts;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use countersign_service::context::Context;
use countersign_service::flow::SessionBearer;

use super::caller::Origin;
use crate::problem::Problem;
use crate::problem_code::ProblemCode;
use crate::state::Api;

/// The token of `Authorization: Bearer …`.
pub(crate) struct Bearer(pub(crate) String);

impl FromRequestParts<Api> for Bearer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Api) -> Result<Self, Problem> {
        bearer(parts).map(Self).ok_or_else(|| Problem::new(ProblemCode::Unauthenticated))
    }
}

/// The holder of an access token whose session is good, and where they ask from.
pub(crate) struct SignedIn {
    pub(crate) bearer: SessionBearer,
    pub(crate) context: Context,
}

impl FromRequestParts<Api> for SignedIn {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Problem> {
        let Bearer(token) = Bearer::from_request_parts(parts, api).await?;
        let bearer = api.service.authenticate_session(&token).await?;
        let Origin(context) = Origin::from_request_parts(parts, api).await?;
        Ok(Self { bearer, context: Context { client: bearer.client(), ..context } })
    }
}

/// The token, if there is exactly one credential and it is one.
pub(crate) fn bearer(parts: &Parts) -> Option<String> {
    let mut values = parts.headers.get_all(AUTHORIZATION).iter();
    let (value, None) = (values.next()?, values.next()) else { return None };
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    let fits = scheme.eq_ignore_ascii_case("bearer") && !token.is_empty();
    fits.then(|| token.to_owned())
}
