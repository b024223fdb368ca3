//! A reply as values: what a handler answers, and what is kept of it for a request that is asked again.

use axum::Json;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What a request is answered with.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    pub(crate) body: Value,
}

/// The form in which a reply is kept.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    status: u16,
    headers: Vec<(String, String)>,
    body: Value,
}

impl Reply {
    /// A reply without headers of its own.
    pub(crate) fn new(status: StatusCode, body: Value) -> Self {
        Self { status, headers: Vec::new(), body }
    }

    /// The same with a header.
    pub(crate) fn with(mut self, (name, value): (HeaderName, HeaderValue)) -> Self {
        self.headers.push((name, value));
        self
    }

    /// The bytes that it is kept as.
    pub(crate) fn kept(&self) -> Vec<u8> {
        let headers = self
            .headers
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap_or_default().to_owned()));
        let kept = Kept { status: self.status.as_u16(), headers: headers.collect(), body: self.body.clone() };
        serde_json::to_vec(&kept).unwrap_or_default()
    }

    /// The reply that bytes were kept of; nothing if they are none.
    pub(crate) fn of_kept(kept: &[u8]) -> Option<Self> {
        let Kept { status, headers, body } = serde_json::from_slice(kept).ok()?;
        let headers = headers.into_iter().map(|(name, value)| {
            Some((HeaderName::try_from(name).ok()?, HeaderValue::try_from(value).ok()?))
        });
        Some(Self {
            status: StatusCode::from_u16(status).ok()?,
            headers: headers.collect::<Option<_>>()?,
            body,
        })
    }
}

impl IntoResponse for Reply {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(self.body)).into_response();
        for (name, value) in self.headers {
            response.headers_mut().insert(name, value);
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use axum::http::header::{CONTENT_TYPE, LOCATION};
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_kept_of_a_reply_is_the_reply() {
        let reply = Reply::new(StatusCode::CREATED, json!({ "object": "sign_in" }))
            .with((LOCATION, HeaderValue::from_static("/v1/sign-ins/si_1")))
            .with((CONTENT_TYPE, HeaderValue::from_static("application/problem+json")));
        assert_eq!(Reply::of_kept(&reply.kept()), Some(reply));
    }

    #[test]
    fn what_is_no_reply_is_nothing() {
        assert_eq!(Reply::of_kept(b"{}"), None);
        assert_eq!(Reply::of_kept(br#"{"status": 99999, "headers": [], "body": null}"#), None);
    }
}
