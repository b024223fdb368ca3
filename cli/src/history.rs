//! An account's history as a table; sealed values stay sealed.

use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{ContentArrangement, Table};
use countersign_domain::account::{Account, AccountEvent};
use countersign_domain::decider::{Decider, Recorded};
use countersign_domain::id::AccountId;
use countersign_service::Service;
use countersign_stores::{Opening, StoredEvent};
use serde_json::Value;

use crate::failure::Failure;

/// What stands in the table for a value that is sealed.
const SEALED: &str = "[sealed]";

/// Fields that say nothing to a reader of the table.
const UNTOLD: [&str; 9] = [
    "type",
    "at",
    "channel",
    "code_id",
    "email_key",
    "expires_at",
    "generation",
    "key",
    "session_expires_at",
];
/// How much of an id's end is enough to tell it from its neighbours.
const ID_END: usize = 6;
/// The characters of a UUID.
const UUID_LENGTH: usize = 36;

/// Every event of an account, the oldest first.
pub(crate) async fn table(service: &Service, account: AccountId) -> Result<String, Failure> {
    let events = service.store().history(Account::TYPE, &account.to_string(), Opening::Nothing).await?;
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(["#", "at", "event", "what"]);
    for stored in events {
        let recorded: Recorded<AccountEvent> =
            serde_json::from_value(stored.payload.clone()).map_err(Failure::failed)?;
        table.add_row([
            stored.sequence.to_string(),
            recorded.at.to_string(),
            name(&recorded.event),
            details(&stored),
        ]);
    }
    Ok(table.to_string())
}

/// The event's name in the code, as its developers know it.
fn name(event: &AccountEvent) -> String {
    let text = format!("{event:?}");
    text.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default().to_owned()
}

/// The event's fields, a word each, without what the other columns say and what only machines read.
fn details(stored: &StoredEvent) -> String {
    let fields = stored.payload.as_object().into_iter().flatten();
    let told = fields.filter(|(key, _)| !UNTOLD.contains(&key.as_str()));
    let words: Vec<String> = told.map(|(key, value)| format!("{key}={}", plain(value))).collect();
    words.join(" ")
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) if text.starts_with("s1p.") || text.starts_with("s1v.") => SEALED.to_owned(),
        Value::String(text) => short(text),
        Value::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join("+"),
        Value::Object(fields) => {
            let words: Vec<String> =
                fields.iter().map(|(key, value)| format!("{key}:{}", plain(value))).collect();
            format!("{{{}}}", words.join(","))
        }
        other => other.to_string(),
    }
}

/// An id by its prefix and its end; any other text as it is.
fn short(text: &str) -> String {
    match text.split_once('_') {
        Some((prefix, uuid)) if uuid.len() == UUID_LENGTH && uuid.is_ascii() => {
            let end = uuid.get(UUID_LENGTH - ID_END..).unwrap_or(uuid);
            format!("{prefix}_…{end}")
        }
        _ => text.to_owned(),
    }
}
