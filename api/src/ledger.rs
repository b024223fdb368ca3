//! `/v1/ledger`, and the tree as C2SP has it: heads, proofs and tiles, for anybody.

use std::str::FromStr as _;

use axum::Json;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use countersign_projections::ledger::{Hash, TILE_WIDTH, Tile};
use serde_json::{Value, json};

use crate::extract::{Bearer, InPath, QueryFields};
use crate::problem::Problem;
use crate::problem_code::ProblemCode;
use crate::state::Api;
use crate::text::Whole;

/// How long whoever is on the way may keep what never changes: a year, in seconds.
const FOR_EVER: &str = "public, max-age=31536000, immutable";

/// `GET /v1/ledger/tree-head`.
pub(crate) async fn tree_head(State(api): State<Api>) -> Result<Json<Value>, Problem> {
    let (head, key) = api.service.tree_head().await?.ok_or(Problem::new(ProblemCode::NotFound))?;
    Ok(Json(json!({
        "object": "tree_head",
        "origin": head.origin,
        "size": head.size,
        "root": head.root.to_string(),
        "note": head.note,
        "key": key.to_string(),
    })))
}

/// `GET /v1/ledger/inclusion?index=&size=`; the newest head's size where none is given.
pub(crate) async fn inclusion(
    State(api): State<Api>,
    QueryFields(mut fields): QueryFields,
) -> Result<Json<Value>, Problem> {
    let (index, size) = (fields.required::<Whole>("index"), fields.optional::<Whole>("size"));
    let Whole(index) = fields.finish(index)?;
    let size = or_newest(&api, size).await?;
    let (leaf, path) =
        api.service.inclusion(index, size).await?.ok_or(Problem::new(ProblemCode::NotFound))?;
    Ok(Json(json!({
        "object": "inclusion_proof",
        "index": index,
        "size": size,
        "leaf": hex::encode(leaf),
        "hashes": texts(&path),
    })))
}

/// `GET /v1/ledger/consistency?from=&to=`; to the newest head where none is given.
pub(crate) async fn consistency(
    State(api): State<Api>,
    QueryFields(mut fields): QueryFields,
) -> Result<Json<Value>, Problem> {
    let (from, to) = (fields.required::<Whole>("from"), fields.optional::<Whole>("to"));
    let Whole(from) = fields.finish(from)?;
    let to = or_newest(&api, to).await?;
    let path = api.service.consistency(from, to).await?.ok_or(Problem::new(ProblemCode::NotFound))?;
    Ok(Json(json!({ "object": "consistency_proof", "from": from, "to": to, "hashes": texts(&path) })))
}

/// `GET /checkpoint`: the newest head as a signed note.
pub(crate) async fn checkpoint(State(api): State<Api>) -> Result<Response, Problem> {
    let head = api.service.newest_head().await?.ok_or(Problem::new(ProblemCode::NotFound))?;
    let headers = [(CONTENT_TYPE, "text/plain; charset=utf-8"), (CACHE_CONTROL, "no-cache")];
    Ok((headers, head.note).into_response())
}

/// `GET /tile/…`: a tile, once a signed tree has it.
pub(crate) async fn tile(State(api): State<Api>, InPath(path): InPath<String>) -> Result<Response, Problem> {
    let tile = Tile::from_str(&format!("tile/{path}")).map_err(|_| Problem::new(ProblemCode::NotFound))?;
    let bytes = api.service.tile(&tile).await?.ok_or(Problem::new(ProblemCode::NotFound))?;
    let kept = if tile.width() == TILE_WIDTH { FOR_EVER } else { "no-cache" };
    Ok(([(CONTENT_TYPE, "application/octet-stream"), (CACHE_CONTROL, kept)], bytes).into_response())
}

/// `GET /v1/me/receipt`: what proves the person's own sign-in offline.
pub(crate) async fn my_receipt(State(api): State<Api>, Bearer(token): Bearer) -> Result<Response, Problem> {
    Ok(Json(api.service.my_receipt(&token).await?).into_response())
}

async fn or_newest(api: &Api, size: Option<Whole>) -> Result<u64, Problem> {
    match size {
        Some(Whole(size)) => Ok(size),
        None => Ok(api.service.newest_head().await?.map_or(0, |head| head.size)),
    }
}

fn texts(path: &[Hash]) -> Vec<String> {
    path.iter().map(Hash::to_string).collect()
}
