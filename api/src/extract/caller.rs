//! Who asks, and from where.

use axum::extract::FromRequestParts;
use axum::http::header::USER_AGENT;
use axum::http::request::Parts;
use countersign_domain::client::Role;
use countersign_domain::id::ClientId;
use countersign_domain::secret::Personal;
use countersign_service::context::Context;
use countersign_service::flow::Reader;

use super::bearer::bearer;
use crate::client_address::ClientAddress;
use crate::limits::Toll;
use crate::problem::Problem;
use crate::problem_code::ProblemCode;
use crate::request_id::{KnownClient, RequestId};
use crate::state::{Access, Api};

/// The most characters of a user agent that are recorded.
pub(crate) const USER_AGENT_LONGEST: usize = 512;

/// Where a request comes from, whoever asks: for resources with a token of their own.
pub(crate) struct Origin(pub(crate) Context);

/// An auditor, with a key, or anybody on the developer's own machine.
pub(crate) struct Auditor(pub(crate) Reader);

/// A client that may ask: with a key, or on the developer's own machine.
pub(crate) struct Caller(pub(crate) Context);

impl FromRequestParts<Api> for Origin {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Problem> {
        let address = ClientAddress::of(parts, api.conditions.trusted_hops);
        let user_agent = parts.headers.get(USER_AGENT).and_then(|value| value.to_str().ok());
        Ok(Self(Context {
            request_id: parts.extensions.get::<RequestId>().map(ToString::to_string),
            ip: address.map(|ClientAddress(address)| Personal::plain(address.to_string())),
            user_agent: user_agent.map(|text| Personal::plain(printable(text))),
            ..Context::default()
        }))
    }
}

impl FromRequestParts<Api> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Problem> {
        let Origin(context) = Origin::from_request_parts(parts, api).await?;
        match api.access {
            Access::Open => Ok(Self(context)),
            Access::ClientKeys => match client_of(parts, api).await? {
                (client, Role::Client) => {
                    if let Some(toll) = parts.extensions.get::<Toll>() {
                        toll.of_a_client(api);
                    }
                    Ok(Self(Context { client: Some(client), ..context }))
                }
                (_, Role::Auditor | Role::Operator) => Err(Problem::new(ProblemCode::Unauthenticated)),
            },
        }
    }
}

impl FromRequestParts<Api> for Auditor {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Problem> {
        let Origin(context) = Origin::from_request_parts(parts, api).await?;
        if api.access == Access::Open {
            return Ok(Self(Reader { context, may_open: true }));
        }
        let (client, role) = client_of(parts, api).await?;
        let may_open = match role {
            Role::Operator => true,
            Role::Auditor => false,
            Role::Client => return Err(Problem::new(ProblemCode::Unauthenticated)),
        };
        Ok(Self(Reader { context: Context { client: Some(client), ..context }, may_open }))
    }
}

/// The client whose key is presented, and its role.
pub(super) async fn client_of(parts: &Parts, api: &Api) -> Result<(ClientId, Role), Problem> {
    let key = bearer(parts).ok_or_else(|| Problem::new(ProblemCode::Unauthenticated))?;
    let (client, role) = api.service.client_of(&key).await?;
    if let Some(known) = parts.extensions.get::<KnownClient>() {
        known.is(client);
    }
    Ok((client, role))
}

/// What can be recorded of a text that a stranger chose.
pub(super) fn printable(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(USER_AGENT_LONGEST).collect()
}
