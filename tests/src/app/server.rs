//! One server: started over what servers share, and asked over HTTP.

use std::net::SocketAddr;
use std::sync::{Arc, Once};

use axum::Router;
use axum::middleware::from_fn_with_state;
use countersign_api::serving::{self, Bounds, Serving};
use countersign_api::{Access, Api, Conditions, Traffic, operations, router};
use countersign_delivery::{Sender, Transport};
use countersign_domain::time::Timestamp;
use countersign_service::Service;
use countersign_service::access_token::Issuer;
use countersign_service::clock::Clock;
use countersign_service::entropy;
use countersign_service::hashing::{Cost, HashPool};
use countersign_service::keys::Keys;
use countersign_stores::{EventStore, Keyring, Mode};
use reqwest::{Client, Method, RequestBuilder};
use serde_json::Value;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::World;
use super::reply::Reply;
use crate::contract::exchange::{Listener, observe};

/// The key of every installation that says nothing else.
pub const OLD_KEY: &str = "old:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

/// Where people reach every installation that says nothing else.
pub const ISSUER: &str = "https://countersign.example";

/// How a server is set up.
#[derive(Debug, Clone)]
pub struct Setup {
    /// Who may call.
    pub access: Access,
    /// The keyring.
    pub keyring: String,
    /// What a password hash costs.
    pub cost: Cost,
    /// Threads that hash.
    pub hash_threads: usize,
    /// Where the database is reached, if not where it is: for what stands between.
    pub database_at: Option<SocketAddr>,
    /// Whether each POST carries an idempotency key of its own.
    pub keyed: bool,
    /// Limits, trusted proxies, and what else holds for every request.
    pub conditions: Conditions,
    /// Where messages go, if not to the mailbox folder.
    pub mail: Option<String>,
    /// Where people reach the installation.
    pub issuer: &'static str,
}

/// One server, and a client of it.
pub struct Server {
    /// The service behind the API.
    pub service: Service,
    /// The server's keys.
    pub keys: Keys,
    /// The server's hash pool.
    pub hashing: HashPool,
    /// Where it listens: `http://…`.
    pub base: String,
    pub(crate) world: Arc<World>,
    client: Client,
    keyed: bool,
    /// Where the operators' addresses are: `http://…`.
    pub operations: String,
    listening: [JoinHandle<()>; 2],
}

impl Default for Setup {
    /// Development mode, one key, passwords that cost next to nothing.
    fn default() -> Self {
        let cost = Cost { memory_kib: 64, passes: 1, lanes: 1 };
        Self {
            access: Access::Open,
            keyring: OLD_KEY.to_owned(),
            cost,
            hash_threads: 2,
            database_at: None,
            keyed: false,
            conditions: Conditions::default(),
            mail: None,
            issuer: ISSUER,
        }
    }
}

impl Setup {
    /// With this keyring.
    pub fn keyring(keyring: &str) -> Self {
        Self { keyring: keyring.to_owned(), ..Self::default() }
    }

    fn mode(&self) -> Mode {
        if self.access == Access::Open { Mode::Development } else { Mode::Production }
    }
}

impl Server {
    /// Starts as `countersign serve` does, on a free port.
    pub(super) async fn start(world: &Arc<World>, setup: Setup) -> Self {
        let (service, keys, hashing) = service(world, &setup).await;
        world.services.lock().expect("nobody panicked with it").push(service.clone());
        let api = Api::new(service.clone(), setup.access, setup.conditions.clone());
        let traffic = setup.conditions.traffic.clone();
        let listener = if setup.access == Access::Open { Listener::Open } else { Listener::ClientKeys };
        let observed = |router: Router, listener| {
            router.layer(from_fn_with_state((world.exchanges.clone(), listener), observe))
        };
        let (base, app) = listen(observed(router(api.clone()), listener), traffic.clone());
        let (operations, ops) = listen(observed(operations(api), Listener::Operators), traffic);
        let (world, listening, keyed) = (Arc::clone(world), [app, ops], setup.keyed);
        Self { service, keys, hashing, base, world, client: client(), keyed, operations, listening }
    }

