//! An installation as it is run for others: its keyring in a file, clients with keys, servers with one public address.

use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::Arc;

use countersign_service::entropy;
use reqwest::Method;
use serde_json::Value;

use super::fleet::{Ask, Fleet};
use crate::app::Reply;
use crate::database::TestDatabase;
use crate::process::installation::Installation;
use crate::process::mailbox::Mailbox;

/// Where people reach it: the same on every server.
const PUBLIC_URL: &str = "https://countersign.example";

/// An installation, its servers, and an app that asks them.
#[derive(Debug)]
pub struct Site {
    /// What the servers share.
    pub installation: Installation,
    /// The servers: two over a PostgreSQL database, one over a file.
    pub fleet: Fleet,
    client_key: String,
}

impl Site {
    /// A new one, in service.
    pub async fn open() -> Self {
        Self::over(Installation::new().await).await
    }

    /// The servers of an installation, in service.
    pub async fn over(installation: Installation) -> Self {
        let heads = installation.folder().join("heads").display().to_string();
        let installation = installation
            .with_key_in_file()
            .with("COUNTERSIGN_PUBLIC_URL", PUBLIC_URL)
            .with("COUNTERSIGN_LIMIT_SIGN_IN", "0")
            .with("COUNTERSIGN_CHECKPOINT_DIR", &heads);
        let client_key = installation.add_client("client").await;
        let fleet = serving(&installation).await;
        Self { installation, fleet, client_key }
    }

    /// Starts servers as the installation is set by now, in the place of those that were stopped.
    pub async fn reopen(&mut self) {
        self.fleet = serving(&self.installation).await;
    }

    /// The newest head that was published.
    pub fn checkpoint(&self) -> PathBuf {
        self.installation.folder().join("heads").join("checkpoint")
    }

    /// The messages.
    pub fn mailbox(&self) -> &Arc<Mailbox> {
        self.installation.mailbox()
    }

    /// Runs commands of the operators' page in a shell.
    pub async fn run(&self, commands: &str) -> Output {
        let program = self.installation.command();
        let mut shell = Command::new("bash");
        shell.args(["-euo", "pipefail", "-c", commands]).env_clear();
        shell.envs(program.get_envs().filter_map(|(name, value)| Some((name, value?))));
        let beside = PathBuf::from(program.get_program());
        let folder = beside.parent().expect("the program lies in a folder").display().to_string();
        shell.env("PATH", format!("{folder}:{}", std::env::var("PATH").unwrap_or_default()));
        shell.current_dir(self.installation.folder());
        let ended = tokio::task::spawn_blocking(move || shell.output()).await;
        ended.expect("nothing panics while a command runs").expect("there is a shell")
    }

    /// The same, of commands that must succeed: what they say on stdout.
    pub async fn done(&self, commands: &str) -> String {
        let output = self.run(commands).await;
        assert!(output.status.success(), "{commands}\n{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Gets, with a credential or none.
    pub async fn get(&self, path: &str, token: &str) -> Reply {
        self.fleet.ask(Ask { method: Method::GET, path, token, key: "", body: None }).await
    }

    /// What the operators' listener of a server measures.
    pub async fn metrics(&self) -> String {
        let operations = self.fleet.out_of_service(0).await.operations();
        let told =
            reqwest::get(format!("{operations}/metrics")).await.expect("the operators' listener answers");
        told.text().await.expect("a reply has an end")
    }

    /// Deletes, with a credential.
    pub async fn delete(&self, path: &str, token: &str) -> Reply {
        self.fleet.ask(Ask { method: Method::DELETE, path, token, key: "", body: None }).await
    }

    /// Posts as the app does, or as somebody who holds another credential.
    pub async fn post(&self, path: &str, token: &str, body: Value) -> Reply {
        let key = hex::encode(entropy::bytes::<16>());
        self.post_under(&key, path, token, body).await
    }

    /// Posts under an idempotency key of the caller's.
    pub async fn post_under(&self, key: &str, path: &str, token: &str, body: Value) -> Reply {
        let token = if token.is_empty() { &self.client_key } else { token };
        let body = Some(body).filter(|body| !body.is_null());
        self.fleet.ask(Ask { method: Method::POST, path, token, key, body }).await
    }

    /// Posts under one key to one server and to the next: the second gives the reply of the first.
    pub async fn post_twice(&self, path: &str, token: &str, body: Value) -> Reply {
        let key = hex::encode(entropy::bytes::<16>());
        let first = self.post_under(&key, path, token, body.clone()).await;
        let second = self.post_under(&key, path, token, body).await;
        assert_eq!((first.status, &first.text), (second.status, &second.text), "{path}");
        assert_eq!(second.header("idempotency-replayed"), Some("true"), "{path}");
        first
    }
}

/// Two servers over a PostgreSQL database, one over a file.
async fn serving(installation: &Installation) -> Fleet {
    let count = if TestDatabase::is_postgres_chosen() { 2 } else { 1 };
    let mut servers = Vec::with_capacity(count);
    for _ in 0..count {
        servers.push(installation.serve_for_keys().await);
    }
    Fleet::of(servers)
}
