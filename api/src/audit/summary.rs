//! `GET /v1/audit/summary`: counts for plots, and for what a filter can be narrowed by.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use countersign_domain::time::Timestamp;
use countersign_projections::read_model::{Model, SIGN_IN_COUNTS};
use countersign_service::flow::{Bucket, COUNTS_MOST, Summary, SummaryBy, SummaryQuery};
use serde_json::{Map, Value, json};

use super::words::{BucketWord, By, Version};
use crate::extract::{Auditor, QueryFields};
use crate::problem::Problem;
use crate::state::Api;

/// `GET /v1/audit/summary`.
pub(crate) async fn summary(
    State(api): State<Api>,
    Auditor(reader): Auditor,
    QueryFields(mut fields): QueryFields,
) -> Result<Json<Value>, Problem> {
    let by = fields.optional::<By>("by").map_or(vec![SummaryBy::Outcome], |By(by)| by);
    let bucket = fields.optional::<BucketWord>("bucket").map_or(Bucket::Hour, |BucketWord(bucket)| bucket);
    let from = fields.optional::<Timestamp>("from").unwrap_or(Timestamp::from_millis(0));
    let to = fields.optional::<Timestamp>("to").unwrap_or(Timestamp::from_millis(i64::MAX));
    let wait = fields.optional::<Version>("wait_for");
    let (fields, ()) = fields.checked(())?;
    if let Some(Version(wait)) = wait {
        api.service.wait_for(wait, Model::Fold(SIGN_IN_COUNTS)).await?;
    }
    let query = SummaryQuery { from, to, bucket, by };
    match api.service.audit_summary(&reader, &query).await? {
        Some(summary) => Ok(Json(body(&query, &summary))),
        None => fields.refuse("bucket", &format!("makes more than {COUNTS_MOST} counts: take longer ones")),
    }
}

/// Counts, each with when its bucket begins and the values that it is of; and how often each value came.
pub fn body(query: &SummaryQuery, summary: &Summary) -> Value {
    let data: Vec<Value> = summary
        .counts
        .iter()
        .map(|((bucket, values), count)| {
            let mut row = Map::from_iter([("bucket".to_owned(), json!(bucket))]);
            let named = query.by.iter().zip(values);
            row.extend(named.map(|(by, value)| (by.word().to_owned(), json!(value))));
            row.insert("count".to_owned(), json!(count));
            Value::Object(row)
        })
        .collect();
    let facets: Map<_, _> =
        summary.facets.iter().map(|(by, values)| (by.word().to_owned(), facet(values))).collect();
    json!({ "object": "summary", "bucket": query.bucket.word(), "data": data, "facets": facets })
}

/// The values of a facet, the commonest first.
fn facet(values: &BTreeMap<Option<String>, u64>) -> Value {
    let mut values: Vec<_> = values.iter().collect();
    values.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
    values.into_iter().map(|(value, count)| json!({ "value": value, "count": count })).collect()
}
