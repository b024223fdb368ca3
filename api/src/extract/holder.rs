//! Who holds a sign-in's token: checked before anything else of the request is looked at.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use countersign_domain::id::SignInId;
use countersign_service::flow::SignInBearer;

use super::bearer::Bearer;
use super::in_path::InPath;
use crate::problem::Problem;
use crate::state::Api;

/// The holder of the token of the sign-in that the address names; an ill-formed id names nothing.
pub(crate) struct Holder(pub(crate) SignInBearer);

impl FromRequestParts<Api> for Holder {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Problem> {
        let InPath(id) = InPath::<SignInId>::from_request_parts(parts, api).await?;
        let Bearer(token) = Bearer::from_request_parts(parts, api).await?;
        Ok(Self(api.service.authenticate(&token, id)?))
    }
}
