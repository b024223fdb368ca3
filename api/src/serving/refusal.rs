//! What is said where no request can be answered: short, always the same, and in HTTP/1.1.

use std::io;
use std::net::Shutdown;
use std::time::Duration;

use countersign_service::entropy;
use socket2::SockRef;
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::bounds::DRAINED_MOST;
use crate::problem_code::ProblemCode;
use crate::request_id;

/// How long to stay away, in seconds, when there is no place for another connection.
const RETRY_AFTER: u32 = 2;

/// Says why there is no place for a connection, at once.
pub(super) fn refuse(socket: &TcpStream) {
    say(socket, ProblemCode::Overloaded, &format!("retry-after: {RETRY_AFTER}\r\n"));
}

/// Says that a request did not come to its end in time, and closes the connection.
pub(super) async fn time_out(socket: &TcpStream, within: Duration) {
    say(socket, ProblemCode::RequestTimeout, "");
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
fn say(socket: &TcpStream, code: ProblemCode, header: &str) {
    let id = entropy::unordered_uuid().to_string();
    let socket = SockRef::from(socket);
    let said = socket.send(text(code, header, &id).as_bytes()).and_then(|_| socket.shutdown(Shutdown::Write));
    tracing::debug!(request_id = %id, code = code.name(), ?said, "a connection ends without a request");
}

fn text(code: ProblemCode, header: &str, id: &str) -> String {
    let (status, body) = (code.status(), code.bare_document(id));
    format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/problem+json\r\ncache-control: no-store\r\n\
         {}: {id}\r\ncontent-length: {}\r\n{header}connection: close\r\n\r\n{body}",
        request_id::HEADER,
        body.len()
    )
}
