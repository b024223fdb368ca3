//! `docs/api.md` and the document agree, line by line: which operations there are, what is asked for, what is sent,
//! what is answered.

use std::collections::BTreeSet;
use std::fs;

use countersign_api::{Access, api_document, operators_document};
use serde_json::Value;

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/api.md");
/// The heading over the operators' own table.
const OPERATORS: &str = "### For operators";

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