    /// The time now.
    pub fn now(&self) -> Timestamp {
        self.world.clock.now()
    }

    /// Waits until no server has anything under way: every mail is in its folder.
    pub async fn settled(&self) {
        self.world.settled().await;
    }

    /// A request that is still to be filled and sent.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let keyed = self.keyed && method == Method::POST;
        let request = self.client.request(method, format!("{}{path}", self.base));
        if keyed { request.header("Idempotency-Key", hex::encode(entropy::bytes::<16>())) } else { request }
    }

    /// Gets one of the operators' addresses.
    pub async fn get_operations(&self, path: &str) -> Reply {
        self.send(self.client.get(format!("{}{path}", self.operations))).await
    }

    /// Sends a request.
    pub async fn send(&self, request: RequestBuilder) -> Reply {
        let reply = Reply::read(request.send().await.expect("the server answers")).await;
        self.world.replies.lock().expect("nobody panicked with it").push(reply.clone());
        reply
    }

    /// Gets, with a token or none (`""`).
    pub async fn get(&self, path: &str, token: &str) -> Reply {
        self.ask(Method::GET, path, token, None).await
    }

    /// Deletes, with a token or none (`""`).
    pub async fn delete(&self, path: &str, token: &str) -> Reply {
        self.ask(Method::DELETE, path, token, None).await
    }

    /// Posts JSON, with a token or none (`""`).
    pub async fn post(&self, path: &str, token: &str, body: Value) -> Reply {
        self.ask(Method::POST, path, token, Some(body)).await
    }

    /// Asks with a token or none (`""`), and a body or none.
    pub async fn ask(&self, method: Method, path: &str, token: &str, body: Option<Value>) -> Reply {
        let mut request = self.request(method, path);
        if !token.is_empty() {
            request = request.bearer_auth(token);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        self.send(request).await
    }
}

/// Serves on a free port: where, and the task.
fn listen(router: Router, traffic: Traffic) -> (String, JoinHandle<()>) {
    let listener = serving::listen(([127, 0, 0, 1], 0).into()).expect("a port is free");
    let address = listener.local_addr().expect("a listener has an address");
    let listening = tokio::spawn(async move {
        let (_stop, stopped) = watch::channel(false);
        serving::serve(listener, Serving { router, bounds: Bounds::default(), traffic, stopped }).await;
    });
    (format!("http://{address}"), listening)
}

impl Drop for Server {
    fn drop(&mut self) {
        self.listening.iter().for_each(JoinHandle::abort);
    }
}

async fn service(world: &World, setup: &Setup) -> (Service, Keys, HashPool) {
    let keyring = Arc::new(Keyring::parse(&setup.keyring).expect("the test's keyring is one"));
    let database = match setup.database_at {
        Some(address) => world.database.connect_at(address).await,
        None => world.database.connect().await,
    };
    database.claim_mode(setup.mode()).await.expect("the database is for this mode");
    database.check_keys(&keyring).await.expect("the keyring fits the database");
    let hashing = HashPool::start(setup.hash_threads, setup.cost).expect("threads can be started");
    let keys = Keys::new(Arc::clone(&keyring));
    let store = EventStore::new(database, keyring);
    let clock = Clock::Manual(world.clock.clone());
    let issuer = Issuer::new(setup.issuer);
    let transport = transport(world, setup);
    let service = Service::new(store, keys.clone(), hashing.clone(), Some(transport), clock, issuer);
    (service, keys, hashing)
}

fn transport(world: &World, setup: &Setup) -> Transport {
    let sender = Sender::new("no-reply@countersign.example", "Countersign", "countersign.example");
    let folder = || format!("dir:{}", world.mailbox_folder().display());
    let url = setup.mail.clone().unwrap_or_else(folder);
    Transport::from_url(&url, sender.expect("the sender is one")).expect("the URL is one")
}

/// A client that sends no user agent unless it is told to.
fn client() -> Client {
    static PROVIDER: Once = Once::new();
    PROVIDER.call_once(|| {
        rustls::crypto::ring::default_provider().install_default().expect("nobody else installs one");
    });
    Client::builder().no_proxy().build().expect("a client can be made")
}
