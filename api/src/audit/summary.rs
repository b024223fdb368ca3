//! `GET /v1/audit/summary`: counts by the hour.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use countersign_domain::time::Timestamp;
use countersign_service::flow::SummaryBy;
use serde_json::{Value, json};

use super::words::By;
use crate::extract::{Auditor, QueryFields};
use crate::problem::Problem;
use crate::state::Api;

/// `GET /v1/audit/summary`.
pub(crate) async fn summary(
    State(api): State<Api>,
    Auditor(reader): Auditor,
    QueryFields(mut fields): QueryFields,
) -> Result<Json<Value>, Problem> {
    let by = fields.optional::<By>("by").map_or(SummaryBy::Outcome, |By(by)| by);
    let from = fields.optional::<Timestamp>("from").unwrap_or(Timestamp::from_millis(0));
    let to = fields.optional::<Timestamp>("to").unwrap_or(Timestamp::from_millis(i64::MAX));
    fields.finish(Some(()))?;
    let counts: BTreeMap<_, _> = api.service.audit_summary(&reader, (from, to), by).await?;
    let data: Vec<_> = counts
        .iter()
        .map(|((hour, key), count)| json!({ "bucket": hour, "key": key, "count": count }))
        .collect();
    Ok(Json(json!({ "object": "summary", "data": data })))
}
