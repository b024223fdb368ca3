//! The query of an address: its fields, as those of a body.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use super::Fields;
use crate::problem::Problem;
use crate::state::Api;

/// The fields behind the question mark.
pub(crate) struct QueryFields(pub(crate) Fields);

impl FromRequestParts<Api> for QueryFields {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Api) -> Result<Self, Problem> {
        Ok(Self(Fields::urlencoded(parts.uri.query().unwrap_or_default().as_bytes())))
    }
}
