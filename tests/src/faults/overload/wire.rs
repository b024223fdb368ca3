//! Connections that say exactly what they are told to, from any address of this machine.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::{sleep, timeout};

/// How long anything is waited for.
const WITHIN: Duration = Duration::from_secs(120);
/// How long a slow connection is silent between two bytes.
const SLOWLY: Duration = Duration::from_millis(500);
/// Bytes that the kernel keeps for who is deaf.
const HEARD_LEAST: u32 = 4_096;
/// The most bytes of a reply.
const REPLY_LARGEST: u64 = 64 * 1024;

/// What somebody does who wants no answer.
#[derive(Debug, Clone, Copy)]
pub(super) enum Manner {
    Silent,
    Slow,
    Endless,
}

/// Connects from an address of this machine.
pub(super) async fn connect(from: Ipv4Addr, to: SocketAddr) -> io::Result<TcpStream> {
    connect_by(TcpSocket::new_v4()?, from, to).await
}

/// Connects as somebody for whom not even the kernel keeps much of what is said.
pub(super) async fn connect_deaf(from: Ipv4Addr, to: SocketAddr) -> io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.set_recv_buffer_size(HEARD_LEAST)?;
    connect_by(socket, from, to).await
}

async fn connect_by(socket: TcpSocket, from: Ipv4Addr, to: SocketAddr) -> io::Result<TcpStream> {
    socket.bind(SocketAddr::from((from, 0)))?;
    timeout(WITHIN, socket.connect(to)).await?
}

/// Behaves badly until the connection is ended; what was said on it by then.
pub(super) async fn misbehave(socket: TcpStream, manner: Manner, key: &str) -> String {
    let (mut reads, mut writes) = socket.into_split();
    let annoying = async {
        let endless = format!(
            "POST /v1/sign-ins HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {key}\r\n\
             content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n"
        );
        let part = format!("1000\r\n{}\r\n", "x".repeat(0x1000));
        let (first, again) = match manner {
            Manner::Silent => return std::future::pending::<()>().await,
            Manner::Slow => ("GET /healthz HTTP/1.1\r\nhost: x\r\nx: ", "y"),
            Manner::Endless => (endless.as_str(), part.as_str()),
        };
        let mut written = writes.write_all(first.as_bytes()).await;
        while written.is_ok() {
            sleep(SLOWLY).await;
            written = writes.write_all(again.as_bytes()).await;
        }
        // The other side hears no more; it may have said why.
        std::future::pending::<()>().await;
    };
    let mut heard = Vec::new();
    let listening = async { (&mut reads).take(REPLY_LARGEST).read_to_end(&mut heard).await };
    tokio::select! {
        () = annoying => {}
        _ = timeout(WITHIN, listening) => {}
    }
    String::from_utf8_lossy(&heard).into_owned()
}

/// A request with a client's key, which ends its connection.
pub(super) fn post(path: &str, key: &str, body: &str) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {key}\r\ncontent-type: application/json\r\n\
         connection: close\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// Asks whether the service lives, and ends its connection.
pub(super) const LIVES_ONCE: &str = "GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";

/// Sends a request that ends its connection, and hears the whole reply; empty where there is none.
pub(super) async fn ask(mut socket: TcpStream, request: &str) -> String {
    let mut heard = Vec::new();
    let asked = async {
        // Who was refused may be told so before the request is written.
        drop(socket.write_all(request.as_bytes()).await);
        (&mut socket).take(REPLY_LARGEST).read_to_end(&mut heard).await
    };
    // Who was cut has heard what it heard.
    drop(timeout(WITHIN, asked).await);
    String::from_utf8_lossy(&heard).into_owned()
}

/// Asks on a connection that stays whether the service lives.
pub(super) async fn lives(socket: &mut TcpStream) -> io::Result<()> {
    socket.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await?;
    let mut heard = Vec::new();
    let mut part = [0; 1024];
    while !heard.ends_with(b"ok\n") {
        match timeout(WITHIN, socket.read(&mut part)).await?? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            count => heard.extend(part.iter().take(count)),
        }
    }
    Ok(())
}
