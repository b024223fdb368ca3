//! The loop that takes connections, or refuses them.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::{JoinSet, yield_now};
use tokio::time::sleep;

use super::bounds::{Bounds, REFUSALS_MOST};
use super::connection::{Connections, serve_connection};
use super::places::Places;
use super::refusal;
use crate::traffic::Traffic;

/// How long nothing is taken after a connection could not be: the process may be out of file descriptors.
const BACK_OFF: Duration = Duration::from_millis(100);

/// What is served on a listener, within which bounds, and until when.
#[derive(Debug, Clone)]
pub struct Serving {
    /// The addresses.
    pub router: Router,
    /// The bounds.
    pub bounds: Bounds,
    /// What is counted.
    pub traffic: Traffic,
    /// Becomes true when the service stops.
    pub stopped: watch::Receiver<bool>,
}

/// Serves until the service stops: then takes no more connections, and returns when those that are there have ended.
pub async fn serve(listener: TcpListener, serving: Serving) {
    let Serving { router, bounds, traffic, mut stopped } = serving;
    let places = Places::new(bounds.connections, bounds.connections_per_address);
    let refusals = Arc::new(Semaphore::new(REFUSALS_MOST));
    let served = Arc::new(Connections::new(router, bounds, traffic.clone(), stopped.clone(), places.clone()));
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            biased;
            _ = stopped.wait_for(|stopped| *stopped) => break,
            Some(ended) = connections.join_next() => {
                if let Err(error) = ended {
                    tracing::error!(%error, "a connection broke");
                }
                continue;
            }
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((socket, peer)) => match places.take(peer.ip()) {
                Ok(place) => {
                    let served = Arc::clone(&served);
                    traffic.accepted();
                    connections.spawn(async move {
                        serve_connection(&served, socket, peer).await;
                        drop(place);
                    });
                }
                Err(full) => {
                    traffic.refused(full);
                    refuse(&mut connections, &refusals, socket, bounds);
                }
            },
            Err(error) => back_off(&error).await,
        }
        // Behind whoever is there already: of a crowd that comes, the rest waits with the kernel, and not before them.
        yield_now().await;
    }
    drop(listener);
    while let Some(ended) = connections.join_next().await {
        if let Err(error) = ended {
            tracing::error!(%error, "a connection broke");
        }
    }
}

/// Says why there is no place, to everybody; reads on for a while, unless that is done for too many already.
fn refuse(connections: &mut JoinSet<()>, refusals: &Arc<Semaphore>, socket: TcpStream, bounds: Bounds) {
    refusal::refuse(&socket);
    let Ok(permit) = Arc::clone(refusals).try_acquire_owned() else { return };
    connections.spawn(async move {
        refusal::drain(&socket, bounds.heard_within).await;
        drop(permit);
    });
}

async fn back_off(error: &io::Error) {
    let gone = [io::ErrorKind::ConnectionAborted, io::ErrorKind::ConnectionReset];
    if !gone.contains(&error.kind()) {
        tracing::error!(%error, "a connection could not be taken");
        sleep(BACK_OFF).await;
    }
}
