//! What is said where no request can be answered: short, always the same, and in HTTP/1.1.

use std::io;
use std::net::Shutdown;
use std::sync::LazyLock;
use std::time::Duration;

use socket2::SockRef;
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::bounds::DRAINED_MOST;
use crate::problem_code::ProblemCode;

/// How long to stay away, in seconds, when there is no place for another connection.
const RETRY_AFTER: u32 = 2;

static FULL: LazyLock<String> =
    LazyLock::new(|| text(ProblemCode::Overloaded, &format!("retry-after: {RETRY_AFTER}\r\n")));
static LATE: LazyLock<String> = LazyLock::new(|| text(ProblemCode::RequestTimeout, ""));

/// Says why there is no place for a connection, at once.
pub(super) fn refuse(socket: &TcpStream) {
    say(socket, &FULL);
}

/// Says that a request did not come to its end in time, and closes the connection.
pub(super) async fn time_out(socket: &TcpStream, within: Duration) {
    say(socket, &LATE);
    drain(socket, within).await;
}

/// Reads what is still coming until the other side is done, for a while: what was said last would be lost to who is
/// reset while they speak.
pub(super) async fn drain(socket: &TcpStream, within: Duration) {
    let read_all = async {
        let (mut left, mut buffer) = (DRAINED_MOST, [0; 4 * 1024]);
        while left > 0 && socket.readable().await.is_ok() {
            match socket.try_read(&mut buffer) {
                Ok(0) => return,
                Ok(count) => left = left.saturating_sub(count),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(_) => return,
            }
        }
    };
    if timeout(within, read_all).await.is_err() {
        tracing::trace!("somebody did not hang up in time");
    }
}

/// The kernel is handed it without being asked first: of a connection that was just taken the runtime does not know yet
/// that it can be written to. It fits into what the kernel takes at once from one that nothing was written to.
fn say(socket: &TcpStream, text: &str) {
    let socket = SockRef::from(socket);
    let said = socket.send(text.as_bytes()).and_then(|_| socket.shutdown(Shutdown::Write));
    tracing::trace!(?said, "told why a connection ends");
}

fn text(code: ProblemCode, header: &str) -> String {
    let (status, body) = (code.status(), code.bare_document());
    format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/problem+json\r\ncache-control: no-store\r\n\
         content-length: {}\r\n{header}connection: close\r\n\r\n{body}",
        body.len()
    )
}
