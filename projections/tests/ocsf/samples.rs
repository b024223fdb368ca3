//! A sample of every event, in the form that auditors get, from the catalogue that lies beside the domain's tests.

use std::fs;
use std::path::Path;

use countersign_domain::account::{Account, AccountEvent};
use countersign_domain::client::{Client, ClientEvent};
use countersign_domain::decider::Decider;
use countersign_domain::email_address::{EmailAddress, EmailAddressEvent};
use countersign_domain::session::{Session, SessionEvent};
use countersign_projections::event_body::EventBody;
use countersign_projections::fact::Fact;
use countersign_projections::ocsf::ocsf;
use countersign_projections::read_model::HistoryRow;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

pub(crate) const ACCOUNT: &str = "acc_01890000-0000-7000-8000-000000000001";
pub(crate) const SESSION: &str = "ss_01890000-0000-7000-8000-000000000001";
pub(crate) const SIGN_IN: &str = "si_01890000-0000-7000-8000-000000000001";
pub(crate) const CLIENT: &str = "cl_01890000-0000-7000-8000-000000000001";
pub(crate) const LEAF: &str = "5fe2c1";

/// The names of all events, each with its aggregate and stream.
pub(crate) fn catalogue() -> Vec<(String, &'static str, &'static str)> {
    let of =
        |names: Vec<String>, aggregate, stream| names.into_iter().map(move |name| (name, aggregate, stream));
    of(names::<AccountEvent>(), Account::TYPE, ACCOUNT)
        .chain(of(names::<EmailAddressEvent>(), EmailAddress::TYPE, "em_k1_01"))
        .chain(of(names::<SessionEvent>(), Session::TYPE, SESSION))
        .chain(of(names::<ClientEvent>(), Client::TYPE, CLIENT))
        .collect()
}

/// The names of all events of a type, from the type itself: reading an unknown name says which ones are known.
fn names<E: DeserializeOwned>() -> Vec<String> {
    let error = serde_json::from_value::<E>(json!({ "type": "?" })).err().expect("no event has this name");
    let text = error.to_string();
    let (_, known) = text.split_once("expected").expect("the error says which names are known");
    known.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// The audit event of a name, as nobody opened it.
pub(crate) fn audit_event(name: &str) -> Value {
    audit_event_with(name, &json!({}))
}

/// The audit event of a name, with some fields of its payload changed, and those taken out that are null.
pub(crate) fn audit_event_with(name: &str, changed: &Value) -> Value {
    let mut payload = merged(stored(name), changed);
    payload.as_object_mut().expect("an event is an object").retain(|_, value| !value.is_null());
    body(&fact(name, payload))
}

/// The audit event of a name, with where it came from opened.
pub(crate) fn opened_audit_event(name: &str) -> Value {
    merged(audit_event(name), &json!({ "ip": "192.0.2.7", "user_agent": "Mozilla/5.0" }))
}

fn merged(mut value: Value, changed: &Value) -> Value {
    let changed = changed.as_object().expect("the changes are an object");
    value.as_object_mut().expect("what is changed is an object").extend(changed.clone());
    value
}

/// The OCSF event of a name.
pub(crate) fn mapped(name: &str) -> Value {
    ocsf(&opened_audit_event(name), "0.1.0").unwrap_or_else(|| panic!("{name} becomes nothing"))
}

/// An OCSF event of every name that becomes one.
pub(crate) fn all_mapped() -> Vec<Value> {
    catalogue().iter().filter_map(|(name, ..)| ocsf(&opened_audit_event(name), "0.1.0")).collect()
}

fn stored(name: &str) -> Value {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../domain/tests/scenarios/catalogue/snapshots");
    let newest =
        (1..).map_while(|version| fs::read_to_string(folder.join(format!("{name}.v{version}.snap"))).ok());
    let text = newest.last().unwrap_or_else(|| panic!("{name} has no sample"));
    let (_, json) =
        text.split_once("---\n").and_then(|(_, rest)| rest.split_once("---\n")).expect("a snapshot");
    serde_json::from_str(json).expect("a sample is JSON")
}

fn fact(name: &str, payload: Value) -> Fact {
    let catalogue = catalogue();
    let (_, aggregate, stream) = catalogue
        .iter()
        .find(|(known, ..)| known == name)
        .unwrap_or_else(|| panic!("no event is called {name}"));
    Fact {
        index: 41,
        aggregate_type: (*aggregate).to_owned(),
        stream: (*stream).to_owned(),
        sequence: 7,
        event_type: name.to_owned(),
        payload,
        metadata: json!({
            "command_id": "01890000-0000-7000-8000-000000000009",
            "request_id": "rq-1",
            "actor": "service",
            "client": CLIENT,
            "ip": "s1p.1a2b3c4d.AAAA",
            "user_agent": "s1p.1a2b3c4d.BBBB",
            "service_version": "0.1.0",
        }),
    }
}

fn body(fact: &Fact) -> Value {
    let row = HistoryRow::of(fact).expect("a sample can be read");
    let body = EventBody {
        row: &row,
        version: "1",
        payload: &fact.payload,
        metadata: &fact.metadata,
        leaf: LEAF,
        ip: None,
        user_agent: None,
    };
    body.json()
}
