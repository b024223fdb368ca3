//! The document of a list of endpoints.

use std::sync::LazyLock;

use serde_json::{Map, Value, json};

use super::answer::Header;
use super::components::components;
use super::endpoint::Endpoint;
use super::operation::{Credential, Operation, Topic};
use super::problem;
use crate::state::Access;

/// Requests and replies of a real run, by operation: the story `the_examples_of_the_document` writes them.
static EXAMPLES: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("examples.json")).unwrap_or_default());

/// The document of endpoints, as who may call sees them.
pub(crate) fn document(endpoints: &[Endpoint], access: Access) -> Value {
    let mut paths: Map<String, Value> = Map::new();
    for endpoint in endpoints {
        let path = paths.entry(endpoint.template()).or_insert_with(|| json!({}));
        if let Some(methods) = path.as_object_mut() {
            methods.insert(endpoint.method.as_str().to_ascii_lowercase(), operation(endpoint, access));
        }
    }
    let topics = Topic::ALL
        .into_iter()
        .filter(|topic| endpoints.iter().any(|endpoint| endpoint.operation.topic == *topic));
    let topics: Vec<_> =
        topics.map(|topic| json!({ "name": topic.name(), "description": topic.about() })).collect();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Countersign",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "Sign-in with saved backup codes, every fact of it an event.",
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "servers": [{ "url": "/" }],
        "tags": topics,
        "paths": paths,
        "components": components(),
    })
}

fn operation(endpoint: &Endpoint, access: Access) -> Value {
    let operation = &endpoint.operation;
    let parameters: Vec<_> = operation.parameters.iter().map(super::Parameter::document).collect();
    let mut told = json!({
        "operationId": operation.id,
        "summary": operation.summary,
        "tags": [operation.topic.name()],
        "security": security(operation.credential, access),
        "responses": responses(endpoint),
    });
    if let Some(fields) = told.as_object_mut() {
        if !operation.about.is_empty() {
            fields.insert("description".to_owned(), json!(operation.about));
        }
        if !parameters.is_empty() {
            fields.insert("parameters".to_owned(), json!(parameters));
        }
        if let Some(body) = request_body(operation) {
            fields.insert("requestBody".to_owned(), body);
        }
    }
    told
}

/// None is asked for where the list has an entry that names none.
fn security(credential: Credential, access: Access) -> Value {
    match credential {
        Credential::None => json!([]),
        key if key.is_a_key() && access == Access::Open => json!([{ key.name(): [] }, {}]),
        credential => json!([{ credential.name(): [] }]),
    }
}

fn request_body(operation: &Operation) -> Option<Value> {
    let body = operation.body.as_ref()?;
    let mut json = json!({ "schema": body.schema });
    if let (Some(fields), Some(example)) = (json.as_object_mut(), example(operation, "request")) {
        fields.insert("example".to_owned(), example.clone());
    }
    let mut content = Map::from_iter([("application/json".to_owned(), json)]);
    content.extend(body.forms.iter().map(|form| ((*form).to_owned(), json!({ "schema": body.schema }))));
    Some(json!({ "required": body.required, "content": content }))
}

fn responses(endpoint: &Endpoint) -> Value {
    let operation = &endpoint.operation;
    let always = headers(endpoint);
    let answers = operation.answers.iter().map(|answer| {
        let status = answer.status.as_str();
        (status.to_owned(), answer.document(&always, example(operation, status)))
    });
    let mut responses: Map<_, _> = answers.collect();
    responses.extend(problem::answers(operation));
    Value::Object(responses)
}

/// A request or a reply of a real run.
fn example(operation: &Operation, what: &str) -> Option<&'static Value> {
    EXAMPLES.get(operation.id)?.get(what)
}

/// What every reply of an endpoint carries.
fn headers(endpoint: &Endpoint) -> Vec<Header> {
    let mut headers = vec![Header::RequestId];
    if endpoint.is_versioned() {
        headers.push(Header::NeverStored);
    }
    if !endpoint.is_outside_limits() {
        headers.extend([Header::RateLimit, Header::RateLimitPolicy]);
    }
    if endpoint.operation.is_repeatable() {
        headers.push(Header::Replayed);
    }
    headers
}
