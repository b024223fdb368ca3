//! A request whose head was read, and whose body is still to come: what is asked for by then is not what is decided on.

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::reply::Reply;
use super::server::Server;

/// What a server says when it begins to read a body that it was asked to wait for (RFC 9110, 10.1.1).
const GO_ON: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

/// A request whose head was read: its credential was looked at.
pub struct Held {
    socket: TcpStream,
    body: String,
}

impl Server {
    /// Sends the head of a POST, and waits until the server asks for the body: it looks at the credential before.
    pub async fn hold(&self, path: &str, token: &str, body: &Value) -> Held {
        let address = self.base.strip_prefix("http://").expect("a server is reached by HTTP");
        let mut socket = TcpStream::connect(address).await.expect("the server listens");
        let body = body.to_string();
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {token}\r\nconnection: close\r\n\
             content-type: application/json\r\ncontent-length: {}\r\nexpect: 100-continue\r\n\r\n",
            body.len()
        );
        socket.write_all(head.as_bytes()).await.expect("the server reads");
        let mut told = [0; GO_ON.len()];
        socket.read_exact(&mut told).await.expect("the server answers");
        assert_eq!(String::from_utf8_lossy(&told), String::from_utf8_lossy(GO_ON));
        Held { socket, body }
    }
}

impl Held {
    /// Sends the body, and reads the reply.
    pub async fn let_go(mut self) -> Reply {
        self.socket.write_all(self.body.as_bytes()).await.expect("the server reads");
        let mut reply = String::new();
        self.socket.read_to_string(&mut reply).await.expect("the server answers and ends the connection");
        let (head, text) = reply.split_once("\r\n\r\n").expect("a reply has a head");
        let mut lines = head.lines();
        let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok());
        let headers: HeaderMap = lines.filter_map(header).collect();
        let body = serde_json::from_str(text).unwrap_or_default();
        Reply { status: status.expect("a reply has a status"), headers, text: text.to_owned(), body }
    }
}

fn header(line: &str) -> Option<(HeaderName, HeaderValue)> {
    let (name, value) = line.split_once(": ")?;
    Some((name.parse().ok()?, value.parse().ok()?))
}
