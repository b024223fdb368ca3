//! Who holds a sign-in's token: checked before anything else of the request is looked at.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use countersign_domain::client::Role;
use countersign_domain::id::SignInId;
use countersign_service::context::Context;
use countersign_service::flow::SignInBearer;
use countersign_service::tokens::is_client_key;

use super::bearer::Bearer;
use super::caller::{Origin, client_of};
use super::in_path::InPath;
use crate::problem::Problem;
use crate::problem_code::ProblemCode;
use crate::state::{Access, Api};

/// The holder of the token of the sign-in that the address names, and where they ask from; an ill-formed id names nothing.
/// For who comes with a client's key no sign-in is there, be it the client's own.
pub(crate) struct Holder {
    pub(crate) bearer: SignInBearer,
    pub(crate) context: Context,
}

impl FromRequestParts<Api> for Holder {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Problem> {
        let InPath(id) = InPath::<SignInId>::from_request_parts(parts, api).await?;
        let Bearer(token) = Bearer::from_request_parts(parts, api).await?;
        if api.access == Access::ClientKeys && is_client_key(&token) {
            return Err(Problem::new(match client_of(parts, api).await? {
                (_, Role::Client) => ProblemCode::NotFound,
                (_, Role::Auditor | Role::Operator) => ProblemCode::Unauthenticated,
            }));
        }
        let bearer = api.service.authenticate(&token, id).await?;
        let Origin(context) = Origin::from_request_parts(parts, api).await?;
        Ok(Self { bearer, context: Context { client: bearer.client(), ..context } })
    }
}
