//! A connection's bytes: what came is told, and what is written must be taken within a while.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::{Sleep, sleep};

use super::activity::Activity;
use super::bounds::{KERNEL_RECEIVE_BUFFER, KERNEL_SEND_BUFFER, TAKEN_WITHIN};

/// A socket that tells what goes on on it.
pub(super) struct Watched {
    socket: Arc<TcpStream>,
    activity: Arc<Activity>,
    taken_within: Duration,
    /// Runs while something is written and nothing is taken.
    stall: Option<Pin<Box<Sleep>>>,
}

/// Sets what the kernel does for every connection that a listener takes, from the first byte on: small replies go at
/// once, little is kept of large ones and of what was not read, and a peer that is gone is noticed although it said
/// nothing.
pub(super) fn prepare(listener: &TcpSocket) -> io::Result<()> {
    listener.set_nodelay(true)?;
    let listener = SockRef::from(listener);
    listener.set_send_buffer_size(KERNEL_SEND_BUFFER)?;
    listener.set_recv_buffer_size(KERNEL_RECEIVE_BUFFER)?;
    #[cfg(target_os = "linux")]
    listener.set_tcp_user_timeout(Some(TAKEN_WITHIN))?;
    listener.set_keepalive(true)
}

impl Watched {
    /// Watches a socket.
    pub(super) fn new(socket: Arc<TcpStream>, activity: Arc<Activity>, taken_within: Duration) -> Self {
        Self { socket, activity, taken_within, stall: None }
    }

    /// What came of a write; one that nothing is taken of fails after a while.
    fn taken(&mut self, cx: &mut Context<'_>, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if written.is_ready() {
            self.stall = None;
            return written;
        }
        let within = self.taken_within;
        let stall = self.stall.get_or_insert_with(|| Box::pin(sleep(within)));
        ready!(stall.as_mut().poll(cx));
        self.activity.stalled();
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }

    fn write(
        &self,
        cx: &mut Context<'_>,
        write: impl Fn(&TcpStream) -> io::Result<usize>,
    ) -> Poll<io::Result<usize>> {
        loop {
            ready!(self.socket.poll_write_ready(cx))?;
            match write(&self.socket) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                written => return Poll::Ready(written),
            }
        }
    }
}

impl AsyncRead for Watched {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        loop {
            ready!(self.socket.poll_read_ready(cx))?;
            let unfilled = buffer.initialize_unfilled();
            match self.socket.try_read(unfilled) {
                Ok(count) => {
                    if let Some(came @ [_, ..]) = unfilled.get(..count) {
                        self.activity.heard(came);
                    }
                    buffer.advance(count);
                    return Poll::Ready(Ok(()));
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }
}

impl AsyncWrite for Watched {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = self.write(cx, |socket| socket.try_write(bytes));
        self.taken(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = self.write(cx, |socket| socket.try_write_vectored(bytes));
        self.taken(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    /// The kernel has it, which is all that can be waited for.
    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        match SockRef::from(&*self.socket).shutdown(std::net::Shutdown::Write) {
            Err(error) if error.kind() == io::ErrorKind::NotConnected => Poll::Ready(Ok(())),
            ended => Poll::Ready(ended),
        }
    }
}
