//! Who is signed in: checked before anything else of the request is looked at.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use countersign_service::flow::SessionBearer;

use super::bearer::Bearer;
use crate::problem::Problem;
use crate::state::Api;

/// The holder of the access token of a session that is good.
pub(crate) struct Person(pub(crate) SessionBearer);

impl FromRequestParts<Api> for Person {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Problem> {
        let Bearer(token) = Bearer::from_request_parts(parts, api).await?;
        Ok(Self(api.service.authenticate_session(&token).await?))
    }
}
