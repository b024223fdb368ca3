//! `audit replay` and `audit state`: what happened step by step, and what it came to.

use serde_json::{Value, json};

use super::{over_http, printed, quiet};

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_is_replayed_as_the_api_does_and_as_a_table_of_what_changed() {
    let (installation, lived) = quiet().await;
    let server = installation.serve().await;
    let expected = over_http(&server, &format!("/v1/audit/sign-ins/{}/replay", lived.sign_in)).await;

    let whole = printed(&installation, &["audit", "replay", &lived.sign_in, "-o", "json"]).await;
    let table = printed(&installation, &["audit", "replay", &lived.sign_in]).await;

    let whole: Value = serde_json::from_str(&whole).unwrap();
    assert_eq!(whole, expected);
    assert!(table.contains("/id: nothing -> ") && table.contains("/stage/save_required"), "{table}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_replayed_with_the_state_before_and_after_each_event() {
    let (installation, lived) = quiet().await;

    let replay = printed(&installation, &["audit", "replay", &lived.account, "-o", "json"]).await;

    let replay: Value = serde_json::from_str(&replay).unwrap();
    let steps = replay["steps"].as_array().unwrap();
    assert_eq!((&replay["object"], &replay["account"]), (&json!("account_replay"), &json!(lived.account)));
    assert_eq!(steps[0]["before"], "unregistered");
    assert!(steps.windows(2).all(|pair| pair[0]["after"] == pair[1]["before"]), "no state is left out");
    for step in steps {
        let index = step["event"]["index"].to_string();
        let state = printed(&installation, &["audit", "state", &lived.account, "--as-of", &index]).await;
        assert_eq!(step["after"], serde_json::from_str::<Value>(&state).unwrap()["state"], "as of {index}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_accounts_changes_step_by_step_amount_to_its_state() {
    let (installation, lived) = quiet().await;

    let replay = printed(&installation, &["audit", "replay", &lived.account, "-o", "json"]).await;
    let state = printed(&installation, &["audit", "state", &lived.account]).await;

    let replay: Value = serde_json::from_str(&replay).unwrap();
    let mut played = Value::from("unregistered");
    for change in
        replay["steps"].as_array().unwrap().iter().flat_map(|step| step["changes"].as_array().unwrap())
    {
        change_at(&mut played, change);
    }
    let state: Value = serde_json::from_str(&state).unwrap();
    assert_eq!(dense(&played), state["state"]);
    let table = printed(&installation, &["audit", "replay", &lived.account]).await;
    assert!(table.contains("/active/backup_codes/redeemed: null -> "), "{table}");
}

/// Makes a change; what is gone from a list leaves a place that is empty.
fn change_at(state: &mut Value, change: &Value) {
    let path = change["path"].as_str().unwrap();
    let Some((parent, name)) = path.rsplit_once('/') else {
        *state = change["after"].clone();
        return;
    };
    let after = change.get("after").cloned();
    match (state.pointer_mut(parent).unwrap(), after) {
        (Value::Object(fields), Some(after)) => drop(fields.insert(name.to_owned(), after)),
        (Value::Object(fields), None) => drop(fields.remove(name)),
        (Value::Array(items), after) => {
            let place: usize = name.parse().unwrap();
            items.resize(items.len().max(place + 1), Value::from("gone"));
            items[place] = after.unwrap_or_else(|| Value::from("gone"));
        }
        (other, _) => panic!("{path} is in {other}"),
    }
}

/// The same without places that are empty.
fn dense(state: &Value) -> Value {
    match state {
        Value::Array(items) => items.iter().filter(|item| *item != "gone").map(dense).collect(),
        Value::Object(fields) => fields.iter().map(|(name, value)| (name.clone(), dense(value))).collect(),
        other => other.clone(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_as_it_was_is_what_the_api_tells() {
    let (installation, lived) = quiet().await;
    let server = installation.serve().await;
    let account = lived.account.as_str();
    let events = over_http(&server, &format!("/v1/audit/events?account={account}&limit=500")).await;
    let events = events["data"].as_array().unwrap();
    let middle = &events[events.len() / 2];
    let (index, at) = (middle["index"].to_string(), middle["at"].as_str().unwrap());
    let path = format!("/v1/audit/accounts/{account}/state");
    let mut told = Vec::new();
    for (query, typed) in [("", vec![]), (&*index, vec!["--as-of", &index]), (at, vec!["--as-of", at])] {
        let query = if query.is_empty() { String::new() } else { format!("?as_of={query}") };
        let expected = over_http(&server, &format!("{path}{query}")).await;

        let state = printed(&installation, &[&["audit", "state", account], &*typed].concat()).await;

        assert_eq!(serde_json::from_str::<Value>(&state).unwrap(), expected, "{query}");
        assert!(state.lines().count() > 5, "it is written for people");
        told.push(state);
    }
    assert_ne!(told[0], told[1]);
}
