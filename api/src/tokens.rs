//! `/v1/tokens`: exchange a refresh token, and ask whether a token is good; and the keys that access tokens are checked
//! with.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use countersign_service::view::SessionReply;
use serde_json::json;

use crate::body;
use crate::extract::{Caller, FormFields, Posted, Stated};
use crate::problem::Problem;
use crate::reply::Reply;
use crate::state::Api;
use crate::text::Secret;

/// How long the keys can be kept: a key stands behind the current one for longer, before it signs.
const KEYS_KEPT: &str = "public, max-age=300";

/// `POST /v1/tokens/refresh`.
pub(crate) async fn refresh(
    State(api): State<Api>,
    Caller(context): Caller,
    Posted { mut fields, once }: Posted,
) -> Result<Response, Problem> {
    let token = fields.required::<Secret>("refresh_token");
    let stated = Stated::take(&mut fields);
    let token = fields.finish(token)?;
    let context = stated.within(context);
    let reply = |session: &SessionReply| Reply::new(StatusCode::OK, body::refreshed(session));
    once.answered(&api, context, reply, |asked| api.service.refresh(asked, token.expose())).await
}

/// `POST /v1/tokens/introspect` (RFC 7662): a token that is not good, or another client's, is only not active. It changes
/// nothing, and is answered anew each time: an idempotency key must not keep a token good.
pub(crate) async fn introspect(
    State(api): State<Api>,
    Caller(context): Caller,
    FormFields(mut fields): FormFields,
) -> Result<Response, Problem> {
    let token = fields.required::<Secret>("token");
    // A hint can be wrong, and the two kinds are told apart without it.
    fields.optional::<String>("token_type_hint");
    let token = fields.finish(token)?;
    let introspected = api.service.introspect(context.client, token.expose()).await?;
    Ok(Json(body::introspection(introspected.as_ref())).into_response())
}

/// `GET /.well-known/jwks.json` (RFC 7517, RFC 8037).
pub(crate) async fn keys(State(api): State<Api>) -> Result<Response, Problem> {
    let keys: Vec<_> = api.service.published_keys()?.iter().map(body::published_key).collect();
    let kept = [(header::CACHE_CONTROL, HeaderValue::from_static(KEYS_KEPT))];
    Ok((kept, Json(json!({ "keys": keys }))).into_response())
}
