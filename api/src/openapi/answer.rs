//! What a request is answered with when all went well.

use axum::http::StatusCode;
use serde_json::{Map, Value, json};

use super::{samples, schema};

/// What a request is answered with when all went well.
pub(crate) struct Answer {
    pub(super) status: StatusCode,
    pub(super) about: &'static str,
    forms: Vec<(&'static str, Value)>,
    headers: Vec<Header>,
    links: Vec<Link>,
}

/// A header of a reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Header {
    RequestId,
    Version,
    Location,
    NeverStored,
    Stored,
    NextPage,
    Disposition,
    RetryAfter,
    PerhapsRetryAfter,
    Authenticate,
    Replayed,
    RateLimit,
    RateLimitPolicy,
    PagePolicy,
    NoSniffing,
    NoReferrer,
}

/// What can be asked next with what a reply says.
struct Link {
    name: &'static str,
    operation: &'static str,
    parameters: &'static [(&'static str, &'static str)],
    body: Option<Value>,
}

impl Answer {
    /// An answer without a body.
    pub(crate) fn nothing(status: StatusCode, about: &'static str) -> Self {
        Self { status, about, forms: Vec::new(), headers: Vec::new(), links: Vec::new() }
    }

    /// An answer with a body of a media type.
    pub(crate) fn of(
        status: StatusCode,
        about: &'static str,
        media_type: &'static str,
        schema: Value,
    ) -> Self {
        Self::nothing(status, about).or(media_type, schema)
    }

    /// An answer that is an object with a name.
    pub(crate) fn object(status: StatusCode, about: &'static str, name: &str) -> Self {
        Self::of(status, about, "application/json", schema::named(name))
    }

    /// The same, also in another form.
    pub(crate) fn or(mut self, media_type: &'static str, schema: Value) -> Self {
        self.forms.push((media_type, schema));
        self
    }

    /// The same with a header.
    pub(crate) fn header(mut self, header: Header) -> Self {
        self.headers.push(header);
        self
    }

    /// The same, with what can be asked next; each parameter is taken from the reply, or from its request.
    pub(crate) fn link(
        mut self,
        name: &'static str,
        operation: &'static str,
        parameters: &'static [(&'static str, &'static str)],
    ) -> Self {
        self.links.push(Link { name, operation, parameters, body: None });
        self
    }

    /// The last link with a body.
    pub(crate) fn sending(mut self, body: Value) -> Self {
        if let Some(link) = self.links.last_mut() {
            link.body = Some(body);
        }
        self
    }

    /// As the document has it, with the headers that every reply of its kind has.
    pub(super) fn document(&self, always: &[Header], example: Option<&Value>) -> Value {
        let content: Map<_, _> = self
            .forms
            .iter()
            .map(|(media_type, schema)| {
                let mut form = json!({ "schema": schema });
                let sample = samples::of_media_type(media_type).map(Value::from);
                let example = if *media_type == "application/json" { example.cloned() } else { sample };
                if let Some(example) = example {
                    form = json!({ "schema": schema, "example": example });
                }
                ((*media_type).to_owned(), form)
            })
            .collect();
        let is_page = content.contains_key("text/html");
        let of_a_page: &[Header] = if is_page { &[Header::PagePolicy, Header::NoSniffing] } else { &[] };
        let headers: Vec<_> = always.iter().chain(of_a_page).chain(&self.headers).copied().collect();
        let mut told = json!({ "description": self.about, "headers": documents(&headers) });
        if let Some(fields) = told.as_object_mut() {
            if !content.is_empty() {
                fields.insert("content".to_owned(), Value::Object(content));
            }
            if !self.links.is_empty() {
                let links = self.links.iter().map(|link| (link.name.to_owned(), link.document()));
                fields.insert("links".to_owned(), Value::Object(links.collect()));
            }
        }
        told
    }
}

impl Link {
    fn document(&self) -> Value {
        let parameters: Map<_, _> =
            self.parameters.iter().map(|(name, from)| ((*name).to_owned(), json!(from))).collect();
        let mut told = json!({ "operationId": self.operation, "parameters": parameters });
        if let (Some(fields), Some(body)) = (told.as_object_mut(), &self.body) {
            fields.insert("requestBody".to_owned(), body.clone());
        }
        told
    }
}

/// Headers as the document has them.
pub(super) fn documents(headers: &[Header]) -> Value {
    Value::Object(headers.iter().map(|header| (header.name().to_owned(), header.document())).collect())
}

impl Header {
    fn name(self) -> &'static str {
        match self {
            Self::RequestId => "x-request-id",
            Self::Version => "Countersign-Version",
            Self::Location => "Location",
            Self::NeverStored | Self::Stored => "Cache-Control",
            Self::NextPage => "Link",
            Self::Disposition => "Content-Disposition",
            Self::RetryAfter | Self::PerhapsRetryAfter => "Retry-After",
            Self::Authenticate => "WWW-Authenticate",
            Self::Replayed => "Idempotency-Replayed",
            Self::RateLimit => "RateLimit",
            Self::RateLimitPolicy => "RateLimit-Policy",
            Self::PagePolicy => "Content-Security-Policy",
            Self::NoSniffing => "X-Content-Type-Options",
            Self::NoReferrer => "Referrer-Policy",
        }
    }

    fn is_always_there(self) -> bool {
        !matches!(
            self,
            Self::NextPage
                | Self::PerhapsRetryAfter
                | Self::Replayed
                | Self::RateLimit
                | Self::RateLimitPolicy
        )
    }

    fn document(self) -> Value {
        let (about, schema) = match self {
            Self::RequestId => {
                ("The request's id: in problems, in the log, and beside the events.", schema::text())
            }
            Self::Version => {
                ("The version that the account's stream has come to; `wait_for` takes it.", schema::version())
            }
            Self::Location => ("Where the new thing is.", schema::text()),
            Self::NeverStored => ("Replies can hold secrets.", schema::only("no-store")),
            Self::Stored => ("How long it can be kept.", schema::text()),
            Self::NextPage => {
                ("Where the next page is, of one that comes as lines; `rel=\"next\"`.", schema::text())
            }
            Self::Disposition => ("What it is saved as.", schema::text()),
            Self::RetryAfter => ("After how many seconds to come back.", whole_seconds()),
            Self::PerhapsRetryAfter => {
                ("After how many seconds to come back, where time helps.", whole_seconds())
            }
            Self::Authenticate => ("The scheme of the credential.", schema::only("Bearer")),
            Self::RateLimit => ("What is left to the client's address, where it is limited.", schema::text()),
            Self::RateLimitPolicy => ("How many a window may have, where there is a limit.", schema::text()),
            Self::PagePolicy => ("What a browser may do with the page: show it.", schema::text()),
            Self::NoSniffing => ("It is what it says it is.", schema::only("nosniff")),
            Self::NoReferrer => ("No other page is told of this one's address.", schema::only("no-referrer")),
            Self::Replayed => (
                "There where the reply was made for an earlier request with the same key.",
                schema::only("true"),
            ),
        };
        let mut told = json!({ "description": about, "required": self.is_always_there(), "schema": &schema });
        let sample = samples::of_header(self.name()).filter(|_| schema.get("const").is_none());
        if let (Some(fields), Some(example)) = (told.as_object_mut(), sample) {
            fields.insert("example".to_owned(), example);
        }
        told
    }
}

fn whole_seconds() -> Value {
    json!({ "type": "integer", "minimum": 1 })
}
