use countersign_projections::ocsf::{check, ocsf};
use serde_json::{Value, json};

use crate::samples::{all_mapped, audit_event, catalogue, mapped};

/// What a value must not be, in each of the forms that it can have.
fn sealed() -> [Value; 5] {
    [
        json!("s1p.1a2b3c4d.AAAA"),
        json!("s1v.1a2b3c4d.AAAA"),
        json!({ "$s1p": "192.0.2.7" }),
        json!({ "$s1v": "$argon2id$v=19$m=19456" }),
        json!({ "$erased": true }),
    ]
}

fn shows_something_sealed(event: &Value) -> bool {
    let text = event.to_string();
    ["s1p", "s1v", "$erased", "$argon2id"].iter().any(|sign| text.contains(sign))
}

#[test]
fn nothing_sealed_is_in_any_event() {
    for event in all_mapped() {
        assert!(!shows_something_sealed(&event), "{event:#}");
    }
}

#[test]
fn nothing_sealed_gets_through_wherever_it_is_put() {
    let fields =
        ["ip", "user_agent", "account", "session", "client", "actor", "request_id", "leaf", "outcome"];
    for (name, ..) in catalogue() {
        for (field, value) in fields.iter().flat_map(|field| sealed().map(|value| (field, value))) {
            let mut event = audit_event(&name);
            event[field] = value;
            let written = ocsf(&event, "0.1.0");
            assert!(!written.is_some_and(|event| shows_something_sealed(&event)), "{name} {field}");
        }
    }
}

#[test]
fn nothing_of_an_opened_payload_gets_through() {
    let mut event = audit_event("account.suspended");
    event["payload"]["reason"] = json!({ "$s1p": "asked for by phone" });
    let written = ocsf(&event, "0.1.0").expect("it is mapped");
    assert!(!written.to_string().contains("phone"), "{written:#}");
}

#[test]
fn an_address_that_nobody_opened_is_left_out() {
    let mut event = audit_event("sign_in.password_rejected");
    for value in sealed().into_iter().chain([Value::Null, json!("somewhere"), json!("")]) {
        event["ip"] = value.clone();
        event["user_agent"] = Value::Null;
        let written = ocsf(&event, "0.1.0").expect("it is mapped");
        assert_eq!(written.get("src_endpoint"), None, "{value}");
        assert_eq!(written["http_request"], json!({ "uid": "rq-1" }), "{value}");
        assert_eq!(check(&written), Ok(()), "{value}");
    }
}

#[test]
fn an_event_with_something_sealed_does_not_pass() {
    for value in sealed() {
        let mut event = mapped("sign_in.started");
        event["unmapped"]["origin"] = json!([{ "ip": value }]);
        assert_eq!(check(&event), Err(vec!["unmapped.origin.ip is sealed".to_owned()]), "{value}");
    }
}
