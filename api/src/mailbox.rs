//! `/dev/mailbox`: the messages that a development service wrote instead of sending them.

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{Html, IntoResponse, Response};

use crate::problem::Problem;
use crate::problem_code::ProblemCode;
use crate::state::Api;

#[derive(Template)]
#[template(path = "mailbox.html")]
struct Page {
    messages: Vec<Entry>,
    folder: Option<String>,
}

struct Entry {
    id: String,
    to: String,
    subject: String,
    date: String,
    text: String,
}

/// `GET /dev/mailbox`.
pub(crate) async fn show(State(api): State<Api>) -> Result<Response, Problem> {
    let mailbox = api.service.mailbox().await?;
    let folder = mailbox.as_ref().map(|mailbox| mailbox.folder.clone());
    let messages = mailbox.into_iter().flat_map(|mailbox| mailbox.messages);
    let messages = messages.map(|message| Entry {
        id: message.id.to_string(),
        to: message.to,
        subject: message.subject,
        date: message.date,
        text: message.text,
    });
    let html = Page { messages: messages.collect(), folder }.render();
    let html = html.map_err(|_| Problem::new(ProblemCode::InternalError))?;
    let no_store = [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    Ok((no_store, Html(html)).into_response())
}
