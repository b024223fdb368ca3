//! A document, with all shapes closed, and what an exchange breaks of it.

#![expect(clippy::indexing_slicing, reason = "JSON that is not there is null")]

use std::collections::HashMap;
use std::sync::{Mutex, OnceLock, PoisonError};

use axum::http::{HeaderMap, HeaderName, Method};
use countersign_api::{Access, api_document, operators_document};
use jsonschema::Validator;
use serde_json::{Map, Value, json};
use url::form_urlencoded;

use super::exchange::{Exchange, Listener};

/// What any request can be answered with, whatever it asks for.
const OUT_OF_BOUNDS: [u16; 5] = [400, 414, 429, 431, 503];
/// Headers that HTTP gives every reply, and that no description has to name.
const OF_HTTP: [&str; 6] =
    ["allow", "connection", "content-length", "content-type", "date", "transfer-encoding"];

/// A document whose replies can have no fields but those that it names.
///
/// For clients its replies are open, so that a later version can say more; for us each field that the service
/// sends has to be described.
pub struct Contract {
    document: Value,
    validators: Mutex<HashMap<String, Validator>>,
}

/// An operation that was found, and the values of its path.
#[derive(Debug, Clone)]
pub struct Found<'a> {
    /// As the document has it.
    pub operation: &'a Value,
    /// The parameters of the path.
    pub path: Vec<(String, String)>,
}

