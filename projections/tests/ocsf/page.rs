use std::fs;
use std::path::Path;

use countersign_projections::ocsf::{LEFT_OUT, VERSION, ocsf};
use serde_json::{Value, json};

use crate::samples::{audit_event, audit_event_with, catalogue};

fn page() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/ocsf.md");
    fs::read_to_string(path).expect("docs/ocsf.md can be read")
}

/// A row of the page's table.
fn row(said: &str, event: &Value) -> String {
    let word =
        |field: &str| event[field].as_str().unwrap_or_else(|| panic!("{said} has no {field}")).to_owned();
    let [class, activity, status, severity] = ["class_name", "activity_name", "status", "severity"].map(word);
    format!("| {said} | {class} | {activity} | {status} | {severity} |")
}

/// What depends on more than the event's name.
fn special() -> Vec<String> {
    let outside = json!({ "sign_in": null });
    [
        (
            "`sign_in.password_rejected`, cause `suspended`",
            "sign_in.password_rejected",
            json!({"cause": "suspended"}),
        ),
        ("`code.accepted` outside a sign-in", "code.accepted", outside.clone()),
        ("`code.rejected` outside a sign-in", "code.rejected", outside),
    ]
    .into_iter()
    .filter_map(|(said, name, changed)| {
        ocsf(&audit_event_with(name, &changed), "").map(|event| row(said, &event))
    })
    .collect()
}

#[test]
fn the_page_says_what_becomes_of_every_event() {
    let page = page();
    let mapped = catalogue().into_iter().filter_map(|(name, ..)| {
        ocsf(&audit_event(&name), "").map(|event| row(&format!("`{name}`"), &event))
    });
    let missing: Vec<_> = mapped.chain(special()).filter(|row| !page.contains(row.as_str())).collect();
    assert!(missing.is_empty(), "docs/ocsf.md lacks:\n{}", missing.join("\n"));
}

#[test]
fn the_page_says_what_is_left_out_and_which_version_is_written() {
    let page = page();
    for (name, why) in LEFT_OUT {
        let row = format!("| `{name}` | {why} |");
        assert!(page.contains(&row), "docs/ocsf.md lacks:\n{row}");
    }
    assert!(page.contains(VERSION));
}
