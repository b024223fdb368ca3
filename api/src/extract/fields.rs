//! The fields of a JSON object: taken one by one, parsed into values of the domain, and all complaints
//! together at the end.

use std::fmt::Display;
use std::future::Future;
use std::str::FromStr;

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use serde_json::{Map, Value};

use super::json;
use crate::problem::{FieldError, Problem};
use crate::problem_code::ProblemCode;
use crate::state::Api;

/// The most characters of a field.
const TEXT_LONGEST: usize = 4_096;
/// What is wrong with a field that stands there once more.
const GIVEN_TWICE: &str = "is given twice";

/// The fields of a request's body that were not taken yet, and the complaints so far.
#[derive(Debug, Default)]
pub(crate) struct Fields {
    pointer: String,
    untaken: Map<String, Value>,
    errors: Vec<FieldError>,
}

/// A body that says nothing: none at all, or an object without fields.
pub(crate) struct NoFields;

/// What a body can be read as.
pub(crate) trait Body: Sized + Send {
    /// Reads the body of a request; gives its bytes with what they say. What is wrong already is told with the rest.
    fn read(
        request: Request,
        api: &Api,
        wrong: Option<FieldError>,
    ) -> impl Future<Output = Result<(Self, Bytes), Problem>> + Send;
}

impl Body for NoFields {
    async fn read(request: Request, api: &Api, wrong: Option<FieldError>) -> Result<(Self, Bytes), Problem> {
        let body = body_of(request, api).await?;
        let fields = if body.is_empty() { Fields::default() } else { Fields::parse(&body)? };
        Ok((fields.with(wrong).finish(Some(Self))?, body))
    }
}

impl Body for Fields {
    async fn read(request: Request, api: &Api, wrong: Option<FieldError>) -> Result<(Self, Bytes), Problem> {
        if !is(&request, "application/json") {
            return Err(Problem::new(ProblemCode::UnsupportedMediaType));
        }
        let body = body_of(request, api).await?;
        Ok((Self::parse(&body)?.with(wrong), body))
    }
}

impl FromRequest<Api> for Fields {
    type Rejection = Problem;

    async fn from_request(request: Request, api: &Api) -> Result<Self, Problem> {
        <Self as Body>::read(request, api, None).await.map(|(fields, _)| fields)
    }
}

/// The fields of a body that is a form, or JSON.
pub(crate) struct FormFields(pub(crate) Fields);

impl FromRequest<Api> for FormFields {
    type Rejection = Problem;

    async fn from_request(request: Request, api: &Api) -> Result<Self, Problem> {
        if !is(&request, "application/x-www-form-urlencoded") {
            return Fields::from_request(request, api).await.map(Self);
        }
        Ok(Self(Fields::urlencoded(&body_of(request, api).await?)))
    }
}

async fn body_of(request: Request, api: &Api) -> Result<Bytes, Problem> {
    Bytes::from_request(request, api).await.map_err(|rejection| {
        let too_large = rejection.into_response().status() == StatusCode::PAYLOAD_TOO_LARGE;
        Problem::new(if too_large { ProblemCode::PayloadTooLarge } else { ProblemCode::InvalidRequest })
    })
}

impl Fields {
    /// The problem that one field makes.
    pub(crate) fn refuse<T>(mut self, name: &str, detail: &str) -> Result<T, Problem> {
        self.complain(name, detail);
        Err(Problem::invalid(self.errors))
    }

    /// The fields of a form, or of a query.
    pub(super) fn urlencoded(text: &[u8]) -> Self {
        let mut fields = Self::default();
        for (name, value) in url::form_urlencoded::parse(text) {
            if fields.untaken.insert(name.to_string(), Value::from(value.into_owned())).is_some() {
                fields.complain(&name, GIVEN_TWICE);
            }
        }
        fields
    }

    fn parse(body: &[u8]) -> Result<Self, Problem> {
        match json::read(body) {
            Ok((Value::Object(untaken), twice)) => {
                let errors = twice.iter().map(|pointer| FieldError::new(pointer, GIVEN_TWICE)).collect();
                Ok(Self { untaken, errors, ..Self::default() })
            }
            Ok(_) | Err(_) => Err(Problem::invalid(vec![FieldError::new("", "expected a JSON object")])),
        }
    }

    /// The same, with what is wrong beside them.
    fn with(mut self, wrong: Option<FieldError>) -> Self {
        self.errors.extend(wrong);
        self
    }

    /// Whether a field is there that was not taken yet.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.untaken.contains_key(name)
    }

    /// Takes a text that must be there, and parses it.
    pub(crate) fn required<T: FromStr<Err: Display>>(&mut self, name: &str) -> Option<T> {
        if !self.has(name) {
            self.complain(name, "is missing");
            return None;
        }
        self.optional(name)
    }

    /// Takes a text that may be there, and parses it.
    pub(crate) fn optional<T: FromStr<Err: Display>>(&mut self, name: &str) -> Option<T> {
        let parsed = match self.untaken.remove(name)? {
            Value::String(text) if text.chars().count() <= TEXT_LONGEST => {
                text.parse().map_err(|error: T::Err| error.to_string())
            }
            Value::String(_) => Err("is too long".to_owned()),
            _ => Err("expected a string".to_owned()),
        };
        parsed.map_err(|detail| self.complain(name, &detail)).ok()
    }

    /// Takes a yes or no that must be there.
    pub(crate) fn flag(&mut self, name: &str) -> Option<bool> {
        match self.untaken.remove(name) {
            Some(Value::Bool(flag)) => return Some(flag),
            Some(_) => self.complain(name, "expected true or false"),
            None => self.complain(name, "is missing"),
        }
        None
    }

    /// Takes an object that may be there, and reads its fields.
    pub(crate) fn object<T>(&mut self, name: &str, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        let pointer = format!("{}/{name}", self.pointer);
        let Value::Object(untaken) = self.untaken.remove(name)? else {
            self.complain(name, "expected an object");
            return None;
        };
        let mut inner = Self { pointer, untaken, errors: Vec::new() };
        let value = read(&mut inner);
        inner.complain_about_the_rest();
        self.errors.append(&mut inner.errors);
        value
    }

    /// The value that was read, if nothing is wrong and nothing is left over.
    pub(crate) fn finish<T>(mut self, value: Option<T>) -> Result<T, Problem> {
        self.complain_about_the_rest();
        match value {
            Some(value) if self.errors.is_empty() => Ok(value),
            _ => Err(Problem::invalid(self.errors)),
        }
    }

    /// The value that was read, if nothing is wrong and nothing is left over; and the fields, for what turns out to be
    /// wrong later.
    pub(crate) fn checked<T>(mut self, value: T) -> Result<(Self, T), Problem> {
        self.complain_about_the_rest();
        if self.errors.is_empty() { Ok((self, value)) } else { Err(Problem::invalid(self.errors)) }
    }

    /// Says what is wrong with a field.
    pub(crate) fn complain(&mut self, name: &str, detail: &str) {
        self.errors.push(FieldError::new(&format!("{}/{}", self.pointer, escape(name)), detail));
    }

    fn complain_about_the_rest(&mut self) {
        for name in std::mem::take(&mut self.untaken).keys() {
            self.complain(name, "is not known");
        }
    }
}

/// A name as a part of a JSON pointer (RFC 6901).
pub(super) fn escape(name: &str) -> String {
    name.chars().take(100).collect::<String>().replace('~', "~0").replace('/', "~1")
}

fn is(request: &Request, media_type: &str) -> bool {
    let stated =
        request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = stated.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case(media_type)
}
