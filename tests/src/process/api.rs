//! Requests to a server, and every exchange on record.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use reqwest::{Client, Method, RequestBuilder};
use serde_json::Value;
use tokio::sync::watch;

use super::server::Server;

/// What the clients call themselves: a name that can be searched for.
pub const USER_AGENT: &str = "Quillfeather-Browser/7.31";
/// How long a reply is waited for.
const REPLIES_WITHIN: Duration = Duration::from_secs(30);
/// How long a server may be down.
const UP_WITHIN: Duration = Duration::from_secs(60);

/// A client of the API of one server, wherever that server is just now.
#[derive(Debug, Clone)]
pub struct Api {
    http: Client,
    address: watch::Receiver<Option<String>>,
    journal: Journal,
    /// The client's key, where the server asks for one.
    key: String,
}

/// Every exchange, in the order in which they ended.
#[derive(Debug, Clone, Default)]
pub struct Journal(Arc<Mutex<Vec<Exchange>>>);

/// A request, and what came of it.
#[derive(Debug, Clone)]
pub struct Exchange {
    /// The path that was asked.
    pub path: String,
    /// The body that was sent.
    pub request: Value,
    /// The reply; none if the server was gone before it was whole.
    pub reply: Option<Reply>,
}

/// A whole reply.
#[derive(Debug, Clone, PartialEq)]
pub struct Reply {
    /// Its status.
    pub status: u16,
    /// The stream and the version that the command brought it to.
    pub version: Option<String>,
    /// Its body.
    pub body: Value,
}

/// Why somebody did not get what they wanted.
#[derive(Debug, Clone, PartialEq)]
pub enum Unmet {
    /// There was no reply: whether it was done is not known.
    NoReply,
    /// There was no message in time.
    NoMail,
    /// The reply was another one than expected.
    Refused(Reply),
}

impl Api {
    /// A client of a server; what it does is on record in the journal.
    pub fn of(server: &Server, journal: &Journal) -> Self {
        let (http, address) = (server.http().clone(), server.address());
        Self { http, address, journal: journal.clone(), key: String::new() }
    }

    /// The same, with a client's key where no other credential is given.
    #[must_use]
    pub fn with_key(self, key: &str) -> Self {
        Self { key: key.to_owned(), ..self }
    }

    /// Posts a body.
    pub async fn post(&self, path: &str, token: &str, body: Value) -> Result<Reply, Unmet> {
        self.send(Method::POST, path, token, body).await
    }

    /// Gets what is at a path.
    pub async fn get(&self, path: &str, token: &str) -> Result<Reply, Unmet> {
        self.send(Method::GET, path, token, Value::Null).await
    }

    /// Where the exchanges are on record.
    pub fn journal(&self) -> &Journal {
        &self.journal
    }

    async fn send(&self, method: Method, path: &str, token: &str, body: Value) -> Result<Reply, Unmet> {
        let address = self.where_it_is().await?;
        let mut request = self.http.request(method, format!("{address}{path}"));
        let credential = if token.is_empty() { &self.key } else { token };
        if !credential.is_empty() {
            request = request.bearer_auth(credential);
        }
        if !body.is_null() {
            request = request.json(&body);
        }
        let reply = exchange(request).await.ok();
        self.journal.add(Exchange { path: path.to_owned(), request: body, reply: reply.clone() });
        reply.ok_or(Unmet::NoReply)
    }

    /// Waits until the server is up.
    async fn where_it_is(&self) -> Result<String, Unmet> {
        let mut address = self.address.clone();
        let up = tokio::time::timeout(UP_WITHIN, address.wait_for(Option::is_some)).await;
        let up = up.ok().and_then(Result::ok).and_then(|address| address.clone());
        up.ok_or(Unmet::NoReply)
    }
}

impl Journal {
    fn add(&self, exchange: Exchange) {
        self.lock().push(exchange);
    }

    /// How many replies are on record.
    pub fn replies(&self) -> usize {
        self.lock().iter().filter(|exchange| exchange.reply.is_some()).count()
    }

    /// Every exchange so far.
    pub fn exchanges(&self) -> Vec<Exchange> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Exchange>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reply {
    /// The body of a reply that has this status.
    pub fn expecting(self, status: u16) -> Result<Value, Unmet> {
        if self.status == status { Ok(self.body) } else { Err(Unmet::Refused(self)) }
    }

    /// A text in the body; empty where there is none.
    pub fn text(&self, pointer: &str) -> &str {
        text(&self.body, pointer)
    }
}

impl fmt::Display for Unmet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoReply => f.write_str("there was no reply"),
            Self::NoMail => f.write_str("there was no message"),
            Self::Refused(reply) => write!(f, "the reply was {} {}", reply.status, reply.text("/code")),
        }
    }
}

impl std::error::Error for Unmet {}

/// A text in a body; empty where there is none.
pub fn text<'a>(body: &'a Value, pointer: &str) -> &'a str {
    body.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

pub(super) fn http() -> Client {
    // Only the first installation in a process succeeds, and one is enough.
    let installed = rustls::crypto::ring::default_provider().install_default();
    drop(installed);
    let client = Client::builder().user_agent(USER_AGENT).timeout(REPLIES_WITHIN);
    client.build().expect("an HTTP client can be made")
}

async fn exchange(request: RequestBuilder) -> Result<Reply, reqwest::Error> {
    let response = request.send().await?;
    let status = response.status().as_u16();
    let version = response.headers().get("countersign-version");
    let version = version.and_then(|version| version.to_str().ok()).map(str::to_owned);
    let body = response.text().await?;
    Ok(Reply { status, version, body: serde_json::from_str(&body).unwrap_or(Value::String(body)) })
}
