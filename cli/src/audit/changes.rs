//! Where two states differ.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

/// The most characters of a value in a table.
const SHOWN_MOST: usize = 72;

/// A place at which two states differ.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Change {
    /// The place, as a JSON pointer.
    path: String,
    /// What was there; nothing where there was nothing.
    before: Option<Value>,
    /// What is there.
    after: Option<Value>,
}

/// Every place at which two states differ, as deep inside as it can be told.
pub(super) fn between(before: &Value, after: &Value) -> Vec<Change> {
    let nothing = Value::Object(Map::new());
    // A state that begins is told field by field.
    let whole = |state: &Value| if state.is_null() { nothing.clone() } else { state.clone() };
    let mut changes = Vec::new();
    compare(String::new(), Some(&whole(before)), Some(&whole(after)), &mut changes);
    changes
}

fn compare(path: String, before: Option<&Value>, after: Option<&Value>, changes: &mut Vec<Change>) {
    match (before, after) {
        (Some(Value::Object(before)), Some(Value::Object(after))) => {
            let keys: BTreeSet<_> = before.keys().chain(after.keys()).collect();
            for key in keys {
                let escaped = key.replace('~', "~0").replace('/', "~1");
                compare(format!("{path}/{escaped}"), before.get(key), after.get(key), changes);
            }
        }
        (Some(Value::Array(before)), Some(Value::Array(after))) => {
            for place in 0..before.len().max(after.len()) {
                compare(format!("{path}/{place}"), before.get(place), after.get(place), changes);
            }
        }
        (before, after) if before == after => {}
        (before, after) => changes.push(Change { path, before: before.cloned(), after: after.cloned() }),
    }
}

impl Change {
    /// The change in a line, with long values cut short.
    pub(super) fn line(&self) -> String {
        let path = if self.path.is_empty() { "/" } else { &self.path };
        format!("{path}: {} -> {}", shown(self.before.as_ref()), shown(self.after.as_ref()))
    }

    /// The change with everything; what was nothing is left out.
    pub(super) fn whole(&self) -> Value {
        let mut whole = Map::from_iter([("path".to_owned(), json!(self.path))]);
        whole.extend(self.before.clone().map(|before| ("before".to_owned(), before)));
        whole.extend(self.after.clone().map(|after| ("after".to_owned(), after)));
        Value::Object(whole)
    }
}

fn shown(value: Option<&Value>) -> String {
    let Some(value) = value else { return "nothing".to_owned() };
    let text = value.to_string();
    match text.char_indices().nth(SHOWN_MOST) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(before: &Value, after: &Value) -> Vec<String> {
        between(before, after).iter().map(Change::line).collect()
    }

    #[test]
    fn states_differ_at_the_deepest_places_that_can_be_told() {
        let before = json!({ "same": 1, "list": [1, 2], "deep": { "gone": true, "other": "x" } });
        let after = json!({ "same": 1, "list": [1, 3, 4], "deep": { "new/one": null, "other": "y" } });
        assert_eq!(
            lines(&before, &after),
            [
                "/deep/gone: true -> nothing",
                "/deep/new~1one: nothing -> null",
                "/deep/other: \"x\" -> \"y\"",
                "/list/1: 2 -> 3",
                "/list/2: nothing -> 4",
            ]
        );
    }

    #[test]
    fn a_state_does_not_differ_from_itself() {
        let state = json!({ "a": [{ "b": null }] });
        assert_eq!(between(&state, &state), []);
        assert_eq!(between(&Value::Null, &Value::Null), []);
    }

    #[test]
    fn a_state_that_begins_is_told_field_by_field() {
        assert_eq!(lines(&Value::Null, &json!({ "a": 1, "b": 2 })), ["/a: nothing -> 1", "/b: nothing -> 2"]);
    }

    #[test]
    fn another_kind_of_state_is_told_as_a_whole() {
        assert_eq!(lines(&json!("unregistered"), &json!({ "a": 1 })), ["/: \"unregistered\" -> {\"a\":1}"]);
    }

    #[test]
    fn a_line_cuts_what_is_long_and_the_whole_does_not() {
        let long = json!("é".repeat(100));
        let change = between(&json!({ "a": 1 }), &json!({ "a": long })).remove(0);
        assert_eq!(change.line().chars().filter(|char| *char == 'é').count(), SHOWN_MOST - 1);
        assert_eq!(change.whole(), json!({ "path": "/a", "before": 1, "after": long }));
    }
}
