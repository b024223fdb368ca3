//! `GET /metrics`: what is measured, as Prometheus reads it.

use std::fmt;
use std::sync::atomic::AtomicU64;

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use countersign_service::hashing::HashingMeasured;
use countersign_service::{Measurements, Stored};
use countersign_stores::read_models::{Progress, Standing};
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use crate::problem::Problem;
use crate::problem_code::ProblemCode;
use crate::state::Api;
use crate::traffic::Traffic;

/// The media type of the text.
pub(crate) const MEDIA_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

type Labels = [(&'static str, String); 1];
type Gauges = Family<Labels, Gauge<u64, AtomicU64>>;

/// `GET /metrics`.
pub(crate) async fn metrics(State(api): State<Api>) -> Result<Response, Problem> {
    let service = api.service.clone();
    let measured = api.pulse.ask(async move { service.measure().await }).await;
    let measured = measured.ok_or_else(Problem::unavailable)?;
    let text = written(&measured, &api.conditions.traffic).map_err(|error| {
        tracing::error!(%error, "what was measured could not be written");
        Problem::new(ProblemCode::InternalError)
    })?;
    Ok(([(CONTENT_TYPE, MEDIA_TYPE)], text).into_response())
}

fn written(measured: &Measurements, traffic: &Traffic) -> Result<String, fmt::Error> {
    let mut registry = Registry::with_prefix("countersign");
    let up = u64::from(measured.stored.is_some());
    gauge(&mut registry, "database_up", "1 where the database says what stands in it", up);
    let breached = "1 where a stream was found to be other than it was";
    gauge(&mut registry, "ledger_breached", breached, measured.breached.into());
    if let Some(stored) = &measured.stored {
        ledger(&mut registry, stored);
        read_models(&mut registry, &stored.read_models);
        follow_ups(&mut registry, stored);
    }
    counted(&mut registry, measured);
    hashing(&mut registry, &measured.hashing);
    traffic.register(&mut registry);
    let mut text = String::new();
    encode(&mut text, &registry)?;
    Ok(text)
}

/// What this process counted.
fn counted(registry: &mut Registry, measured: &Measurements) {
    let failures = Family::<Labels, Counter>::default();
    for (name, count) in &measured.failures {
        failures.get_or_create(&[("loop", (*name).to_owned())]).inc_by(*count);
    }
    registry.register(
        "loop_failures",
        "Batches that failed and were tried again, or stopped a loop",
        failures,
    );
    let messages = Family::<[(&'static str, String); 2], Counter>::default();
    for ((outcome, reason), count) in &measured.messages {
        let labels = [("outcome", (*outcome).to_owned()), ("reason", (*reason).to_owned())];
        messages.get_or_create(&labels).inc_by(*count);
    }
    registry.register("messages", "Attempts to hand a message over", messages);
}

fn ledger(registry: &mut Registry, stored: &Stored) {
    for (name, help, value) in [
        ("ledger_events", "Events that have an index", stored.ledger_size),
        ("ledger_pending_events", "Committed events that wait for an index", stored.pending),
        ("ledger_signed_events", "Events below the newest signed head", stored.signed),
    ] {
        gauge(registry, name, help, value);
    }
}

fn hashing(registry: &mut Registry, measured: &HashingMeasured) {
    let gauges = [
        ("hash_places", "Places for hashes, those for known devices among them", measured.places),
        ("hash_places_taken", "Places for hashes that are taken", measured.taken),
    ];
    for (name, help, value) in gauges {
        gauge(registry, name, help, value);
    }
    let counters = [
        ("hash_refused", "Requests without a place for a hash", measured.refused),
        ("hash_known_devices", "Requests with a place for known devices", measured.known),
        ("hash_jobs", "Hashes, and judgements of new passwords", measured.done),
    ];
    for (name, help, value) in counters {
        let counter = Counter::<u64>::default();
        counter.inc_by(value);
        registry.register(name, help, counter);
    }
    let seconds = [
        ("hash_waited_seconds", "How long they waited", measured.waited),
        ("hash_worked_seconds", "How long they took", measured.worked),
    ];
    for (name, help, value) in seconds {
        let counter = Counter::<f64, AtomicU64>::default();
        counter.inc_by(value);
        registry.register(name, help, counter);
    }
}

fn gauge(registry: &mut Registry, name: &'static str, help: &'static str, value: u64) {
    let gauge = Gauge::<u64, AtomicU64>::default();
    gauge.set(value);
    registry.register(name, help, gauge);
}

fn follow_ups(registry: &mut Registry, stored: &Stored) {
    let (rows, oldest) = (Gauges::default(), Gauges::default());
    for (kind, waiting) in &stored.follow_ups {
        let labels = [("kind", (*kind).to_owned())];
        rows.get_or_create(&labels).set(waiting.rows);
        oldest.get_or_create(&labels).set(waiting.oldest_seconds);
    }
    registry.register("follow_ups", "Work that commits left and nobody has done", rows);
    registry.register("follow_ups_oldest_seconds", "How long the oldest of it waits", oldest);
}

fn read_models(registry: &mut Registry, progress: &[Progress]) {
    let (position, lag, stopped) = (Gauges::default(), Gauges::default(), Gauges::default());
    // What another version left behind is nobody's lag.
    for model in progress.iter().filter(|model| model.standing != Standing::Left) {
        let labels = [("model", model.name.clone())];
        position.get_or_create(&labels).set(model.position);
        lag.get_or_create(&labels).set(model.lag);
        stopped.get_or_create(&labels).set(model.failure.is_some().into());
    }
    registry.register("read_model_position", "The index of the event that a read model takes next", position);
    registry.register("read_model_lag_events", "Events of the ledger that a read model has not taken", lag);
    registry.register("read_model_stopped", "1 where a read model stands still at an event", stopped);
}
