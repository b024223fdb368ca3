//! Problems as the document has them: a shape for each code, and an answer for each status.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::answer::{Header, documents};
use super::operation::Operation;
use super::schema::{self, Object};
use super::words;
use crate::problem_code::ProblemCode;

/// The media type of problem documents (RFC 9457).
const MEDIA_TYPE: &str = "application/problem+json";
/// The request of the examples.
const REQUEST_ID: &str = "01938c5e-4b1f-7d03-8a52-9c3e7f604b18";

/// The shapes of all problems, by name.
pub(super) fn shapes() -> impl Iterator<Item = (String, Value)> {
    ProblemCode::ALL.into_iter().map(|code| (shape_name(code), shape(code)))
}

/// The answers that are problems, by status.
pub(super) fn answers(operation: &Operation) -> Map<String, Value> {
    let mut by_status: BTreeMap<u16, Vec<ProblemCode>> = BTreeMap::new();
    for code in operation.problems() {
        by_status.entry(code.status().as_u16()).or_default().push(code);
    }
    let told = |(status, codes): (u16, Vec<ProblemCode>)| (status.to_string(), answer(&codes, operation));
    by_status.into_iter().map(told).collect()
}

fn answer(codes: &[ProblemCode], operation: &Operation) -> Value {
    let titles: Vec<_> = codes.iter().map(|code| format!("`{}`: {}", code.name(), code.title())).collect();
    let examples: Map<_, _> =
        codes.iter().map(|code| (code.name().to_owned(), json!({ "value": example(*code) }))).collect();
    json!({
        "description": format!("{}.", titles.join(". ")),
        "headers": documents(&headers(codes, operation)),
        "content": { MEDIA_TYPE: { "schema": one_of(codes), "examples": examples } },
    })
}

fn one_of(codes: &[ProblemCode]) -> Value {
    let shapes = codes.iter().map(|code| schema::named(&shape_name(*code)));
    let mut schema = schema::either(shapes);
    if let (Some(fields), true) = (schema.as_object_mut(), codes.len() > 1) {
        let mapping: Map<_, _> = codes
            .iter()
            .map(|code| (code.name().to_owned(), json!(schema::address(&shape_name(*code)))))
            .collect();
        fields.insert("discriminator".to_owned(), json!({ "propertyName": "code", "mapping": mapping }));
    }
    schema
}

fn headers(codes: &[ProblemCode], operation: &Operation) -> Vec<Header> {
    let mut headers = vec![Header::RequestId, Header::NeverStored];
    if codes.contains(&ProblemCode::Unauthenticated) {
        headers.push(Header::Authenticate);
    }
    if codes.iter().all(|code| is_lifted_by_time(*code)) {
        headers.push(Header::RetryAfter);
    } else if codes.iter().any(|code| is_lifted_by_time(*code)) {
        headers.push(Header::PerhapsRetryAfter);
    }
    if operation.is_repeatable() {
        headers.push(Header::Replayed);
    }
    if !operation.is_always_answered() {
        headers.extend([Header::RateLimit, Header::RateLimitPolicy]);
    }
    headers
}

/// Whether a problem says when to come back.
fn is_lifted_by_time(code: ProblemCode) -> bool {
    matches!(
        code,
        ProblemCode::ResendTooSoon
            | ProblemCode::Throttled
            | ProblemCode::RateLimited
            | ProblemCode::IdempotencyInProgress
            | ProblemCode::Overloaded
            | ProblemCode::Unavailable
    )
}

fn shape_name(code: ProblemCode) -> String {
    format!("problem_{}", code.name())
}

fn shape(code: ProblemCode) -> Value {
    let object = Object::new()
        .field("type", schema::only(&page(code)))
        .field("title", schema::text())
        .field("status", json!({ "type": "integer", "const": code.status().as_u16() }))
        .field("code", schema::only(code.name()))
        .field("detail", schema::text())
        .field("request_id", schema::text());
    let object = match code {
        ProblemCode::InvalidRequest => object.field("errors", schema::list(schema::named("field_error"))),
        ProblemCode::WrongState => object.optional("state", words::states()),
        ProblemCode::PasswordTooWeak => {
            object.optional("reason", schema::text()).optional("guidance", schema::list(schema::text()))
        }
        _ => object,
    };
    schema::told(object.open(), &format!("{}. {}", code.title(), code.detail()))
}

fn example(code: ProblemCode) -> Value {
    let mut example = json!({
        "type": page(code),
        "title": code.title(),
        "status": code.status().as_u16(),
        "code": code.name(),
        "detail": code.detail(),
        "request_id": REQUEST_ID,
    });
    let more = match code {
        ProblemCode::InvalidRequest => {
            Some(("errors", json!([{ "pointer": "/email", "detail": "is missing" }])))
        }
        ProblemCode::WrongState => Some(("state", json!("signed_in"))),
        ProblemCode::PasswordTooWeak => Some(("reason", json!("This is a very common password."))),
        _ => None,
    };
    if let (Some(fields), Some((name, value))) = (example.as_object_mut(), more) {
        fields.insert(name.to_owned(), value);
    }
    example
}

fn page(code: ProblemCode) -> String {
    format!("/docs/problems/{}", code.name())
}
