//! While there is no place for a hash, who needs one is refused before anything is done for them: before a credential is
//! looked up, and before a request that may be asked again is noted.

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use countersign_service::error::BUSY_RETRY_AFTER;
use serde_json::Value;

use crate::problem::Problem;
use crate::problem_code::ProblemCode;
use crate::router::BODY_LARGEST;
use crate::state::Api;

/// Where a device can be named, for which places are kept.
const KNOWS_DEVICES: &str = "/v1/sign-ins";

/// Refuses a request that needs a hash while there is no place for one. One that names a device goes on: whether the
/// device is known is found out by the use case, which keeps places for those that are.
pub(crate) async fn refuse_early(State(api): State<Api>, request: Request, next: Next) -> Response {
    if !api.service.is_hashing_full() {
        return next.run(request).await;
    }
    let route = request.extensions().get::<MatchedPath>().map_or("", MatchedPath::as_str);
    if route == KNOWS_DEVICES {
        let (parts, body) = request.into_parts();
        if let Ok(body) = to_bytes(body, BODY_LARGEST).await
            && names_device(&body)
        {
            return next.run(Request::from_parts(parts, Body::from(body))).await;
        }
    }
    api.service.refused_to_hash();
    Problem::later(ProblemCode::Overloaded, BUSY_RETRY_AFTER).into_response()
}

fn names_device(body: &Bytes) -> bool {
    let typed: Option<Value> = serde_json::from_slice(body).ok();
    typed.is_some_and(|typed| typed.pointer("/device/token").is_some_and(Value::is_string))
}
