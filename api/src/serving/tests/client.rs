//! A client that says exactly what it is told to.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::{interval, timeout};

/// How long anything is waited for before a test fails.
const WITHIN: Duration = Duration::from_secs(20);

/// How long a slow client is silent between two bytes.
const PAUSE: Duration = Duration::from_millis(10);

pub(super) struct Client(TcpStream);

impl Client {
    pub(super) async fn connect(address: SocketAddr) -> Self {
        Self(TcpStream::connect(address).await.unwrap())
    }

    pub(super) async fn connect_from(source: IpAddr, address: SocketAddr) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind((source, 0).into()).unwrap();
        Self(socket.connect(address).await.unwrap())
    }

    pub(super) async fn say(&mut self, text: &str) {
        self.0.write_all(text.as_bytes()).await.unwrap();
    }

    /// Says something, and whether it was taken.
    pub(super) async fn try_say(&mut self, bytes: &[u8]) -> bool {
        self.0.write_all(bytes).await.is_ok()
    }

    /// Says something again and again, slowly, for as long as it is taken: the pauses are what is tried.
    pub(super) async fn say_slowly(&mut self, text: &str) {
        let mut pauses = interval(PAUSE);
        let said = async {
            while self.0.write_all(text.as_bytes()).await.is_ok() {
                pauses.tick().await;
            }
        };
        timeout(WITHIN, said).await.expect("somebody who never ends is ended");
    }

    /// All that comes until the other side closes.
    pub(super) async fn hear_to_the_end(&mut self) -> String {
        String::from_utf8_lossy(&self.hear_bytes_to_the_end().await).into_owned()
    }

    /// The same as bytes.
    pub(super) async fn hear_bytes_to_the_end(&mut self) -> Vec<u8> {
        let mut heard = Vec::new();
        let read = timeout(WITHIN, self.0.read_to_end(&mut heard)).await;
        // Who is cut hears that as well.
        drop(read.expect("the connection is closed"));
        heard
    }

    /// What comes until a text was among it.
    pub(super) async fn hear_until(&mut self, text: &str) -> String {
        let mut heard = Vec::new();
        let read = async {
            while !String::from_utf8_lossy(&heard).contains(text) {
                let mut part = [0; 1_024];
                let count = self.0.read(&mut part).await.unwrap();
                assert_ne!(count, 0, "closed after {:?}", String::from_utf8_lossy(&heard));
                heard.extend(&part[..count]);
            }
        };
        timeout(WITHIN, read).await.expect("it comes");
        String::from_utf8_lossy(&heard).into_owned()
    }

    /// Whether this is a connection on which the first page can be asked for, its only one.
    pub(super) async fn is_served(&mut self) -> bool {
        self.say("GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await;
        self.hear_to_the_end().await.contains("quill")
    }

    /// Asks for the first page, and hears it.
    pub(super) async fn get(&mut self) {
        self.say("GET / HTTP/1.1\r\nhost: x\r\n\r\n").await;
        self.hear_until("quill").await;
    }
}
