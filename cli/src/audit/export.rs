//! `countersign audit export`: events by filter into a file, and a signed manifest of what is in it.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;

use countersign_api::audit_event;
use countersign_projections::read_model::Model;
use countersign_service::Service;
use countersign_stores::audit::{AuditEvent, LIMIT_MOST};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::arguments::{Export, ExportFormat};
use super::{events, reader};
use crate::failure::Failure;
use crate::{print, projections};

/// The columns of a CSV file: the fields of an event that auditors filter by, and the event as it is stored.
const COLUMNS: [&str; 17] = [
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
    "outcome",
    "factor",
    "payload",
    "metadata",
    "leaf",
];

/// What an export has come to.
#[derive(Default)]
struct Written {
    rows: u64,
    first: Option<u64>,
    last: Option<u64>,
    sha256: Sha256,
}

/// Writes what is asked for, the oldest first, as far as the history has read: never more than a page of it
/// is in memory. The file appears whole or not at all, and its manifest behind it.
pub(super) async fn export(service: &Service, asked: &Export) -> Result<(), Failure> {
    let mut query = events::query(&asked.which)?;
    projections::note_lag(service.store(), Model::History).await?;
    fs::create_dir_all(&asked.into)?;
    let name = match asked.format {
        ExportFormat::Jsonl => "events.jsonl",
        ExportFormat::Csv => "events.csv",
    };
    let unfinished = asked.into.join(format!(".{name}.new"));
    let mut file = BufWriter::new(File::create(&unfinished)?);
    let mut written = Written::default();
    if asked.format == ExportFormat::Csv {
        written.line(&mut file, &csv_line(&COLUMNS.map(str::to_owned))?)?;
    }
    let words = asked.which.filter.clone().unwrap_or_default();
    let mut left = asked.which.limit.unwrap_or(u64::MAX);
    while left > 0 {
        query.limit = u32::try_from(left).unwrap_or(LIMIT_MOST).min(LIMIT_MOST);
        let page = service.audit_page(&reader(asked.which.open), query.clone(), words.clone()).await?;
        for event in &page.events {
            written.event(&mut file, event, asked.format)?;
        }
        left = left.saturating_sub(u64::try_from(page.events.len()).unwrap_or(u64::MAX));
        let Some(next) = page.next else { break };
        query.after = Some(next);
    }
    file.into_inner().map_err(std::io::IntoInnerError::into_error)?.sync_all()?;
    fs::rename(&unfinished, asked.into.join(name))?;
    finish(service, asked, name, written).await
}

/// Writes the manifest, and its signature.
async fn finish(service: &Service, asked: &Export, name: &str, written: Written) -> Result<(), Failure> {
    let head = service.tree_head().await?.map(|(head, _)| head.note);
    let rows = written.rows;
    let manifest = json!({
        "object": "manifest",
        "file": name,
        "filter": asked.which.filter.as_deref().unwrap_or_default(),
        "account": asked.which.account,
        "from": asked.which.from,
        "to": asked.which.to,
        "limit": asked.which.limit,
        "opened": asked.which.open,
        "rows": rows,
        "first_index": written.first,
        "last_index": written.last,
        "sha256": hex::encode(written.sha256.finalize()),
        "tree_head": head,
        "made_at": service.now(),
    });
    let manifest = format!("{manifest}\n");
    write_whole(&asked.into, "manifest.json", &manifest)?;
    match service.sign_manifest(manifest.as_bytes()).await? {
        Some(note) => write_whole(&asked.into, "manifest.note", &note)?,
        None => print::note("the ledger has no name yet, so that the manifest is not signed"),
    }
    print::note(&format!("{rows} events are in {}", asked.into.join(name).display()));
    Ok(())
}

fn write_whole(folder: &Path, name: &str, text: &str) -> Result<(), Failure> {
    let unfinished = folder.join(format!(".{name}.new"));
    let mut file = File::create(&unfinished)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    Ok(fs::rename(unfinished, folder.join(name))?)
}

impl Written {
    fn event(
        &mut self,
        file: &mut impl Write,
        event: &AuditEvent,
        format: ExportFormat,
    ) -> Result<(), Failure> {
        let object = audit_event(event);
        let line = match format {
            ExportFormat::Jsonl => format!("{object}\n"),
            ExportFormat::Csv => csv_line(&COLUMNS.map(|column| cell(&object, column)))?,
        };
        self.line(file, &line)?;
        self.rows += 1;
        self.first.get_or_insert(event.row.index);
        self.last = Some(event.row.index);
        Ok(())
    }

    fn line(&mut self, file: &mut impl Write, line: &str) -> Result<(), Failure> {
        self.sha256.update(line);
        Ok(file.write_all(line.as_bytes())?)
    }
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

/// A line of RFC 4180, which spreadsheets read as text alone: a cell that they would take for a formula
/// begins with an apostrophe.
fn csv_line(cells: &[String]) -> Result<String, Failure> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let harmless = |cell: &String| {
        if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{cell}") } else { cell.clone() }
    };
    writer.write_record(cells.iter().map(harmless)).map_err(Failure::failed)?;
    let bytes = writer.into_inner().map_err(Failure::failed)?;
    String::from_utf8(bytes).map_err(Failure::failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_that_a_spreadsheet_would_run_is_text() {
        let cells = ["=1+1", "@x", "a,b", "c\"d"].map(str::to_owned);
        assert_eq!(csv_line(&cells).unwrap(), "'=1+1,'@x,\"a,b\",\"c\"\"d\"\n");
    }
}
