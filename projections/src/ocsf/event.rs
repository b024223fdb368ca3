//! The OCSF event that is made of an audit event.

use std::net::IpAddr;

use serde_json::{Map, Value, json};

use super::VERSION;
use super::choices::{CATEGORY, FACTOR_TYPE, OTHER, USER_TYPE};
use super::mapping::{self, Row};
use super::schema::AUTHENTICATION;
use super::source::Source;

/// What we are called, as product, as vendor and as the service that people sign in to.
const NAME: &str = "Countersign";
/// The category of both classes (categories.json).
const IAM: i64 = 3;

/// Writes an audit event, as auditors get it, as an OCSF event; `None` where OCSF has no class of ours for it.
///
/// Nothing sealed is written. What is missing in the audit event is left out: [`check`](super::check) says
/// whether it was needed.
pub fn ocsf(event: &Value, product_version: &str) -> Option<Value> {
    let source = Source(event);
    let row = mapping::row(source)?;
    let mut made = classified(&row);
    made.extend(occurred(source, product_version));
    made.extend(caused(source));
    if row.activity.class().uid == AUTHENTICATION.uid {
        made.extend(tried(source));
    }
    Some(without_nothing(Value::Object(made)))
}

fn classified(row: &Row) -> Map<String, Value> {
    let (class, activity) = (row.activity.class(), row.activity.id());
    fields(json!({
        "category_uid": IAM,
        "category_name": CATEGORY.caption(IAM),
        "class_uid": class.uid,
        "class_name": class.caption,
        "activity_id": activity,
        "activity_name": row.activity.label(),
        "type_uid": class.type_uid(activity),
        "type_name": class.type_name(activity),
        "severity_id": row.severity.id(),
        "severity": row.severity.label(),
        "status_id": row.status.id(),
        "status": row.status.label(),
        "message": row.message,
    }))
}

fn occurred(source: Source<'_>, product_version: &str) -> Map<String, Value> {
    let stream = source.text("/stream/id").zip(source.number("/stream/sequence"));
    fields(json!({
        "time": source.millis(),
        "status_code": source.text("/outcome"),
        "status_detail": detail(source),
        "metadata": {
            "version": VERSION,
            "product": { "name": NAME, "vendor_name": NAME, "version": product_version },
            "uid": stream.map(|(id, sequence)| format!("{id}/{sequence}")),
            "sequence": source.number("/index"),
            "event_code": source.name(),
            "correlation_uid": source.text("/sign_in"),
            "log_name": "ledger",
        },
        "unmapped": {
            "index": source.number("/index"),
            "type": source.name(),
            "version": source.text("/version"),
            "leaf": source.text("/leaf"),
            "stream": {
                "type": source.text("/stream/type"),
                "id": source.text("/stream/id"),
                "sequence": source.number("/stream/sequence"),
            },
            "sign_in": source.text("/sign_in"),
            "session": source.text("/session"),
            "request_id": source.text("/request_id"),
            "client": source.text("/client"),
            "outcome": source.text("/outcome"),
            "factor": source.text("/factor"),
        },
    }))
}

/// Why, in one of our closed words. Operators' reasons are personal; only a failed delivery's is such a word.
fn detail(source: Source<'_>) -> Option<&str> {
    match source.name() {
        Some("code.delivery_failed") => source.text("/payload/reason"),
        _ => source.text("/payload/cause"),
    }
}

fn caused(source: Source<'_>) -> Map<String, Value> {
    let address = source.text("/ip").filter(|ip| ip.parse::<IpAddr>().is_ok());
    fields(json!({
        "user": source.text("/account").map(|account| user("uid", account, 1)),
        "actor": {
            "user": source.text("/actor").map(actor),
            "app_uid": source.text("/metadata/client"),
        },
        "src_endpoint": { "ip": address },
        "http_request": { "uid": source.text("/request_id"), "user_agent": source.text("/user_agent") },
    }))
}

/// Who acted where it was not the person.
fn actor(name: &str) -> Value {
    match name {
        "operator" => user("name", name, 2),
        "service" => user("name", name, 4),
        _ => user("name", name, 0),
    }
}

fn user(key: &str, value: &str, type_id: i64) -> Value {
    json!({ key: value, "type_id": type_id, "type": USER_TYPE.caption(type_id) })
}

fn tried(source: Source<'_>) -> Map<String, Value> {
    let amr = source.amr();
    fields(json!({
        "service": { "name": NAME },
        "session": { "uid": source.text("/session") },
        "is_mfa": amr.as_ref().map(|methods| methods.contains(&"mfa")),
        "auth_factors": match amr {
            Some(methods) => methods.into_iter().filter_map(factor).collect(),
            None => source.text("/factor").and_then(factor).into_iter().collect::<Vec<_>>(),
        },
    }))
}

/// A factor, by its own name or by that of the method (`amr`) that it stands for.
fn factor(name: &str) -> Option<Value> {
    let (id, label) = match name {
        "password" | "pwd" => (11, FACTOR_TYPE.caption(11)),
        "email_code" | "email" => (8, FACTOR_TYPE.caption(8)),
        "backup_code" | "otp" => (OTHER, Some("Backup Code")),
        "operator_code" => (OTHER, Some("Operator Code")),
        _ => return None,
    };
    Some(json!({ "factor_type_id": id, "factor_type": label }))
}

fn fields(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

/// The value without what is null or empty in it.
fn without_nothing(value: Value) -> Value {
    match value {
        Value::Object(fields) => fields
            .into_iter()
            .map(|(name, field)| (name, without_nothing(field)))
            .filter(|(_, field)| !is_nothing(field))
            .collect(),
        other => other,
    }
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Object(fields) => fields.is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => false,
    }
}
