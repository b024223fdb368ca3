//! Somebody between us and a mail relay, who puts answers of their own behind the relay's `220 ready` to STARTTLS.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// The answer to the first greeting behind the encryption: from then on every answer is the one to what was said before.
const INJECTED: &[u8] = b"250-relay.example\r\n250 AUTH PLAIN LOGIN\r\n";
/// More than one answer, and than one piece of what passes.
const PIECE: usize = 64 * 1024;

/// Somebody in between; gone when it is dropped.
#[derive(Debug)]
pub struct Injector {
    /// Where they listen, on this machine.
    pub port: u16,
    task: JoinHandle<()>,
}

impl Injector {
    /// Stands before a relay of this machine.
    pub async fn before(relay: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let port = listener.local_addr().expect("a listener has an address").port();
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(("127.0.0.1", relay)).await.expect("the relay is there");
                let asked = Arc::new(AtomicBool::new(false));
                let ((from_client, to_client), (from_server, to_server)) =
                    (client.into_split(), server.into_split());
                tokio::spawn(ask(from_client, to_server, Arc::clone(&asked)));
                tokio::spawn(answer(from_server, to_client, asked));
            }
        });
        Self { port, task }
    }
}

impl Drop for Injector {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn ask(mut client: OwnedReadHalf, mut server: OwnedWriteHalf, asked: Arc<AtomicBool>) {
    let mut piece = vec![0; PIECE];
    while let Ok(read @ 1..) = client.read(&mut piece).await {
        let said = piece.get(..read).unwrap_or_default();
        if said.starts_with(b"STARTTLS") {
            asked.store(true, Ordering::SeqCst);
        }
        if server.write_all(said).await.is_err() {
            return;
        }
    }
}

async fn answer(mut server: OwnedReadHalf, mut client: OwnedWriteHalf, asked: Arc<AtomicBool>) {
    let mut piece = vec![0; PIECE];
    while let Ok(read @ 1..) = server.read(&mut piece).await {
        let mut said = piece.get(..read).unwrap_or_default().to_vec();
        if said.starts_with(b"220") && asked.swap(false, Ordering::SeqCst) {
            said.extend_from_slice(INJECTED);
        }
        if client.write_all(&said).await.is_err() {
            return;
        }
    }
}
