//! The requests of an HTTP/2 connection: answered in the task of the connection, each as soon as its head was read.
//!
//! In a task of its own a request would wait for its turn, its head in memory, while the connection reads the next: as many
//! as it may have streams, on every connection, before the first of them is refused. What ends a connection ends its
//! requests, as over HTTP/1.1.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use hyper::rt::Executor;

type Exchange = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Requests whose heads were read, and which nobody looked at yet. No channel: one that has a budget would let them wait.
type Begun = Arc<Mutex<Vec<Exchange>>>;

/// Where a connection puts its requests.
#[derive(Clone)]
pub(super) struct InItsTask(Begun);

impl<F: Future<Output = ()> + Send + 'static> Executor<F> for InItsTask {
    fn execute(&self, exchange: F) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(Box::pin(exchange));
    }
}

/// The requests of one connection. To be polled behind it, every time.
pub(super) struct Exchanges {
    begun: Begun,
    under_way: FuturesUnordered<Exchange>,
}

impl Exchanges {
    /// None so far, and where they come from.
    pub(super) fn new() -> (Self, InItsTask) {
        let begun = Begun::default();
        (Self { begun: Arc::clone(&begun), under_way: FuturesUnordered::new() }, InItsTask(begun))
    }

    /// Goes on with all of them.
    pub(super) fn go_on(&mut self, cx: &mut Context<'_>) {
        self.under_way.extend(self.begun.lock().unwrap_or_else(PoisonError::into_inner).drain(..));
        while let Poll::Ready(Some(())) = self.under_way.poll_next_unpin(cx) {}
    }
}
