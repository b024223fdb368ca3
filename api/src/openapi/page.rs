//! `/docs`: the document for a person, made of the same list.

use askama::Template;
use serde_json::Value;

use super::endpoint::Endpoint;
use super::operation::Topic;
use crate::html;

#[derive(Template)]
#[template(path = "docs.html")]
struct Page<'a> {
    style: &'static str,
    version: &'static str,
    topics: Vec<TopicShown<'a>>,
}

struct TopicShown<'a> {
    name: &'static str,
    about: &'static str,
    operations: Vec<OperationShown<'a>>,
}

struct OperationShown<'a> {
    id: &'static str,
    method: &'a str,
    path: String,
    summary: &'static str,
    about: String,
    credential: &'static str,
    parameters: Vec<ParameterShown>,
    fields: Vec<String>,
    answers: Vec<AnswerShown>,
    problems: Vec<ProblemShown>,
}

struct ParameterShown {
    name: &'static str,
    place: &'static str,
    about: String,
}

struct AnswerShown {
    status: u16,
    about: String,
}

struct ProblemShown {
    status: u16,
    name: &'static str,
}

/// The page of a list of endpoints; `shapes` are the document's, where the fields of bodies stand.
pub(crate) fn page(endpoints: &[Endpoint], document: &Value) -> html::Made {
    let topics = Topic::ALL.into_iter().map(|topic| TopicShown {
        name: topic.name(),
        about: topic.about(),
        operations: endpoints
            .iter()
            .filter(|endpoint| endpoint.operation.topic == topic)
            .map(|endpoint| operation(endpoint, document))
            .collect(),
    });
    let topics = topics.filter(|topic| !topic.operations.is_empty()).collect();
    html::make(&Page { style: html::STYLE, version: env!("CARGO_PKG_VERSION"), topics })
}

fn operation<'a>(endpoint: &'a Endpoint, document: &Value) -> OperationShown<'a> {
    let operation = &endpoint.operation;
    OperationShown {
        id: operation.id,
        method: endpoint.method.as_str(),
        path: endpoint.template(),
        summary: operation.summary,
        about: without_marks(operation.about),
        credential: operation.credential.words(),
        parameters: operation
            .parameters
            .iter()
            .map(|parameter| ParameterShown {
                name: parameter.name,
                place: parameter.place.name(),
                about: without_marks(parameter.about),
            })
            .collect(),
        fields: operation.body.as_ref().map(|body| fields(&body.schema, document)).unwrap_or_default(),
        answers: operation
            .answers
            .iter()
            .map(|answer| AnswerShown { status: answer.status.as_u16(), about: without_marks(answer.about) })
            .collect(),
        problems: operation
            .problems()
            .into_iter()
            .map(|code| ProblemShown { status: code.status().as_u16(), name: code.name() })
            .collect(),
    }
}

/// The fields of a body; one that may be missing has a question mark.
fn fields(schema: &Value, document: &Value) -> Vec<String> {
    let shape = schema["$ref"].as_str().and_then(|name| document.pointer(name.trim_start_matches('#')));
    let shape = shape.unwrap_or(schema);
    let required = shape["required"].as_array().map(Vec::as_slice).unwrap_or_default();
    let shown = |name: &String| {
        let is_required = required.iter().any(|required| required == name);
        if is_required { name.clone() } else { format!("{name}?") }
    };
    shape["properties"].as_object().into_iter().flat_map(|fields| fields.keys().map(shown)).collect()
}

/// A page has no use for the marks around code.
fn without_marks(text: &str) -> String {
    text.replace('`', "")
}
