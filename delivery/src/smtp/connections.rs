//! The connections to the relay: how many, how long kept, when given up.

use std::sync::atomic::AtomicBool;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use lettre::address::Envelope;
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::extension::ClientId;
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout};

use super::conversation::hand_over;
use super::endpoint::Endpoint;
use crate::{Reason, SendError};

/// How many connections to the relay there are at most; further messages wait.
pub const MAX_CONNECTIONS: usize = 8;
/// A connection unused for longer is not used again: relays close idle ones soon.
const MAX_IDLE: Duration = Duration::from_secs(30);
/// How long the relay may take from the connecting until it has let us in: the names of its host, TLS, its greeting, our
/// login.
const WELCOME_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a kept connection may take to show that it still lives
const PROBE_TIMEOUT: Duration = Duration::from_secs(2);

pub(super) struct Connections {
    endpoint: Endpoint,
    hello: ClientId,
    places: Semaphore,
    idle: Mutex<Vec<Idle>>,
}

struct Idle {
    connection: AsyncSmtpConnection,
    since: Instant,
}

impl Connections {
    pub(super) fn new(endpoint: Endpoint, hello: &str) -> Self {
        Self {
            endpoint,
            hello: ClientId::Domain(hello.to_owned()),
            places: Semaphore::new(MAX_CONNECTIONS),
            idle: Mutex::new(Vec::new()),
        }
    }

    pub(super) fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// Sends one message. Whatever ends this early (an error, the deadline, the caller) drops the connection;
    /// only one whose last message was taken is kept.
    pub(super) async fn send(
        &self,
        envelope: &Envelope,
        message: &[u8],
        spoken: &AtomicBool,
    ) -> Result<(), SendError> {
        let _place = self.places.acquire().await.expect("the semaphore is never closed");
        let mut connection = match self.living().await {
            Some(connection) => connection,
            None => self.new_connection().await?,
        };
        hand_over(&mut connection, envelope, message, spoken).await?;
        self.idle().push(Idle { connection, since: Instant::now() });
        Ok(())
    }

    async fn new_connection(&self) -> Result<AsyncSmtpConnection, SendError> {
        let connected = timeout(WELCOME_TIMEOUT, self.endpoint.connect(&self.hello)).await;
        connected.map_err(|_| SendError::transient(Reason::TimedOut))?
    }

    /// The connection that was used last, if it still lives. Where it does not, none of the others is asked: whatever
    /// ended it has mostly ended them, and each that says nothing would cost the message its time.
    async fn living(&self) -> Option<AsyncSmtpConnection> {
        let Idle { mut connection, since } = self.idle().pop()?;
        let young = since.elapsed() < MAX_IDLE;
        if young && timeout(PROBE_TIMEOUT, connection.test_connected()).await == Ok(true) {
            return Some(connection);
        }
        self.idle().clear();
        None
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Idle>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
