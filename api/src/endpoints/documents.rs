//! The document of the API, the pages that explain it, and the mailbox of a development service.

use std::sync::LazyLock;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use super::{of_operators as operators_endpoints, of_the_api};
use crate::openapi::{self, Answer, Endpoint, Header, Operation, Parameter, Topic, schema};
use crate::problem::Problem;
use crate::problem_code::ProblemCode;
use crate::state::{Access, Api};
use crate::{html, mailbox, problem_page};

static WITH_KEYS: LazyLock<Value> = LazyLock::new(|| made(Access::ClientKeys));
static OPEN: LazyLock<Value> = LazyLock::new(|| made(Access::Open));
static OF_OPERATORS: LazyLock<Value> =
    LazyLock::new(|| openapi::document(&operators_endpoints(), Access::ClientKeys));

/// What is sent: made once, however often it is asked for and however slowly it is taken.
static TEXT_WITH_KEYS: LazyLock<Bytes> = LazyLock::new(|| text(&WITH_KEYS));
static TEXT_OPEN: LazyLock<Bytes> = LazyLock::new(|| text(&OPEN));
static TEXT_OF_OPERATORS: LazyLock<Bytes> = LazyLock::new(|| text(&OF_OPERATORS));
static PAGE_WITH_KEYS: LazyLock<html::Made> = LazyLock::new(|| page_of(Access::ClientKeys));
static PAGE_OPEN: LazyLock<html::Made> = LazyLock::new(|| page_of(Access::Open));

/// The document of the API, as who may call sees it.
pub fn api_document(access: Access) -> &'static Value {
    match access {
        Access::ClientKeys => &WITH_KEYS,
        Access::Open => &OPEN,
    }
}

/// The document of the operators' listener.
pub fn operators_document() -> &'static Value {
    &OF_OPERATORS
}

pub(super) fn endpoints(access: Access) -> Vec<Endpoint> {
    let index = page("list_problems", "Read what each problem means");
    let mut endpoints = vec![
        Endpoint::get("/openapi.json", show_document, document()),
        Endpoint::get("/docs", show_page, page("show_docs", "Read what the API can do")),
        Endpoint::get("/docs/problems", problem_page::index, index),
        Endpoint::get("/docs/problems/{code}", problem_page::show, problem()),
    ];
    if access == Access::Open {
        let messages =
            Operation::new(Topic::Documents, "show_mailbox", "Read the messages of a development service")
                .about("There with `--dev` alone.")
                .answers(a_page().header(Header::NeverStored).header(Header::NoReferrer));
        endpoints.push(Endpoint::get("/dev/mailbox", mailbox::show, messages));
    }
    endpoints
}

/// The document of the operators' own endpoints.
pub(super) fn of_operators() -> Endpoint {
    Endpoint::get("/openapi.json", async || json(&TEXT_OF_OPERATORS), document().outside_limits())
}

/// `GET /openapi.json`.
async fn show_document(State(api): State<Api>) -> Response {
    json(match api.access {
        Access::ClientKeys => &TEXT_WITH_KEYS,
        Access::Open => &TEXT_OPEN,
    })
}

/// `GET /docs`.
async fn show_page(State(api): State<Api>) -> Result<Response, Problem> {
    html::made(match api.access {
        Access::ClientKeys => &PAGE_WITH_KEYS,
        Access::Open => &PAGE_OPEN,
    })
}

fn json(text: &Bytes) -> Response {
    ([(CONTENT_TYPE, "application/json")], text.clone()).into_response()
}

fn text(document: &Value) -> Bytes {
    document.to_string().into()
}

fn page_of(access: Access) -> html::Made {
    openapi::page(&of_the_api(access), api_document(access))
}

fn made(access: Access) -> Value {
    openapi::document(&of_the_api(access), access)
}

fn document() -> Operation {
    Operation::new(Topic::Documents, "show_document", "Read this document").answers(Answer::of(
        StatusCode::OK,
        "OpenAPI 3.1.",
        "application/json",
        schema::anything(),
    ))
}

fn problem() -> Operation {
    let names = schema::word(ProblemCode::ALL.map(ProblemCode::name));
    page("show_problem", "Read what a problem means").parameter(Parameter::path(
        "code",
        names,
        "The problem's code.",
    ))
}

fn page(id: &'static str, summary: &'static str) -> Operation {
    Operation::new(Topic::Documents, id, summary).answers(a_page())
}

fn a_page() -> Answer {
    Answer::of(StatusCode::OK, "A page.", "text/html", schema::text())
}
