//! What the path names: what does not fit there names nothing.

use std::str::FromStr;

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;

use crate::problem::Problem;
use crate::problem_code::ProblemCode;
use crate::state::Api;

/// The one parameter of a path, parsed; what is ill-formed, or no text at all, names nothing.
pub(crate) struct InPath<T>(pub(crate) T);

impl<T: FromStr> FromRequestParts<Api> for InPath<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Problem> {
        let nothing = || Problem::new(ProblemCode::NotFound);
        let Path(text) = Path::<String>::from_request_parts(parts, api).await.map_err(|_| nothing())?;
        text.parse().map(Self).map_err(|_| nothing())
    }
}
