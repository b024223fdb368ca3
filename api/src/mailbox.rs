//! `/dev/mailbox`: the messages that a development service wrote instead of sending them.

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use crate::html;
use crate::problem::Problem;
use crate::state::Api;

#[derive(Template)]
#[template(path = "mailbox.html")]
struct Page {
    style: &'static str,
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
    html::shown_in_private(&Page { style: html::STYLE, messages: messages.collect(), folder })
}
