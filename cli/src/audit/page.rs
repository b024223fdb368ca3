//! Pages of events as tables, or as JSON.

use comfy_table::Table;
use comfy_table::presets::UTF8_FULL_CONDENSED;
use countersign_api::audit_event;
use countersign_stores::audit::AuditEvent;

use super::arguments::Format;
use super::lines::Lines;
use crate::failure::Failure;
use crate::print;

/// What the columns of a table are called; the last one only where addresses are opened.
const COLUMNS: [&str; 7] = ["index", "at", "event", "outcome", "factor", "about", "from"];

/// Pages of events, printed one after the other.
pub(super) struct Pages {
    lines: Lines,
    format: Format,
    open: bool,
    printed: u64,
}

impl Pages {
    pub(super) fn new(format: Format, open: bool) -> Self {
        Self { lines: Lines::new(), format, open, printed: 0 }
    }

    /// Whether anybody still reads.
    pub(super) fn are_wanted(&self) -> bool {
        self.lines.is_wanted()
    }

    /// Prints what stands before the first page.
    pub(super) fn begin(&mut self) -> Result<(), Failure> {
        if self.format == Format::Json { self.lines.line("[") } else { Ok(()) }
    }

    /// Prints a page.
    pub(super) fn print(&mut self, events: &[AuditEvent]) -> Result<(), Failure> {
        match self.format {
            Format::Table if events.is_empty() => {}
            Format::Table => self.lines.line(&table(events, self.open))?,
            Format::Json => self.items(events)?,
            Format::Jsonl => {
                for event in events {
                    self.lines.line(&audit_event(event).to_string())?;
                }
            }
        }
        self.printed += u64::try_from(events.len()).unwrap_or(u64::MAX);
        self.lines.flush()
    }

    /// Prints what stands behind the last page.
    pub(super) fn end(mut self) -> Result<(), Failure> {
        match self.format {
            Format::Table if self.printed == 0 => print::note("no event is like this"),
            Format::Json => self.lines.line("]")?,
            Format::Table | Format::Jsonl => {}
        }
        self.lines.flush()
    }

    /// Prints items of an array, each behind the comma that parts it from the one before.
    fn items(&mut self, events: &[AuditEvent]) -> Result<(), Failure> {
        for (event, before) in events.iter().zip(self.printed..) {
            let comma = if before == 0 { " " } else { "," };
            self.lines.line(&format!("{comma}{}", audit_event(event)))?;
        }
        Ok(())
    }
}

/// As wide as its ids are: who cuts one out for the next command must find it whole.
fn table(events: &[AuditEvent], open: bool) -> String {
    let mut table = Table::new();
    let columns = COLUMNS.len() - usize::from(!open);
    table.load_style(UTF8_FULL_CONDENSED).set_header(COLUMNS.into_iter().take(columns));
    for event in events {
        table.add_row(row(event).into_iter().take(columns));
    }
    table.to_string()
}

fn row(event: &AuditEvent) -> [String; 7] {
    let row = &event.row;
    let shown = |text: &Option<String>| text.clone().unwrap_or_default();
    [
        row.index.to_string(),
        row.at.to_string(),
        row.event_type.clone(),
        shown(&row.outcome),
        shown(&row.factor),
        row.sign_in.as_ref().unwrap_or(&row.stream).clone(),
        shown(&event.ip),
    ]
}
