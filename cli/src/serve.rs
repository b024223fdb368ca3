//! `countersign serve`: the API until a signal says stop.

use std::future::Future;
use std::io::IsTerminal;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use countersign_api::{Access, Api, operations, router};
use countersign_service::Service;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tracing_subscriber::EnvFilter;

use crate::failure::Failure;
use crate::print;
use crate::settings::{SecretKey, Settings};
use crate::wiring::{self, KeyFile};

/// How long open connections have to end after a signal; with the commands that they began, the whole stop
/// stays within ten seconds.
const CONNECTIONS_END_WITHIN: Duration = Duration::from_secs(5);
/// How long admitted commands, and messages on their way, have to end after that.
const COMMANDS_END_WITHIN: Duration = Duration::from_secs(4);

pub(crate) async fn serve(settings: Settings) -> Result<(), Failure> {
    log_to_stderr();
    // Heard from the beginning: whoever reads that it serves may say stop at once.
    let stop = stop_signal()?;
    let (service, key_file) = wiring::service(&settings).await?;
    let running = start(service, &settings).await?;
    introduce(&settings, &running, key_file);
    stop.await;
    print::note("countersign: stopping");
    running.stop().await
}

/// A service that listens.
pub(crate) struct Running {
    /// Where the API listens.
    pub(crate) address: SocketAddr,
    /// Where the operators' addresses listen.
    pub(crate) ops_address: SocketAddr,
    service: Service,
    stop: watch::Sender<bool>,
    servers: Vec<JoinHandle<std::io::Result<()>>>,
    /// The sweep, the sequencer, the ear for others' sequencers, the read models and the signer: each can end at
    /// any moment.
    background: [JoinHandle<()>; 5],
}

/// Listens, sweeps, gives events their places in the ledger and signs it, and keeps the read models.
pub(crate) async fn start(service: Service, settings: &Settings) -> Result<Running, Failure> {
    let access = if settings.dev { Access::Open } else { Access::ClientKeys };
    let api = Api::new(service.clone(), access);
    let listener = bind(settings.listen).await?;
    let ops_listener = bind(settings.ops_listen).await?;
    let (address, ops_address) = (listener.local_addr()?, ops_listener.local_addr()?);
    let (stop, stopped) = watch::channel(false);
    let servers = vec![
        run(listener, router(api.clone()), stopped.clone()),
        run(ops_listener, operations(api), stopped),
    ];
    let [sweeps, sequences, listens, projects, signs] = [(); 5].map(|()| service.clone());
    let heads = settings.checkpoint_dir.clone();
    let background = [
        tokio::spawn(async move { sweeps.sweep_for_ever().await }),
        tokio::spawn(async move { sequences.sequence_for_ever().await }),
        tokio::spawn(async move { listens.hear_for_ever().await }),
        tokio::spawn(async move { projects.project_for_ever().await }),
        tokio::spawn(async move { signs.sign_for_ever(heads).await }),
    ];
    Ok(Running { address, ops_address, service, stop, servers, background })
}

impl Running {
    /// Takes no more connections, and lets what was admitted come to its end.
    pub(crate) async fn stop(self) -> Result<(), Failure> {
        self.stop.send_replace(true);
        self.background.iter().for_each(JoinHandle::abort);
        let servers = async {
            for server in self.servers {
                server.await.map_err(Failure::failed)??;
            }
            Ok::<(), Failure>(())
        };
        match tokio::time::timeout(CONNECTIONS_END_WITHIN, servers).await {
            Ok(ended) => ended?,
            Err(_) => print::note("countersign: some connections did not end in time"),
        }
        let commands = tokio::time::timeout(COMMANDS_END_WITHIN, self.service.finish()).await;
        commands
            .map_err(|_| Failure::failed("some commands did not end in time; the next start finishes them"))
    }
}

fn run(
    listener: TcpListener,
    router: Router,
    mut stopped: watch::Receiver<bool>,
) -> JoinHandle<std::io::Result<()>> {
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move {
        let until_stopped = async move {
            if stopped.wait_for(|stopped| *stopped).await.is_err() {
                tracing::debug!("nobody is left who could say stop");
            }
        };
        axum::serve(listener, service).with_graceful_shutdown(until_stopped).await
    })
}

async fn bind(address: SocketAddr) -> Result<TcpListener, Failure> {
    TcpListener::bind(address)
        .await
        .map_err(|error| Failure::failed(format_args!("cannot listen on {address}: {error}")))
}

/// Says where everything is.
fn introduce(settings: &Settings, running: &Running, key_file: KeyFile) {
    let mode = if settings.dev { " for development" } else { "" };
    print::note(&format!("countersign serves{mode} on http://{}", running.address));
    print::note(&format!("  operators  http://{}", running.ops_address));
    print::note(&format!("  database   {}", without_password(&settings.database_url)));
    match &settings.secret_key {
        SecretKey::Given(_) => print::note("  key        as given"),
        SecretKey::InDataDirectory(path) => {
            let hint = if key_file == KeyFile::Made { " (made just now: keep a copy)" } else { "" };
            print::note(&format!("  key        {}{hint}", path.display()));
        }
    }
    print::note(&format!("  mail       {}", without_password(&settings.mail)));
    if settings.dev {
        print::note(&format!("  mailbox    http://{}/dev/mailbox", running.address));
    }
}

/// An address without what may be secret in it: the password, and whatever stands behind a question mark.
fn without_password(text: &str) -> String {
    let (text, _) = text.split_once('?').unwrap_or((text, ""));
    let Ok(mut url) = url::Url::parse(text) else { return text.to_owned() };
    if url.password().is_none() {
        return text.to_owned();
    }
    match url.set_password(Some("***")) {
        Ok(()) => url.to_string(),
        Err(()) => url.scheme().to_owned(),
    }
}

/// Waits for SIGTERM or SIGINT.
fn stop_signal() -> Result<impl Future<Output = ()>, Failure> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// Structured logs on stderr; `RUST_LOG` chooses what.
fn log_to_stderr() {
    let filter = EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| EnvFilter::new("info,sqlx=warn,sqlx_postgres::options=error"));
    let colours = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    log.with_ansi(colours).with_target(false).init();
}
