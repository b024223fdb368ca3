//! `docs/api.md` and the document agree, line by line: which operations there are, what is asked for, what is sent,
//! what is answered.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use countersign_api::{Access, api_document, operators_document};
use serde_json::Value;

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/api.md");
/// The heading over the operators' own table.
const OPERATORS: &str = "### For operators";
/// What auditors are answered, and what proves something: `audit.md` and the table of endpoints tell of these.
const OF_AUDITORS: [&str; 9] = [
    "account_state",
    "consistency_proof",
    "event",
    "inclusion_proof",
    "proven_event",
    "receipt",
    "sign_in_replay",
    "summary",
    "tree_head",
];

#[test]
fn the_page_has_a_row_for_every_operation_and_an_operation_for_every_row() {
    let page = fs::read_to_string(PAGE).unwrap();
    let section = page.split("## Endpoints\n").nth(1).expect("there is a section");
    let section = section.split("\n## ").next().unwrap_or_default();
    let (api, operators) = section.split_once(OPERATORS).expect("there is a heading");
    assert_eq!(rows(api), described(api_document(Access::Open)));
    assert_eq!(rows(operators), described(operators_document()));
}

#[test]
fn the_page_has_every_code_beside_its_status() {
    let page = fs::read_to_string(PAGE).unwrap();
    let section = page.split("## Statuses").nth(1).expect("there is a section");
    let shapes = api_document(Access::Open)["components"]["schemas"].as_object().unwrap();
    for (name, shape) in shapes.iter().filter(|(_, shape)| shape["properties"]["code"]["const"].is_string()) {
        let (code, status) = (&shape["properties"]["code"]["const"], &shape["properties"]["status"]["const"]);
        let code = format!("`{}`", code.as_str().unwrap());
        let of_status = |line: &&str| {
            line.starts_with('|')
                && line.split('|').nth(1).is_some_and(|cell| cell.contains(&status.to_string()))
        };
        assert!(section.lines().filter(of_status).any(|line| line.contains(&code)), "{name} {status}");
    }
}

#[test]
fn the_page_has_every_field_of_every_reply() {
    let page = fs::read_to_string(PAGE).unwrap();
    let section = section(&page, "## Replies\n");
    let shapes = api_document(Access::Open)["components"]["schemas"].as_object().unwrap();
    let mut told: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for row in section.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let [object, fields] = cells.as_slice() else { continue };
        match *object {
            "`session`, in a list" => drop(told.insert("session", field_names(fields))),
            "`session`, refreshed" => assert_eq!(*fields, "as in a `sign_in`"),
            "`password_reset`" => {
                let (asked, completed) = fields.split_once("; of the completion:").unwrap();
                told.insert("password_reset", field_names(asked));
                told.insert("completed_password_reset", field_names(completed));
            }
            object => drop(told.insert(object.trim_matches('`'), field_names(fields))),
        }
    }
    let granted = section.lines().find(|line| line.starts_with("- `session`, in a `sign_in`:"));
    let granted = field_names(granted.and_then(|line| line.split_once("`sign_in`:")).unwrap().1);
    for (name, shape) in shapes.iter().filter(|(_, shape)| shape["properties"]["object"]["const"].is_string())
    {
        if OF_AUDITORS.contains(&name.as_str()) {
            continue;
        }
        let row = if name == "refreshed_session" { continue } else { told.remove(name.as_str()) };
        let row = row.unwrap_or_else(|| panic!("{name} has no row"));
        assert_eq!(row, described_fields(shape, &row), "{name}");
    }
    assert!(told.is_empty(), "{told:?} are no replies");
    let mut of_grant = described_fields(&shapes["session_grant"], &granted);
    let begins = ["id", "access_token", "refresh_token", "token_type", "expires_in"].map(str::to_owned);
    of_grant.retain(|field| begins.contains(field));
    assert!(granted.is_superset(&of_grant), "{granted:?} of a session");
}

#[test]
fn the_page_has_every_field_of_every_problem() {
    let page = fs::read_to_string(PAGE).unwrap();
    let section = section(&page, "## Problems\n");
    let always = section.lines().find(|line| line.starts_with("A problem always has")).unwrap();
    let always = field_names(always);
    let shapes = api_document(Access::Open)["components"]["schemas"].as_object().unwrap();
    let problems = shapes.iter().filter_map(|(name, shape)| Some((name.strip_prefix("problem_")?, shape)));
    for (code, shape) in problems.filter(|(_, shape)| shape["properties"]["code"]["const"].is_string()) {
        let mut fields = always.clone();
        let rows = section.lines().filter(|line| line.starts_with("| `"));
        let rows = rows.map(|row| row.split('|').collect::<Vec<_>>());
        fields.extend(
            rows.filter(|cells| cells[2].contains(&format!("`{code}`")))
                .flat_map(|cells| field_names(cells[1])),
        );
        let described: BTreeSet<_> = shape["properties"].as_object().unwrap().keys().cloned().collect();
        assert_eq!(fields, described, "{code}");
    }
}

