//! Pages of events as tables, or as something that programs read.

use std::io::Write;

use comfy_table::Table;
use comfy_table::presets::UTF8_FULL_CONDENSED;
use countersign_api::audit_event;
use countersign_api::export::Export;
use countersign_stores::audit::AuditEvent;

use super::arguments::Format;
use super::lines::Lines;
use crate::failure::Failure;
use crate::print;

/// What the columns of a table are called; the last one only where addresses are opened.
const COLUMNS: [&str; 7] = ["index", "at", "event", "outcome", "factor", "about", "from"];

/// Pages of events, printed one after the other.
pub(super) struct Pages {
    form: Form,
    open: bool,
    printed: u64,
}

enum Form {
    /// A table a page.
    Table(Lines),
    /// One array.
    Array(Lines),
    /// What an export's file has in it.
    File(Box<Export<Lines>>),
}

impl Pages {
    /// Prints what stands before the first page.
    pub(super) fn begin(format: Format, open: bool) -> Result<Self, Failure> {
        let mut lines = Lines::new();
        let form = match format {
            Format::Table => Form::Table(lines),
            Format::Json => {
                lines.line("[")?;
                Form::Array(lines)
            }
            Format::As(format) => Form::File(Box::new(Export::new(format, lines)?)),
        };
        Ok(Self { form, open, printed: 0 })
    }

    /// Whether anybody still reads.
    pub(super) fn are_wanted(&mut self) -> bool {
        self.lines().is_wanted()
    }

    /// Prints a page.
    pub(super) fn print(&mut self, events: &[AuditEvent]) -> Result<(), Failure> {
        match &mut self.form {
            Form::Table(_) if events.is_empty() => {}
            Form::Table(lines) => lines.line(&table(events, self.open))?,
            Form::Array(lines) => items(lines, events, self.printed)?,
            Form::File(file) => events.iter().try_for_each(|event| file.event(event))?,
        }
        self.printed += u64::try_from(events.len()).unwrap_or(u64::MAX);
        Ok(self.lines().flush()?)
    }

    /// Prints what stands behind the last page.
    pub(super) fn end(self) -> Result<(), Failure> {
        match self.form {
            Form::Table(_) if self.printed == 0 => print::note("no event is like this"),
            Form::Table(_) => {}
            Form::Array(mut lines) => {
                lines.line("]")?;
                lines.flush()?;
            }
            Form::File(file) => {
                let (_, summary) = file.finish()?;
                if summary.left_out > 0 {
                    print::note(&format!("{} events have no form in it", summary.left_out));
                }
            }
        }
        Ok(())
    }

    fn lines(&mut self) -> &mut Lines {
        match &mut self.form {
            Form::Table(lines) | Form::Array(lines) => lines,
            Form::File(file) => file.sink_mut(),
        }
    }
}

/// Prints items of an array, each behind the comma that parts it from the one before.
fn items(lines: &mut Lines, events: &[AuditEvent], printed: u64) -> Result<(), Failure> {
    for (event, before) in events.iter().zip(printed..) {
        let comma = if before == 0 { " " } else { "," };
        lines.line(&format!("{comma}{}", audit_event(event)))?;
    }
    Ok(())
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

/// What a table shows of an event.
pub(super) fn row(event: &AuditEvent) -> [String; 7] {
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
