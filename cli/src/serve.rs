//! `countersign serve`: the API until a signal says stop.

use std::future::Future;
use std::net::SocketAddr;
use std::thread;
use std::time::Duration;

use countersign_api::serving::{self, Bounds, Serving};
use countersign_api::{Access, Api, Conditions, Traffic, operations, router};
use countersign_service::Service;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::failure::Failure;
use crate::log::Log;
use crate::print;
use crate::settings::{LogForm, SecretKey, Settings, is_loopback};
use crate::wiring::{self, KeyFile};

/// How long open connections have to end after a signal; with the commands that they began, the whole stop
/// stays within ten seconds.
const CONNECTIONS_END_WITHIN: Duration = Duration::from_secs(5);
/// How long admitted commands, and messages on their way, have to end after that.
const COMMANDS_END_WITHIN: Duration = Duration::from_secs(4);
/// File descriptors that are not for connections of the API: the database, the mail server, files, operators.
const DESCRIPTORS_KEPT: u64 = 256;
/// Connections of operators at once.
const OPERATORS_MOST: usize = 64;

pub(crate) async fn serve(settings: Settings) -> Result<(), Failure> {
    let form = settings.serving.log;
    let traffic = Traffic::default();
    let _log = Log::to_stderr(form, &traffic)?;
    // Heard from the beginning: whoever reads that it serves may say stop at once.
    let stop = stop_signal()?;
    let (service, key_file) = wiring::service(&settings).await?;
    let running = start(service, &settings, traffic)?;
    introduce(&settings, &running, key_file);
    warn_of_defaults(&settings);
    stop.await;
    say(form, "countersign: stopping");
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
    server: JoinHandle<()>,
    /// Ends last, so that operators see that the service stops.
    operators: watch::Sender<bool>,
    /// The sweep, the sequencer, the ear for others' sequencers, the read models and the signer: each can end at
    /// any moment.
    background: [JoinHandle<()>; 5],
}

/// Listens, sweeps, gives events their places in the ledger and signs it, and keeps the read models.
pub(crate) fn start(service: Service, settings: &Settings, traffic: Traffic) -> Result<Running, Failure> {
    let access = if settings.dev { Access::Open } else { Access::ClientKeys };
    let (stop, stopped) = watch::channel(false);
    let conditions = Conditions {
        trusted_hops: settings.serving.trusted_hops,
        rates: settings.serving.rates,
        stopped: Some(stopped.clone()),
        traffic: traffic.clone(),
        ..Conditions::default()
    };
    let api = Api::new(service.clone(), access, conditions);
    let listener = bind(settings.listen)?;
    let address = listener.local_addr()?;
    let (ops_address, operators) = serve_operators(settings.ops_listen, api.clone())?;
    let bounds = within_descriptors(settings.serving.bounds);
    let serving = Serving { router: router(api), bounds, traffic, stopped };
    let server = tokio::spawn(serving::serve(listener, serving));
    let [sweeps, sequences, listens, projects, signs] = [(); 5].map(|()| service.clone());
    let heads = settings.checkpoint_dir.clone();
    let background = [
        tokio::spawn(async move { sweeps.sweep_for_ever().await }),
        tokio::spawn(async move { sequences.sequence_for_ever().await }),
        tokio::spawn(async move { listens.hear_for_ever().await }),
        tokio::spawn(async move { projects.project_for_ever().await }),
        tokio::spawn(async move { signs.sign_for_ever(heads).await }),
    ];
    Ok(Running { address, ops_address, service, stop, server, operators, background })
}

