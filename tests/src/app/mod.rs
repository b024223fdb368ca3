//! The service in the test's own process: the real router on a real port, over a real database, at a clock
//! that stands still until the test moves it.
//!
//! | room | what is in it |
//! |---|---|
//! | [`server`] | one server: started, asked, listened to |
//! | [`reply`] | what a server answered |
//! | [`held`] | a request whose head was read and whose body is still to come |
//! | [`person`] | what people do: register, sign in, prove, save |
//! | [`credentials`] | what they do about their credentials: step up, reset |
//! | [`mail`] | what arrived in the mailbox folder |
//! | [`record`] | what was recorded: events, follow-ups, whole tables |
//! | [`laws`] | what holds after every story, whatever it was about |
//! | [`logs`] | what was logged |
//!
//! A story needs a runtime of several threads (`#[tokio::test(flavor = "multi_thread")]`): when the app is
//! dropped it waits for what is under way, and refuses leftovers.

pub mod credentials;
pub mod held;
pub mod laws;
pub mod logs;
pub mod mail;
pub mod person;
pub mod record;
pub mod recovery;
pub mod reply;
pub mod server;

use std::collections::BTreeSet;
use std::ops::Deref;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use countersign_domain::time::{Span, Timestamp};
use countersign_projections::read_model::MODELS;
use countersign_service::clock::{Clock, ManualClock};
use countersign_service::error::ServiceError;
use countersign_service::{Service, Swept};
use countersign_stores::sequencer::Sequenced;
use tempfile::TempDir;
use tokio::runtime::{Handle, RuntimeFlavor};

use crate::contract::{Contract, Exchange, Exchanges};
use crate::database::TestDatabase;
use crate::faults::cut::proxy::Proxy;

pub use self::credentials::Reset;
pub use self::person::{BackupCode, Person, Session, SignIn};
pub use self::reply::Reply;
pub use self::server::{ISSUER, OLD_KEY, Server, Setup};

/// When every story begins.
const BEGINNING: i64 = 1_800_000_000_000;
/// How long what is under way has to come to its end when the app is dropped.
const ENDS_WITHIN: Duration = Duration::from_secs(20);
/// How long may be looked at what thousands of requests left, each of which is held against the document.
const LOOKED_AT_WITHIN: Duration = Duration::from_secs(15 * 60);
/// A little more than the sweep leaves to a command's own task.
const PAST_GRACE: Span = Span::seconds(31);

/// A server, and all that servers share: the database, the mailbox folder and the clock.
pub struct TestApp {
    server: Server,
    world: Arc<World>,
    runtime: Handle,
}

/// What servers share.
pub(crate) struct World {
    pub(crate) database: TestDatabase,
    pub(crate) folder: TempDir,
    pub(crate) clock: ManualClock,
    pub(crate) services: Mutex<Vec<Service>>,
    pub(crate) replies: Mutex<Vec<Reply>>,
    pub(crate) exchanges: Exchanges,
    pub(crate) people: AtomicUsize,
    leaves_work: AtomicBool,
}

impl TestApp {
    /// A server in development mode over a database of its own.
    pub async fn start() -> Self {
        Self::with(Setup::default()).await
    }

    /// A server that is set up in another way.
    pub async fn with(setup: Setup) -> Self {
        Self::over(TestDatabase::new().await, setup).await
    }

    /// A server that is set up in another way, and whose clock stands still at the time that it is: for other programs
    /// that serve the same.
    pub async fn in_real_time(setup: Setup) -> Self {
        Self::over_at(TestDatabase::new().await, setup, Clock::System.now()).await
    }

    async fn over(database: TestDatabase, setup: Setup) -> Self {
        Self::over_at(database, setup, Timestamp::from_millis(BEGINNING)).await
    }

    async fn over_at(database: TestDatabase, setup: Setup, beginning: Timestamp) -> Self {
        let runtime = Handle::current();
        assert_eq!(runtime.runtime_flavor(), RuntimeFlavor::MultiThread, "a story needs several threads");
        let world = Arc::new(World {
            database,
            folder: tempfile::tempdir().expect("a temporary directory can be made"),
            clock: ManualClock::at(beginning),
            services: Mutex::default(),
            replies: Mutex::default(),
            exchanges: Exchanges::default(),
            people: AtomicUsize::default(),
            leaves_work: AtomicBool::default(),
        });
        let server = Server::start(&world, setup).await;
        Self { server, world, runtime }
    }

