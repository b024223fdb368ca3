//! What operators look at, on a listener of their own but for the first.

use axum::http::StatusCode;

use super::documents;
use crate::openapi::{Answer, Endpoint, Operation, Topic, schema};
use crate::problem_code::ProblemCode;
use crate::{health, metrics};

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        alive(),
        Endpoint::get("/readyz", health::ready, ready()),
        Endpoint::get("/metrics", metrics::metrics, measured()),
        documents::of_operators(),
    ]
}

/// Whether the process answers: on both listeners.
pub(super) fn alive() -> Endpoint {
    let operation = Operation::new(Topic::Operators, "check_health", "Ask whether the process answers")
        .outside_limits()
        .or(&[ProblemCode::Unavailable])
        .answers(Answer::of(StatusCode::OK, "It does.", "text/plain", schema::text()));
    Endpoint::get("/healthz", health::alive, operation)
}

fn ready() -> Operation {
    Operation::new(Topic::Operators, "check_readiness", "Ask whether the service can work")
        .outside_limits()
        .or(&[ProblemCode::Unavailable])
        .about("The database answers and has every migration, and the ledger is not stopped.")
        .answers(Answer::of(StatusCode::OK, "It can.", "text/plain", schema::text()))
}

fn measured() -> Operation {
    let answer = Answer::of(StatusCode::OK, "As Prometheus reads it.", metrics::MEDIA_TYPE, schema::text());
    Operation::new(Topic::Operators, "show_metrics", "Read what is measured")
        .outside_limits()
        .answers(answer)
        .or(&[ProblemCode::Unavailable])
}