/// What stands under a heading, up to the next one of its kind.
fn section<'a>(page: &'a str, heading: &str) -> &'a str {
    let section = page.split(heading).nth(1).expect("there is a section");
    section.split("\n## ").next().unwrap_or_default()
}

/// The fields that a text names, each with those that stand in braces behind it.
fn field_names(text: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut text = text.to_owned();
    while let Some((before, rest)) = text.split_once(" (") {
        text = format!("{before}{}", rest.split_once(')').map_or("", |(_, behind)| behind));
    }
    for field in text.split('`').skip(1).step_by(2) {
        let (name, inner) = field.split_once(" {").unwrap_or((field, ""));
        let name = name.trim_end_matches("[]");
        names.insert(name.to_owned());
        let inner = inner.trim_end_matches('}').split(", ").filter(|inner| !inner.is_empty());
        names.extend(inner.map(|inner| format!("{name}/{inner}")));
    }
    names
}

/// The fields of a shape, and of what is in it where the page says what is in it.
fn described_fields(shape: &Value, told: &BTreeSet<String>) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for (name, shape) in shape["properties"].as_object().unwrap().iter().filter(|(name, _)| *name != "object")
    {
        names.insert(name.clone());
        if told.iter().any(|other| other.starts_with(&format!("{name}/"))) {
            names.extend(inner_fields(shape).into_iter().map(|inner| format!("{name}/{inner}")));
        }
    }
    names
}

/// The fields of an object, also of one that may be null or is one of the document's shapes.
fn inner_fields(shape: &Value) -> Vec<String> {
    let document = api_document(Access::Open);
    if let Some(named) = shape["$ref"].as_str() {
        return inner_fields(document.pointer(named.trim_start_matches('#')).unwrap());
    }
    let own = shape["properties"].as_object().into_iter().flatten().map(|(name, _)| name.clone());
    let own = own.filter(|name| name != "object");
    let choices = ["oneOf", "anyOf", "allOf"].iter().filter_map(|word| shape[*word].as_array()).flatten();
    own.chain(choices.flat_map(inner_fields)).collect()
}

/// The rows of the page's tables: method and path, credential, fields, success.
fn rows(page: &str) -> BTreeSet<String> {
    let rows = page
        .lines()
        .filter(|line| ["| `GET /", "| `POST /", "| `DELETE /"].iter().any(|start| line.starts_with(start)));
    let rows = rows.map(|row| {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let [asked, credential, fields, success] = cells.as_slice() else { panic!("four cells: {row}") };
        let mut fields: Vec<&str> = fields
            .split(", ")
            .map(|field| field.trim_matches('`'))
            .filter(|field| !field.is_empty())
            .collect();
        fields.sort_unstable();
        let status = success.split([' ', ';']).next().unwrap_or_default();
        format!("{} | {credential} | {} | {status}", asked.trim_matches('`'), fields.join(", "))
    });
    rows.collect()
}

/// The same of the document.
fn described(document: &Value) -> BTreeSet<String> {
    let mut rows = BTreeSet::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let (credential, fields) = (credential(operation), fields(document, operation).join(", "));
            let statuses = operation["responses"].as_object().unwrap().keys();
            let success: Vec<_> =
                statuses.filter(|status| status.starts_with('2')).map(String::as_str).collect();
            let asked = method.to_uppercase();
            rows.insert(format!("{asked} {path} | {credential} | {fields} | {}", success.join(" ")));
        }
    }
    rows
}

fn credential(operation: &Value) -> String {
    let scheme = operation["security"][0].as_object().and_then(|schemes| schemes.keys().next());
    match scheme.map_or("none", String::as_str) {
        "client_key" => "client key".to_owned(),
        "sign_in_token" => "sign-in token".to_owned(),
        "access_token" => "access token".to_owned(),
        "auditors_key" => "auditor's key".to_owned(),
        other => other.to_owned(),
    }
}

/// What a query or a body can say; what may be left out has a question mark.
fn fields(document: &Value, operation: &Value) -> Vec<String> {
    let marked = |name: &str, required: bool| if required { name.to_owned() } else { format!("{name}?") };
    let parameters = operation["parameters"].as_array().into_iter().flatten();
    let query = parameters.filter(|parameter| parameter["in"] == "query");
    let query =
        query.map(|parameter| marked(parameter["name"].as_str().unwrap(), parameter["required"] == true));
    let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
    let named = schema["$ref"].as_str().and_then(|name| document.pointer(name.trim_start_matches('#')));
    let schema = named.unwrap_or(schema);
    let properties = schema["properties"].as_object().into_iter().flatten();
    let is_required = |name: &str| {
        schema["required"].as_array().is_some_and(|required| required.iter().any(|other| other == name))
    };
    let body = properties.map(|(name, _)| marked(name, is_required(name)));
    let mut fields: Vec<String> = query.chain(body).collect();
    fields.sort_unstable();
    fields
}
