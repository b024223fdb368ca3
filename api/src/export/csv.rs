//! Comma-separated values (RFC 4180).

use std::io;

use countersign_stores::audit::AuditEvent;
use csv::{Terminator, WriterBuilder};
use serde_json::Value;

use crate::audit_event;

/// The columns: the fields of an event that auditors filter by, where they were opened those about the person's
/// place and program, and the event as it is stored.
const COLUMNS: [&str; 19] = [
    "index",
    "type",
    "version",
    "at",
    "stream",
    "sequence",
    "account",
    "sign_in",
    "session",
    "client",
    "actor",
    "request_id",
    "ip",
    "user_agent",
    "outcome",
    "factor",
    "payload",
    "metadata",
    "leaf",
];

/// The line of names.
pub(super) fn names() -> io::Result<String> {
    record(COLUMNS.map(str::to_owned))
}

/// The line of an event.
pub(super) fn line(event: &AuditEvent) -> io::Result<String> {
    let object = audit_event(event);
    record(COLUMNS.map(|column| cell(&object, column)))
}

/// A field of an event as one text; what holds others as JSON.
fn cell(event: &Value, column: &str) -> String {
    let value = match column {
        "stream" => event.pointer("/stream/id"),
        "sequence" => event.pointer("/stream/sequence"),
        column => event.get(column),
    };
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

/// A line that spreadsheets read as text alone: a cell that they would take for a formula begins with an
/// apostrophe.
fn record(cells: impl IntoIterator<Item = String>) -> io::Result<String> {
    let harmless = |cell: String| {
        if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{cell}") } else { cell }
    };
    let mut writer = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(Vec::new());
    writer.write_record(cells.into_iter().map(harmless))?;
    let line = writer.into_inner().map_err(csv::IntoInnerError::into_error)?;
    String::from_utf8(line).map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use super::super::tests::event;
    use super::*;

    #[test]
    fn a_cell_that_a_spreadsheet_would_run_is_text() {
        let cells = ["=1+1", "@x", "a,b", "c\"d"].map(str::to_owned);
        assert_eq!(record(cells).unwrap(), "'=1+1,'@x,\"a,b\",\"c\"\"d\"\r\n");
    }

    #[test]
    fn what_a_person_calls_their_program_is_not_run_either() {
        let mut opened = event(0);
        opened.user_agent = Some("=cmd|'/c calc'!A0".to_owned());
        assert!(line(&opened).unwrap().contains(",'=cmd|'/c calc'!A0,"));
    }

    #[test]
    fn a_line_has_a_cell_for_every_name_and_empty_ones_for_what_stayed_sealed() {
        let mut sealed = event(7);
        (sealed.ip, sealed.user_agent) = (None, None);
        let file = names().unwrap() + &line(&sealed).unwrap();

        let mut reader = csv::Reader::from_reader(file.as_bytes());
        let names = reader.headers().unwrap().clone();
        let cells = reader.records().next().unwrap().unwrap();

        let of = |name| cells.get(names.iter().position(|other| other == name).unwrap()).unwrap();
        assert_eq!((of("index"), of("sequence"), of("ip"), of("user_agent")), ("7", "8", "", ""));
        assert_eq!(serde_json::from_str::<Value>(of("payload")).unwrap(), sealed.stored.payload);
    }
}
