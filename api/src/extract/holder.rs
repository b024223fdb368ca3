//! Who holds a sign-in's token: checked before anything else of the request is looked at.

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use countersign_domain::id::SignInId;
use countersign_service::flow::SignInBearer;

use super::bearer::Bearer;
use crate::problem::Problem;
use crate::problem_code::ProblemCode;
use crate::state::Api;

/// The holder of the token of the sign-in that the address names; an ill-formed id names nothing.
pub(crate) struct Holder(pub(crate) SignInBearer);

impl FromRequestParts<Api> for Holder {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Problem> {
        let nothing = || Problem::new(ProblemCode::NotFound);
        let Path(id) = Path::<String>::from_request_parts(parts, api).await.map_err(|_| nothing())?;
        let id: SignInId = id.parse().map_err(|_| nothing())?;
        let Bearer(token) = Bearer::from_request_parts(parts, api).await?;
        Ok(Self(api.service.authenticate(&token, id)?))
    }
}
