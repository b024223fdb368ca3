//! What is counted of connections and requests while the service runs.

use std::sync::atomic::AtomicI64;
use std::time::Duration;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use crate::serving::Full;

/// Bounds of the buckets that a request's duration is counted in, in seconds.
const SECONDS: [f64; 9] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0];

type Labels<const N: usize> = [(&'static str, String); N];
type Counters<const N: usize> = Family<Labels<N>, Counter>;

/// What is counted; cheap to clone, and every clone is the same.
#[derive(Debug, Clone)]
pub struct Traffic {
    open: Gauge<i64, AtomicI64>,
    accepted: Counter,
    refused: Counters<1>,
    ended: Counters<1>,
    limited: Counters<1>,
    timed_out: Counters<1>,
    requests: Counters<3>,
    seconds: Histogram,
    log_dropped: Counter,
}

/// A connection that is open; counted until this is dropped.
pub(crate) struct Open(Gauge<i64, AtomicI64>);

impl Default for Traffic {
    fn default() -> Self {
        Self {
            open: Gauge::default(),
            accepted: Counter::default(),
            refused: Family::default(),
            ended: Family::default(),
            limited: Family::default(),
            timed_out: Family::default(),
            requests: Family::default(),
            seconds: Histogram::new(SECONDS),
            log_dropped: Counter::default(),
        }
    }
}

impl Traffic {
    /// A connection was taken.
    pub(crate) fn accepted(&self) {
        self.accepted.inc();
    }

    /// A connection is open.
    pub(crate) fn open(&self) -> Open {
        self.open.inc();
        Open(self.open.clone())
    }

    /// A connection, or a request, was refused since there was no place.
    pub(crate) fn refused(&self, full: Full) {
        let cap = match full {
            Full::All => "all",
            Full::Address => "address",
        };
        self.refused.get_or_create(&[("cap", cap.to_owned())]).inc();
    }

    /// A connection was ended by the service.
    pub(crate) fn ended(&self, reason: &'static str) {
        self.ended.get_or_create(&[("reason", reason.to_owned())]).inc();
    }

    /// Connections that were ended for a reason.
    #[cfg(test)]
    pub(crate) fn ended_as(&self, reason: &'static str) -> u64 {
        self.ended.get_or_create(&[("reason", reason.to_owned())]).get()
    }

    /// A request was refused since its address had made too many of its group.
    pub(crate) fn limited(&self, group: &'static str) {
        self.limited.get_or_create(&[("group", group.to_owned())]).inc();
    }

    /// A request took too long: to come, or to be answered.
    pub(crate) fn timed_out(&self, part: &'static str) {
        self.timed_out.get_or_create(&[("part", part.to_owned())]).inc();
    }

    /// A request was answered.
    pub(crate) fn answered(&self, method: &str, route: &str, status: u16, took: Duration) {
        let labels =
            [("method", method.to_owned()), ("route", route.to_owned()), ("status", status.to_string())];
        self.requests.get_or_create(&labels).inc();
        self.seconds.observe(took.as_secs_f64());
    }

    /// A line of the log was dropped: nobody took it in time.
    pub fn log_line_dropped(&self) {
        self.log_dropped.inc();
    }

    /// Has all of it written with what else is measured.
    pub(crate) fn register(&self, registry: &mut Registry) {
        registry.register("connections_open", "Connections that are open", self.open.clone());
        registry.register("connections_accepted", "Connections that were taken", self.accepted.clone());
        registry.register("refused", "Connections and requests without a place", self.refused.clone());
        registry.register("connections_ended", "Connections that the service ended", self.ended.clone());
        registry.register("requests_limited", "Requests beyond an address's limit", self.limited.clone());
        registry.register("requests_timed_out", "Requests that took too long", self.timed_out.clone());
        registry.register("requests", "Requests that were answered", self.requests.clone());
        registry.register(
            "log_lines_dropped",
            "Lines of the log that were dropped",
            self.log_dropped.clone(),
        );
        registry.register("request_seconds", "How long requests took", self.seconds.clone());
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.dec();
    }
}
