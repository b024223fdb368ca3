//! Every number that bounds a connection.

use std::time::Duration;

/// How many, how large, how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Connections at once.
    pub connections: usize,
    /// Connections at once from one address.
    pub connections_per_address: usize,
    /// How long a request's head may take; also how long the first request may take to come.
    pub head_within: Duration,
    /// How long a connection may be idle between requests.
    pub idle_within: Duration,
    /// How long a connection may be idle while nearly all places are taken.
    pub idle_when_crowded: Duration,
    /// How long what is written may wait until some of it is taken.
    pub taken_within: Duration,
    /// How long a request may take from its head's end until its reply was handed over; what streams has rules of its own.
    pub delivered_within: Duration,
    /// How long who was refused or cut may take to read why.
    pub heard_within: Duration,
    /// How long an idle HTTP/2 connection has to hear that it ends.
    pub farewell_within: Duration,
    /// Streams at once on an HTTP/2 connection.
    pub streams: u32,
}

/// How long a reply may take to begin.
pub(crate) const ANSWERED_WITHIN: Duration = Duration::from_secs(30);
/// How long a reply may take from then on until all of it was handed over.
pub(super) const HANDED_OVER_WITHIN: Duration = Duration::from_secs(60);
/// Connections that are read on for a while after they were told that they are refused, at once; others are closed.
pub(super) const REFUSALS_MOST: usize = 256;
/// The most bytes that are read of somebody who is refused, so that they hear why.
pub(super) const DRAINED_MOST: usize = 256 * 1024;
/// The most bytes of a request's head, and of a reply that waits to be written, on an HTTP/1.1 connection.
pub(super) const BUFFER_LARGEST: usize = 32 * 1024;
/// The most headers that are read on an HTTP/1.1 connection.
pub(super) const HEADERS_READ: usize = 100;
/// The most bytes of a request's headers on an HTTP/2 connection, as HTTP/2 counts them.
pub(super) const HEADER_LIST_LARGEST: u32 = 16 * 1024;
/// Bytes of a body that may be on their way on an HTTP/2 stream.
pub(super) const STREAM_WINDOW: u32 = 16 * 1024;
/// Bytes of bodies that may be on their way on an HTTP/2 connection.
pub(super) const CONNECTION_WINDOW: u32 = 64 * 1024;
/// Bytes of a reply that wait to be written on an HTTP/2 stream.
pub(super) const SEND_BUFFER: usize = 16 * 1024;
/// Streams that a client opened and reset before they were looked at (CVE-2023-44487).
pub(super) const RESETS_PENDING_MOST: usize = 20;
/// Streams that were reset because the client broke the protocol, until the connection is ended.
pub(super) const RESETS_OF_OURS_MOST: usize = 128;
/// How often a quiet HTTP/2 connection is asked whether it is still there, and how long it has to answer.
pub(super) const PING_EVERY: Duration = Duration::from_secs(20);
/// Bytes that the kernel keeps of what is written: half of what it is told, on Linux.
pub(super) const KERNEL_SEND_BUFFER: usize = 64 * 1024;
/// Bytes that the kernel keeps of what came and was not read, likewise.
pub(super) const KERNEL_RECEIVE_BUFFER: usize = 32 * 1024;
/// How long what is written may wait until some of it is taken.
pub(super) const TAKEN_WITHIN: Duration = Duration::from_secs(20);
/// Of how many connections, in a hundred, are so many taken that idle ones are ended sooner.
pub(super) const CROWDED_PERCENT: usize = 80;

impl Default for Bounds {
    fn default() -> Self {
        Self {
            connections: 8_192,
            connections_per_address: 256,
            head_within: Duration::from_secs(5),
            idle_within: Duration::from_secs(75),
            idle_when_crowded: Duration::from_secs(5),
            taken_within: TAKEN_WITHIN,
            delivered_within: ANSWERED_WITHIN + HANDED_OVER_WITHIN,
            heard_within: Duration::from_secs(1),
            farewell_within: Duration::from_millis(500),
            streams: 32,
        }
    }
}
