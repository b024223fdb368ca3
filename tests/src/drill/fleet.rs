//! Servers behind one door, as a load balancer has them: a request goes to one that is in service, another one each
//! time, and a server is taken out of service, and has nothing to answer, before it is restarted.

use std::sync::atomic::{AtomicUsize, Ordering};

use reqwest::{Client, Method};
use serde_json::Value;
use tokio::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::app::Reply;
use crate::process::server::Server;

/// Servers behind one door.
#[derive(Debug)]
pub struct Fleet {
    servers: Vec<RwLock<Server>>,
    turn: AtomicUsize,
    http: Client,
}

/// A request to whichever server is in service.
#[derive(Debug, Clone)]
pub struct Ask<'a> {
    /// The method.
    pub method: Method,
    /// The path.
    pub path: &'a str,
    /// The credential; empty where there is none.
    pub token: &'a str,
    /// The idempotency key; empty where there is none.
    pub key: &'a str,
    /// The body, if there is one.
    pub body: Option<Value>,
}

impl Fleet {
    /// These servers, all in service.
    pub fn of(servers: Vec<Server>) -> Self {
        let http = Client::builder().no_proxy().build().expect("a client can be made");
        Self { servers: servers.into_iter().map(RwLock::new).collect(), turn: AtomicUsize::default(), http }
    }

    /// How many servers there are.
    pub fn size(&self) -> usize {
        self.servers.len()
    }

    /// Asks a server; a request without a reply is a finding.
    pub async fn ask(&self, ask: Ask<'_>) -> Reply {
        let server = self.next().await;
        let address = server.address().borrow().clone().expect("a server in service has an address");
        let mut request = self.http.request(ask.method.clone(), format!("{address}{}", ask.path));
        if !ask.token.is_empty() {
            request = request.bearer_auth(ask.token);
        }
        if !ask.key.is_empty() {
            request = request.header("Idempotency-Key", ask.key);
        }
        if let Some(body) = &ask.body {
            request = request.json(body);
        }
        let response = request.send().await;
        let response = response.unwrap_or_else(|error| panic!("{} {}: {error}", ask.method, ask.path));
        Reply::try_read(response).await.unwrap_or_else(|| panic!("{}: a reply has an end", ask.path))
    }

    /// Takes a server out of service once it has answered everything: it can be restarted.
    pub async fn out_of_service(&self, number: usize) -> RwLockWriteGuard<'_, Server> {
        self.servers.get(number).expect("there is such a server").write().await
    }

    /// Stops a server that nobody asks any more, and starts it anew.
    pub async fn restart(&self, number: usize) {
        let mut server = self.out_of_service(number).await;
        let stopped = server.stop().await;
        assert!(stopped.status.success(), "a server ends in order: {}\n{}", stopped.status, server.logged());
        server.start().await;
    }

    /// Stops every server in order.
    pub async fn close(&self) {
        for number in 0..self.size() {
            let stopped = self.out_of_service(number).await.stop().await;
            assert!(stopped.status.success(), "a server ends in order: {}", stopped.status);
        }
    }

    /// Everything that the servers logged.
    pub async fn logged(&self) -> String {
        let mut logged = String::new();
        for server in &self.servers {
            logged.push_str(&server.read().await.logged());
        }
        logged
    }

    /// The next server that is in service; waits where there is none.
    async fn next(&self) -> RwLockReadGuard<'_, Server> {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let in_turn = |offset: usize| self.servers.get((turn + offset) % self.servers.len());
        let free = (0..self.servers.len()).find_map(|offset| in_turn(offset)?.try_read().ok());
        match free {
            Some(server) => server,
            None => in_turn(0).expect("there is a server").read().await,
        }
    }
}
