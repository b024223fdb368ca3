//! `/v1/audit/events`: pages by filter, and one event.

use std::io;

use axum::Json;
use axum::extract::{OriginalUri, State};
use axum::http::header::{ACCEPT, CONTENT_TYPE, LINK};
use axum::http::{HeaderMap, HeaderValue, Uri};
use axum::response::{IntoResponse, Response};
use countersign_projections::read_model::Model;
use countersign_stores::audit::{AuditPage, Order};
use serde_json::{Value, json};

use super::body;
use super::which::Which;
use super::words::{Index, Limit, OrderWord, Version};
use crate::export::{Export, Format};
use crate::extract::{Auditor, InPath, QueryFields};
use crate::problem::Problem;
use crate::problem_code::ProblemCode;
use crate::state::Api;
use crate::text::Whole;

/// Events of a page that says nothing else.
const LIMIT_DEFAULT: u32 = 50;
/// What a client accepts who gets an object.
const OBJECTS: [&str; 3] = ["application/json", "application/*", "*/*"];
/// What else it can be.
const FORMS: [(&str, Format); 2] = [("application/x-ndjson", Format::Jsonl), ("text/csv", Format::Csv)];

/// `GET /v1/audit/events`.
pub(crate) async fn page(
    State(api): State<Api>,
    Auditor(reader): Auditor,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    QueryFields(mut fields): QueryFields,
) -> Result<Response, Problem> {
    let wait = fields.optional::<Version>("wait_for");
    let which = Which::take(&mut fields, &reader);
    let mut query = which.query(&reader);
    query.order = fields.optional::<OrderWord>("order").map_or(Order::Newest, |OrderWord(order)| order);
    query.limit = fields.optional::<Limit>("limit").map_or(LIMIT_DEFAULT, |Limit(limit)| limit);
    query.after = fields.optional::<Index>("after").map(|Index(after)| after);
    let query = fields.finish(Some(query))?;
    if let Some(Version(wait)) = wait {
        api.service.wait_for(wait, Model::History).await?;
    }
    let page = api.service.audit_page(&reader, query, which.asked()).await?;
    match accepted(&headers) {
        Some((media_type, format)) => lines(&page, media_type, format, &uri).map_err(|error| {
            tracing::error!(%error, "a page could not be written");
            Problem::new(ProblemCode::InternalError)
        }),
        None => Ok(object(&page).into_response()),
    }
}

/// `GET /v1/audit/events/{index}`.
pub(crate) async fn show(
    State(api): State<Api>,
    Auditor(reader): Auditor,
    InPath(Whole(index)): InPath<Whole>,
) -> Result<Json<Value>, Problem> {
    let mut event = body::event(&api.service.audit_event(&reader, index).await?);
    if let Value::Object(fields) = &mut event {
        fields.insert("inclusion".to_owned(), inclusion(&api, index).await?);
    }
    Ok(Json(event))
}

/// What proves that an event is under the newest signed head; null before one is over it.
async fn inclusion(api: &Api, index: u64) -> Result<Value, Problem> {
    let Some(head) = api.service.newest_head().await? else { return Ok(Value::Null) };
    let Some((_, path)) = api.service.inclusion(index, head.size).await? else { return Ok(Value::Null) };
    let hashes: Vec<_> = path.iter().map(ToString::to_string).collect();
    Ok(json!({ "size": head.size, "hashes": hashes, "tree_head": head.note }))
}

fn object(page: &AuditPage) -> Json<Value> {
    let data: Vec<_> = page.events.iter().map(body::event).collect();
    Json(json!({ "data": data, "next": page.next.map(|next| next.to_string()) }))
}

/// The form that a client likes best (RFC 9110, 12.5.1), unless that is an object, or anything.
fn accepted(headers: &HeaderMap) -> Option<(&'static str, Format)> {
    let accepted = headers.get(ACCEPT)?.to_str().ok()?;
    let liked = accepted.split(',').filter_map(|range| {
        let mut parts = range.split(';').map(str::trim);
        let essence = parts.next()?;
        let form = FORMS.into_iter().find(|(form, _)| form.eq_ignore_ascii_case(essence));
        let is_object = OBJECTS.iter().any(|object| object.eq_ignore_ascii_case(essence));
        (form.is_some() || is_object).then(|| (form, quality(parts)))
    });
    // Of forms that are liked alike the first.
    let best = liked
        .filter(|(_, liked)| *liked > 0.0)
        .reduce(|best, other| if other.1 > best.1 { other } else { best });
    best.and_then(|(form, _)| form)
}

fn quality<'a>(mut parameters: impl Iterator<Item = &'a str>) -> f32 {
    parameters.find_map(|parameter| parameter.strip_prefix("q=")?.parse().ok()).unwrap_or(1.0)
}

/// A page as lines; where the next one is stands in `Link` (RFC 8288).
fn lines(page: &AuditPage, media_type: &'static str, format: Format, uri: &Uri) -> io::Result<Response> {
    let mut export = Export::new(format, Vec::new())?;
    page.events.iter().try_for_each(|event| export.event(event))?;
    let (body, _) = export.finish()?;
    let mut response = ([(CONTENT_TYPE, media_type)], body).into_response();
    if let Some(next) = page.next {
        let link = HeaderValue::from_str(&format!("<{}>; rel=\"next\"", behind(uri, next)));
        response.headers_mut().insert(LINK, link.map_err(io::Error::other)?);
    }
    Ok(response)
}

/// The same address behind an index.
fn behind(uri: &Uri, index: u64) -> String {
    let query = uri.query().unwrap_or_default();
    let mut next = url::form_urlencoded::Serializer::new(String::new());
    let kept = url::form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name != "after");
    next.extend_pairs(kept).append_pair("after", &index.to_string());
    format!("{}?{}", uri.path(), next.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_that_a_client_likes_best_is_taken_and_otherwise_an_object() {
        let form = |accept: &'static str| {
            accepted(&HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static(accept))]))
                .map(|(_, form)| form)
        };
        assert_eq!(form("text/csv"), Some(Format::Csv));
        assert_eq!(form("Application/X-NDJSON; q=1, text/csv"), Some(Format::Jsonl));
        assert_eq!(form("text/csv;q=0.1, application/json"), None);
        assert_eq!(form("application/json;q=0.5, text/csv;q=0.8, */*;q=0.1"), Some(Format::Csv));
        assert_eq!(form("text/csv;q=0"), None);
        assert_eq!(form("*/*"), None);
        assert_eq!(form("application/json, text/html"), None);
    }

    #[test]
    fn the_next_page_is_asked_for_as_this_one_was() {
        let uri: Uri = "/v1/audit/events?q=type%3Acode.%2A&after=9&limit=2".parse().unwrap();
        assert_eq!(behind(&uri, 7), "/v1/audit/events?q=type%3Acode.*&limit=2&after=7");
    }
}
