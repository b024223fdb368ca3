//! Examples of what is no JSON of a real run: parameters, headers, and replies in other forms.

use serde_json::{Value, json};

/// The UUID of every id.
const UUID: &str = "01938c5e-3f6a-7cc2-9d1b-6f0a4e8b2c71";

/// What a parameter can say, by its name and its shape; one of few words needs none.
pub(super) fn of_parameter(name: &str, schema: &Value) -> Option<Value> {
    let is = |word: &str| schema.get(word).is_some();
    match name {
        _ if is("enum") || is("const") => None,
        "id" => {
            let pattern = schema.get("pattern").and_then(Value::as_str).unwrap_or_default();
            let prefix = pattern.trim_start_matches('^').split('_').next().unwrap_or_default();
            Some(json!(format!("{prefix}_{UUID}")))
        }
        "account" => Some(json!(format!("acc_{UUID}"))),
        "token" => Some(json!("01a2-2c51-96d3-7254-ae5e-e776-3b7e-be15")),
        "by" => Some(json!("outcome,client")),
        "from" | "to" | "as_of" if !is("minimum") => Some(json!("2026-03-01T09:30:00.000Z")),
        "index" | "after" | "Last-Event-ID" | "from" => Some(json!(17)),
        "size" | "to" => Some(json!(40)),
        "limit" => Some(json!(100)),
        _ => None,
    }
}

/// What a reply in a form that is text looks like.
pub(super) fn of_media_type(media_type: &str) -> Option<&'static str> {
    match media_type.split(';').next().unwrap_or_default() {
        "text/plain" => Some("ok\n"),
        "text/html" => Some("<!doctype html>\n<html lang=\"en\">…</html>\n"),
        "text/csv" => Some(
            "index,type,at,account,sign_in,outcome\n\
             17,sign_in.started,2026-03-01T09:30:00.000Z,acc_01938c5e-3f6a-7cc2-9d1b-6f0a4e8b2c71,\
             si_01938c5e-3f6a-7cc2-9d1b-6f0a4e8b2c72,\n",
        ),
        "application/x-ndjson" => Some("{\"object\":\"event\",\"index\":17,\"type\":\"sign_in.started\"}\n"),
        "text/event-stream" => {
            Some("id: 17\ndata: {\"object\":\"event\",\"index\":17,\"type\":\"sign_in.started\"}\n\n")
        }
        "application/openmetrics-text" => {
            Some("# TYPE countersign_ledger_events gauge\ncountersign_ledger_events 1342\n# EOF\n")
        }
        _ => None,
    }
}

/// What a header of a reply says, by its name.
pub(super) fn of_header(name: &str) -> Option<Value> {
    Some(match name {
        "x-request-id" => json!("01938c5e-4b1f-7d03-8a52-9c3e7f604b18"),
        "Cache-Control" => json!("public, max-age=300"),
        "Countersign-Version" => json!(format!("acc_{UUID}:17")),
        "Location" => json!(format!("/v1/sign-ins/si_{UUID}")),
        "Link" => json!("</v1/audit/events?after=17>; rel=\"next\""),
        "Content-Disposition" => json!("attachment; filename=\"countersign-events.zip\""),
        "Retry-After" => json!(5),
        "RateLimit" => json!("\"sign-in\";r=12;t=36"),
        "RateLimit-Policy" => json!("\"sign-in\";q=30;w=60"),
        "Content-Security-Policy" => json!("default-src 'none'; frame-ancestors 'none'"),
        _ => return None,
    })
}