impl Contract {
    /// The document of a listener.
    pub fn of(listener: Listener) -> &'static Self {
        static CONTRACTS: [OnceLock<Contract>; 3] = [const { OnceLock::new() }; 3];
        let [open, client_keys, operators] = &CONTRACTS;
        match listener {
            Listener::Open => open.get_or_init(|| Self::new(api_document(Access::Open))),
            Listener::ClientKeys => client_keys.get_or_init(|| Self::new(api_document(Access::ClientKeys))),
            Listener::Operators => operators.get_or_init(|| Self::new(operators_document())),
        }
    }

    /// A document.
    pub fn new(document: &Value) -> Self {
        let mut document = document.clone();
        close(&mut document);
        Self { document, validators: Mutex::default() }
    }

    /// The operation that an exchange asked for.
    pub fn operation(&self, exchange: &Exchange) -> Option<Found<'_>> {
        let (methods, path) = self.path(exchange.uri.path())?;
        let method = exchange.method.as_str().to_ascii_lowercase();
        let method = if method == "head" { "get" } else { &method };
        Some(Found { operation: methods.get(method)?, path })
    }

    /// What an exchange breaks, each a sentence.
    pub fn broken(&self, exchange: &Exchange) -> Vec<String> {
        let what = format!("{} {} {}", exchange.method, exchange.uri, exchange.status);
        let found = self.operation(exchange);
        let broken = match &found {
            None => self.undescribed(exchange),
            Some(found) => [self.reply(exchange, found), self.request(exchange, found)].concat(),
        };
        broken.into_iter().map(|broken| format!("the document: {what}: {broken}")).collect()
    }

    /// What no operation is there for is answered with 404, or 405; a head that is out of bounds before that.
    fn undescribed(&self, exchange: &Exchange) -> Vec<String> {
        let is_there = self.path(exchange.uri.path()).is_some();
        let expected = match exchange.method {
            _ if !is_there => 404,
            Method::OPTIONS => 204,
            _ => 405,
        };
        if exchange.status == expected || OUT_OF_BOUNDS.contains(&exchange.status) {
            return Vec::new();
        }
        vec![format!("no operation is described, and {expected} expected")]
    }

    fn reply(&self, exchange: &Exchange, found: &Found<'_>) -> Vec<String> {
        let described = &found.operation["responses"][exchange.status.to_string()];
        if described.is_null() {
            return vec!["the status is not described".to_owned()];
        }
        let mut broken = self.headers(&described["headers"], &exchange.told);
        broken.extend(undescribed_headers(&described["headers"], &exchange.told));
        broken.extend(self.body(exchange, &described["content"]));
        broken
    }

    fn headers(&self, described: &Value, told: &HeaderMap) -> Vec<String> {
        let described = described.as_object().into_iter().flatten();
        let broken = described.filter_map(|(name, header)| match told.get(name) {
            None => (header["required"] == true).then(|| format!("there is no {name}")),
            Some(value) => {
                let value = typed(&header["schema"], value.to_str().unwrap_or_default());
                self.misfit(&header["schema"], &value).map(|misfit| format!("{name}: {misfit}"))
            }
        });
        broken.collect()
    }

    fn body(&self, exchange: &Exchange, described: &Value) -> Option<String> {
        let bytes = exchange.reply.as_deref().unwrap_or_default();
        let Some(described) = described.as_object() else {
            return (!bytes.is_empty()).then(|| "there is a body".to_owned());
        };
        let told = header(&exchange.told, "content-type");
        let form = described.iter().find(|(media_type, _)| essence(media_type) == essence(told));
        let Some((media_type, form)) = form else { return Some(format!("{told:?} is not described")) };
        let is_json = essence(media_type) == "application/json" || essence(media_type).ends_with("+json");
        if !is_json || exchange.method == "HEAD" {
            return None;
        }
        match serde_json::from_slice(bytes) {
            Ok(body) => self.misfit(&form["schema"], &body),
            Err(error) => Some(format!("the body is no JSON: {error}")),
        }
    }

    /// What a request says that was answered as one that is right.
    fn request(&self, exchange: &Exchange, found: &Found<'_>) -> Vec<String> {
        if exchange.status >= 300 {
            return Vec::new();
        }
        let mut broken = self.request_body(exchange, &found.operation["requestBody"]);
        broken.extend(self.parameters(exchange, found));
        broken
    }

    fn request_body(&self, exchange: &Exchange, described: &Value) -> Vec<String> {
        let bytes = exchange.request();
        if bytes.is_empty() {
            let missing = described["required"] == true;
            return if missing { vec!["there is no body".to_owned()] } else { Vec::new() };
        }
        let told = header(&exchange.asked, "content-type");
        let form = &described["content"][if told.is_empty() { "application/json" } else { essence(told) }];
        let body = match essence(told) {
            "application/x-www-form-urlencoded" => Ok(fields(&bytes)),
            _ => serde_json::from_slice(&bytes),
        };
        let misfit = match body {
            _ if form.is_null() => (!described.is_null()).then(|| format!("{told:?} is not described")),
            Ok(body) => self.misfit(&form["schema"], &body),
            Err(error) => Some(format!("the request is no JSON: {error}")),
        };
        misfit.map(|misfit| format!("the request: {misfit}")).into_iter().collect()
    }

    fn parameters(&self, exchange: &Exchange, found: &Found<'_>) -> Vec<String> {
        let query = form_urlencoded::parse(exchange.uri.query().unwrap_or_default().as_bytes());
        let query: Vec<(String, String)> = query.into_owned().collect();
        let described = found.operation["parameters"].as_array().map(Vec::as_slice).unwrap_or_default();
        let named = |place: &str, name: &str| {
            described.iter().find(|parameter| {
                parameter["in"] == place
                    && parameter["name"].as_str().is_some_and(|other| other.eq_ignore_ascii_case(name))
            })
        };
        let path = found.path.iter().map(|(name, value)| ("path", name.clone(), value.clone()));
        // Where no field is described, a query is not looked at.
        let looks = described.iter().any(|parameter| parameter["in"] == "query");
        let query = query.into_iter().filter(|_| looks).map(|(name, value)| ("query", name, value));
        let headers = exchange.asked.iter().filter_map(|(name, value)| {
            named("header", name.as_str())?;
            Some(("header", name.to_string(), value.to_str().unwrap_or_default().to_owned()))
        });
        let broken = path.chain(query).chain(headers).filter_map(|(place, name, value)| {
            let Some(parameter) = named(place, &name) else {
                return Some(format!("{name} is not described"));
            };
            let value = typed(&parameter["schema"], &value);
            self.misfit(&parameter["schema"], &value).map(|misfit| format!("{name}: {misfit}"))
        });
        broken.collect()
    }

    /// What is wrong with a value, by its shape.
    pub fn misfit(&self, schema: &Value, value: &Value) -> Option<String> {
        let mut validators = self.validators.lock().unwrap_or_else(PoisonError::into_inner);
        let validator = validators.entry(schema.to_string()).or_insert_with(|| self.validator(schema));
        let error = validator.validate(value).err()?;
        Some(format!("{error} at {:?}", error.instance_path().to_string()))
    }

    fn validator(&self, schema: &Value) -> Validator {
        let mut whole = schema.clone();
        if let Some(fields) = whole.as_object_mut() {
            fields.insert("components".to_owned(), self.document["components"].clone());
        }
        jsonschema::draft202012::new(&whole).expect("a shape of the document is JSON Schema")
    }

    /// The methods of a path: one that is named word for word comes before one with parameters.
    fn path(&self, asked: &str) -> Option<(&Value, Vec<(String, String)>)> {
        let paths = self.document["paths"].as_object()?;
        if let Some(methods) = paths.get(asked) {
            return Some((methods, Vec::new()));
        }
        paths.iter().find_map(|(template, methods)| Some((methods, parameters(template, asked)?)))
    }
}

