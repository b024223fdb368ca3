//! What an account amounted to, and a sign-in step by step.

use axum::Json;
use axum::extract::State;
use countersign_domain::id::{AccountId, SignInId};
use countersign_projections::read_model::Model;
use countersign_service::flow::AsOf;
use serde_json::{Value, json};

use super::body;
use super::words::{AsOfWord, Version};
use crate::extract::{Auditor, InPath, QueryFields};
use crate::problem::Problem;
use crate::state::Api;

/// `GET /v1/audit/accounts/{id}/state`.
pub(crate) async fn account_state(
    State(api): State<Api>,
    Auditor(reader): Auditor,
    InPath(account): InPath<AccountId>,
    QueryFields(mut fields): QueryFields,
) -> Result<Json<Value>, Problem> {
    let as_of = fields.optional::<AsOfWord>("as_of");
    let wait = fields.optional::<Version>("wait_for");
    let as_of = fields.finish(Some(as_of.map_or(AsOf::Now, |AsOfWord(as_of)| as_of)))?;
    wait_for(&api, wait).await?;
    let told = api.service.audit_account_state(&reader, account, as_of).await?;
    Ok(Json(json!({
        "object": "account_state",
        "account": account,
        "index": told.index,
        "state": told.state,
    })))
}

/// `GET /v1/audit/sign-ins/{id}/replay`.
pub(crate) async fn sign_in(
    State(api): State<Api>,
    Auditor(reader): Auditor,
    InPath(sign_in): InPath<SignInId>,
    QueryFields(mut fields): QueryFields,
) -> Result<Json<Value>, Problem> {
    let wait = fields.optional::<Version>("wait_for");
    fields.finish(Some(()))?;
    wait_for(&api, wait).await?;
    let steps = api.service.audit_sign_in(&reader, sign_in).await?;
    let steps: Vec<_> = steps
        .iter()
        .map(|step| {
            json!({
                "event": body::event(&step.event),
                "before": step.before.sign_in(sign_in),
                "after": step.after.sign_in(sign_in),
            })
        })
        .collect();
    Ok(Json(json!({ "object": "sign_in_replay", "sign_in": sign_in, "steps": steps })))
}

async fn wait_for(api: &Api, wait: Option<Version>) -> Result<(), Problem> {
    let Some(Version(wait)) = wait else { return Ok(()) };
    Ok(api.service.wait_for(wait, Model::History).await?)
}
