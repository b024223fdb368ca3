//! Ids in addresses.

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use countersign_domain::id::SignInId;

use crate::problem::Problem;
use crate::problem_code::ProblemCode;
use crate::state::Api;

/// The sign-in that an address names; an ill-formed id names nothing.
pub(crate) struct SignInPath(pub(crate) SignInId);

impl FromRequestParts<Api> for SignInPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Problem> {
        let nothing = || Problem::new(ProblemCode::NotFound);
        let Path(id) = Path::<String>::from_request_parts(parts, api).await.map_err(|_| nothing())?;
        id.parse().map(Self).map_err(|_| nothing())
    }
}