    /// A server whose database is behind a proxy; nothing where the database is a file.
    pub async fn behind_a_proxy() -> Option<(Self, Proxy)> {
        let database = TestDatabase::new().await;
        let proxy = Proxy::before(database.server()?).await;
        let setup = Setup { database_at: Some(proxy.address), ..Setup::default() };
        Some((Self::over(database, setup).await, proxy))
    }

    /// Another server over the same database, with the same keys.
    pub async fn another_server(&self) -> Server {
        self.another_server_with(Setup::default()).await
    }

    /// Another server over the same database, set up in another way.
    pub async fn another_server_with(&self, setup: Setup) -> Server {
        Server::start(&self.world, setup).await
    }

    /// The database, as other programs reach it.
    pub fn database(&self) -> &TestDatabase {
        &self.world.database
    }

    /// The mailbox folder.
    pub fn mailbox_folder(&self) -> PathBuf {
        self.world.mailbox_folder()
    }

    /// Moves the clock on.
    pub fn advance(&self, span: Span) {
        self.world.clock.advance(span);
    }

    /// Waits until nothing is under way, lets the grace of the command's own task pass, and sweeps.
    pub async fn sweep(&self) -> Swept {
        self.try_sweep().await.expect("a sweep can be made")
    }

    /// The same where a sweep may fail: the line to the database was cut.
    pub async fn try_sweep(&self) -> Result<Swept, ServiceError> {
        self.settled().await;
        self.advance(PAST_GRACE);
        self.service.sweep().await
    }

    /// Has everything that was committed sequenced, and taken by every read model.
    pub async fn caught_up(&self) {
        self.settled().await;
        let store = self.service.store();
        while let Sequenced::Indexes(_) = store.sequence().await.expect("events can be sequenced") {}
        for model in MODELS {
            store.catch_up(*model, |_, _| {}).await.expect("a read model takes every event");
        }
    }

    /// Everything that was answered so far, by every server.
    pub fn replies(&self) -> Vec<Reply> {
        self.world.replies.lock().expect("nobody panicked with it").clone()
    }

    /// Everything that passed the servers so far, whoever asked.
    pub fn exchanges(&self) -> Vec<Exchange> {
        self.world.exchanges.all()
    }

    /// The story ends with work that nobody did, on purpose.
    pub fn leaves_work(&self) {
        self.world.leaves_work.store(true, Ordering::SeqCst);
    }
}

impl Deref for TestApp {
    type Target = Server;

    /// What a server can be asked, the app's first server is asked.
    fn deref(&self) -> &Server {
        &self.server
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        let (told, tell) = mpsc::channel();
        let world = Arc::clone(&self.world);
        self.runtime.spawn(async move {
            world.settled().await;
            told.send(Vec::new())?;
            told.send(world.leftovers().await)
        });
        tell.recv_timeout(ENDS_WITHIN).expect("what is under way comes to its end");
        let leftovers = tell.recv_timeout(LOOKED_AT_WITHIN).expect("what a long story left can be looked at");
        assert!(leftovers.is_empty(), "the story left something over:\n  {}", leftovers.join("\n  "));
    }
}

impl World {
    pub(crate) fn mailbox_folder(&self) -> PathBuf {
        self.folder.path().join("mailbox")
    }

    /// Waits until no server has anything under way.
    pub(crate) async fn settled(&self) {
        let services = self.services.lock().expect("nobody panicked with it").clone();
        for service in services {
            service.settled().await;
        }
    }

    /// What should not be there at the end of a story.
    async fn leftovers(&self) -> Vec<String> {
        let leaves_work = self.leaves_work.load(Ordering::SeqCst);
        let work = if leaves_work { Vec::new() } else { record::follow_ups(&self.database).await };
        let mut leftovers: Vec<String> = work.into_iter().map(|row| format!("work: {row}")).collect();
        leftovers.extend(mail::unfinished(&self.mailbox_folder()));
        let events = record::all_events(&self.database).await;
        leftovers.extend(laws::broken(&events, leaves_work));
        let replies = self.replies.lock().expect("nobody panicked with it").clone();
        let broke = replies.into_iter().filter(|reply| reply.status == 500);
        leftovers.extend(broke.map(|reply| format!("a handler that broke: {}", reply.text)));
        leftovers.extend(self.unlike_the_document());
        leftovers
    }

    /// What was asked and answered otherwise than the document says.
    fn unlike_the_document(&self) -> BTreeSet<String> {
        let exchanges = self.exchanges.all();
        exchanges.iter().flat_map(|exchange| Contract::of(exchange.listener).broken(exchange)).collect()
    }
}
