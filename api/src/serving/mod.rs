//! How connections are served: HTTP/1.1 and HTTP/2 on one port, each within bounds.
//!
//! | room | what is in it |
//! |---|---|
//! | [`Bounds`] | every number: how many, how large, how long |
//! | `places` | who has how many connections or requests |
//! | `accept` | the loop that takes connections, or refuses them |
//! | `connection` | one connection's life |
//! | `exchanges` | the requests of an HTTP/2 connection |
//! | `activity` | what a connection is waited for, and until when |
//! | `socket` | bytes, and when none of them are taken any more |
//! | `refusal` | what is said where no request can be answered |
//!
//! ```text
//! opening ──► busy ◄──► idle ──► head
//!    │          │        │        │
//!    │          │        │        └── the rest of a request's head does not come: 408
//!    │          │        └────────── nothing comes for a while: closed
//!    │          └─────────────────── what is written is not taken, or a reply not delivered: cut
//!    └────────────────────────────── the first request does not come: 408, or closed where nothing came at all
//! ```

mod accept;
mod activity;
mod bounds;
mod connection;
mod exchanges;
mod places;
mod refusal;
mod socket;
#[cfg(test)]
mod tests;

use std::net::SocketAddr;

use tokio::net::{TcpListener, TcpSocket};

pub use accept::{Serving, serve};
pub(crate) use bounds::ANSWERED_WITHIN;
pub use bounds::Bounds;
pub(crate) use connection::Streams;
pub(crate) use places::{Full, Place, Places};

/// Connections that the kernel keeps for us while we take others.
const BACKLOG: u32 = 4_096;

/// Listens on an address.
pub fn listen(address: SocketAddr) -> std::io::Result<TcpListener> {
    let listening = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // A server that starts again takes the port over from connections that are only dying.
    listening.set_reuseaddr(true)?;
    socket::prepare(&listening)?;
    listening.bind(address)?;
    listening.listen(BACKLOG)
}