impl Running {
    /// Takes no more connections, and lets what was admitted come to its end.
    pub(crate) async fn stop(self) -> Result<(), Failure> {
        self.stop.send_replace(true);
        self.background.iter().for_each(JoinHandle::abort);
        match tokio::time::timeout(CONNECTIONS_END_WITHIN, self.server).await {
            Ok(ended) => ended.map_err(Failure::failed)?,
            Err(_) => print::note("countersign: some connections did not end in time"),
        }
        let commands = tokio::time::timeout(COMMANDS_END_WITHIN, self.service.finish()).await;
        self.operators.send_replace(true);
        commands
            .map_err(|_| Failure::failed("some commands did not end in time; the next start finishes them"))
    }
}

/// Serves the operators' addresses, within bounds and counts of their own, and from a thread of their own: they answer
/// when the API is full, and while every other thread is busy.
fn serve_operators(address: SocketAddr, api: Api) -> Result<(SocketAddr, watch::Sender<bool>), Failure> {
    let (stop, stopped) = watch::channel(false);
    let listener = bind(address)?.into_std()?;
    let address = listener.local_addr()?;
    let bounds =
        Bounds { connections: OPERATORS_MOST, connections_per_address: OPERATORS_MOST, ..Bounds::default() };
    let served = Serving { router: operations(api), bounds, traffic: Traffic::default(), stopped };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let serve = move || {
        runtime.block_on(async {
            match TcpListener::from_std(listener) {
                Ok(listener) => serving::serve(listener, served).await,
                Err(error) => tracing::error!(%error, "the operators' addresses are not served"),
            }
        });
    };
    thread::Builder::new().name("operators".to_owned()).spawn(serve)?;
    Ok((address, stop))
}

/// As many connections as there can be file descriptors: a process may open more than it is given at first.
fn within_descriptors(bounds: Bounds) -> Bounds {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    if let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }) {
        tracing::warn!(%error, "the number of file descriptors stays as it is");
    }
    let Some(open) = getrlimit(Resource::Nofile).current else { return bounds };
    let most = usize::try_from(open.saturating_sub(DESCRIPTORS_KEPT)).unwrap_or(usize::MAX).max(1);
    if most < bounds.connections {
        tracing::warn!(most, asked = bounds.connections, "file descriptors allow fewer connections");
    }
    Bounds { connections: bounds.connections.min(most), ..bounds }
}

fn bind(address: SocketAddr) -> Result<TcpListener, Failure> {
    serving::listen(address)
        .map_err(|error| Failure::failed(format_args!("cannot listen on {address}: {error}")))
}

/// Says where everything is.
fn introduce(settings: &Settings, running: &Running, key_file: KeyFile) {
    let form = settings.serving.log;
    let mode = if settings.dev { " for development" } else { "" };
    say(form, &format!("countersign serves{mode} on http://{}", running.address));
    say(form, &format!("  operators  http://{}", running.ops_address));
    say(form, &format!("  database   {}", without_password(&settings.database_url)));
    match &settings.secret_key {
        SecretKey::Given(_) => say(form, "  key        as given"),
        SecretKey::InDataDirectory(path) => {
            let hint = if key_file == KeyFile::Made { " (made just now: keep a copy)" } else { "" };
            say(form, &format!("  key        {}{hint}", path.display()));
        }
    }
    say(form, &format!("  mail       {}", without_password(&settings.mail)));
    if settings.dev {
        say(form, &format!("  mailbox    http://{}/dev/mailbox", running.address));
    }
}

/// Warns of what is good for a look at it, and not for others.
fn warn_of_defaults(settings: &Settings) {
    if settings.dev {
        return;
    }
    if settings.mail.starts_with("dir:") {
        tracing::warn!(setting = "mail", "messages are written to a folder, and reach nobody");
    }
    if is_loopback(&settings.public_url) {
        tracing::warn!(
            setting = "public_url",
            "links and tokens carry an address that only this machine reaches"
        );
    }
}

/// Says something on stderr, in the form of everything else there: who reads a log as JSON reads every line of it so.
fn say(form: LogForm, text: &str) {
    match form {
        LogForm::Text => print::note(text),
        LogForm::Json => tracing::info!("{}", text.trim_start()),
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
