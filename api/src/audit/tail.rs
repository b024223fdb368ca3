//! `GET /v1/audit/events/stream`: events as they come, as server-sent events.

use std::convert::Infallible;

use axum::Extension;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive};
use axum::response::{IntoResponse, Response, Sse};
use countersign_service::flow::AuditTail;
use futures_util::{StreamExt, stream};

use super::words::Index;
use super::{body, which};
use crate::extract::{Auditor, QueryFields};
use crate::problem::Problem;
use crate::serving::Streams;
use crate::state::Api;

/// What a client that lost its connection says it has seen.
const LAST_EVENT_ID: &str = "last-event-id";

/// `GET /v1/audit/events/stream`; goes on behind `Last-Event-ID`, else begins with what comes next.
pub(crate) async fn tail(
    State(api): State<Api>,
    Auditor(reader): Auditor,
    headers: HeaderMap,
    QueryFields(mut fields): QueryFields,
) -> Result<Response, Problem> {
    let (filter, typed) = which::filter(&mut fields, &reader);
    let seen = headers.get(LAST_EVENT_ID).map(|seen| seen.to_str().unwrap_or_default().parse::<Index>());
    let seen = seen.transpose().map_err(|expected| fields.complain("Last-Event-ID", &expected.to_string()));
    let after = fields.finish(seen.ok())?.map(|Index(after)| after);
    let tail = api.service.audit_tail(&reader, filter, typed, after).await?;
    // A tail has no end of its own; whoever listens goes on at another server, or at the next start.
    let until_stopped = stream::unfold(tail, next).take_until(Box::pin(api.stopped()));
    let tail = Sse::new(until_stopped).keep_alive(KeepAlive::default());
    Ok((Extension(Streams), tail).into_response())
}

async fn next(mut tail: AuditTail) -> Option<(Result<Event, Infallible>, AuditTail)> {
    let event = tail.next().await?;
    let sent = Event::default().id(event.row.index.to_string()).data(body::event(&event).to_string());
    Some((Ok(sent), tail))
}
