//! The query of an address: its fields, as those of a body.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use serde_json::{Map, Value};

use super::Fields;
use crate::problem::Problem;
use crate::state::Api;

/// The fields behind the question mark.
pub(crate) struct QueryFields(pub(crate) Fields);

impl FromRequestParts<Api> for QueryFields {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Api) -> Result<Self, Problem> {
        let mut fields = Map::new();
        for (name, value) in url::form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes()) {
            if fields.insert(name.to_string(), Value::from(value.into_owned())).is_some() {
                return Fields::of(fields).refuse(&name, "is given twice");
            }
        }
        Ok(Self(Fields::of(fields)))
    }
}
