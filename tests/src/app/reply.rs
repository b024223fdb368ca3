//! What a server answered.

use reqwest::Response;
use reqwest::header::HeaderMap;
use serde_json::Value;

/// What a server answered, read to its end.
#[derive(Debug, Clone)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub text: String,
    /// The body as JSON; null if it is none.
    pub body: Value,
}

#[expect(clippy::return_self_not_must_use, reason = "often only whether it is as expected matters")]
impl Reply {
    pub(super) async fn read(response: Response) -> Self {
        Self::try_read(response).await.expect("a reply has an end")
    }

    /// The reply, if it arrives whole.
    pub async fn try_read(response: Response) -> Option<Self> {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.ok()?;
        let body = serde_json::from_str(&text).unwrap_or_default();
        Some(Self { status, headers, text, body })
    }

    /// The reply, if its status is the one that is expected.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text);
        self
    }

    /// The reply, if it is a sign-in that stands there.
    #[track_caller]
    pub fn expect_state(self, state: &str) -> Self {
        assert!(self.status < 300, "{} {}", self.status, self.text);
        assert_eq!(self.at("/state"), state, "{}", self.text);
        self
    }

    /// The reply, if it is this problem, written as every problem must be.
    #[track_caller]
    pub fn refused(self, status: u16, code: &str) -> Self {
        let told = (self.status, self.body.pointer("/code").and_then(Value::as_str));
        assert_eq!(told, (status, Some(code)), "{}", self.text);
        assert_eq!(self.header("content-type"), Some("application/problem+json"));
        assert_eq!(self.header("cache-control"), Some("no-store"));
        assert_eq!(self.body.pointer("/status"), Some(&Value::from(status)), "{}", self.text);
        assert_eq!(self.at("/type"), format!("/docs/problems/{code}"));
        assert_eq!(Some(self.at("/request_id")), self.header("x-request-id"));
        assert!(!self.at("/title").is_empty() && !self.at("/detail").is_empty(), "{}", self.text);
        self
    }

    /// How many seconds to stay away.
    #[track_caller]
    pub fn retry_after(&self) -> u64 {
        let told = self.header("retry-after").and_then(|seconds| seconds.parse().ok());
        told.unwrap_or_else(|| panic!("the reply has no time to come back: {}", self.text))
    }

    /// All of it but what is every request's own: its id, and when it was answered.
    #[track_caller]
    pub fn without_ids(&self) -> String {
        let id = self.header("x-request-id").expect("every reply has one");
        let mut headers: Vec<String> =
            self.headers.iter().map(|(name, value)| format!("{name}: {value:?}")).collect();
        headers.retain(|header| !header.starts_with("date:"));
        format!("{} {headers:?} {}", self.status, self.text).replace(id, "the request's id")
    }

    /// A header that is a text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The text at a JSON pointer.
    #[track_caller]
    pub fn at(&self, pointer: &str) -> &str {
        let found = self.body.pointer(pointer).and_then(Value::as_str);
        found.unwrap_or_else(|| panic!("the reply has no text at {pointer}: {}", self.text))
    }

    /// Whether there is something at a JSON pointer.
    pub fn has(&self, pointer: &str) -> bool {
        self.body.pointer(pointer).is_some_and(|found| !found.is_null())
    }
}