/// The parameters of a path that a template fits; the one of a tile takes all the rest.
fn parameters(template: &str, asked: &str) -> Option<Vec<(String, String)>> {
    let mut parameters = Vec::new();
    let mut rest = asked.split('/');
    let mut template_parts = template.split('/').peekable();
    while let Some(part) = template_parts.next() {
        let value = rest.next()?;
        let Some(name) = part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) else {
            if part != value {
                return None;
            }
            continue;
        };
        let mut value = value.to_owned();
        if template.starts_with("/tile/") && template_parts.peek().is_none() {
            value = [vec![value.as_str()], rest.by_ref().collect()].concat().join("/");
        }
        if value.is_empty() {
            return None;
        }
        parameters.push((name.to_owned(), value));
    }
    rest.next().is_none().then_some(parameters)
}

/// Refuses fields that are not named, in every shape that names some.
fn close(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            if fields.contains_key("properties") && fields.get("type") == Some(&json!("object")) {
                fields.entry("additionalProperties").or_insert(Value::Bool(false));
            }
            fields.values_mut().for_each(close);
        }
        Value::Array(values) => values.iter_mut().for_each(close),
        _ => {}
    }
}

/// A text as the value that its shape asks for.
fn typed(schema: &Value, text: &str) -> Value {
    let number = || text.parse::<u64>().map_or_else(|_| json!(text), |number| json!(number));
    if schema["type"] == "integer" { number() } else { json!(text) }
}

fn fields(form: &[u8]) -> Value {
    let fields = form_urlencoded::parse(form).into_owned().map(|(name, value)| (name, json!(value)));
    Value::Object(fields.collect::<Map<_, _>>())
}

/// The headers of a reply that its description does not name.
fn undescribed_headers(described: &Value, told: &HeaderMap) -> Vec<String> {
    let named: Vec<&str> = described.as_object().into_iter().flatten().map(|(name, _)| &**name).collect();
    let is_named = |name: &str| named.iter().any(|other| other.eq_ignore_ascii_case(name));
    let undescribed =
        told.keys().map(HeaderName::as_str).filter(|name| !OF_HTTP.contains(name) && !is_named(name));
    undescribed.map(|name| format!("{name} is not described")).collect()
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

fn essence(media_type: &str) -> &str {
    media_type.split(';').next().unwrap_or_default().trim()
}
