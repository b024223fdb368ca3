//! What a failed scenario prints: expected and actual side by side, the state before, how to run it again.

use std::fmt::{self, Write as _};

use serde_json::Value;

use super::json::leaves;
use super::pattern::{Compared, Pattern};

/// The events of the past that a report names at most.
const EVENTS_NAMED: usize = 12;

/// A line of two columns.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Row {
    expected: String,
    actual: String,
    differs: bool,
}

/// What is known of a scenario when it fails.
#[derive(Debug)]
pub(super) struct Report<'a> {
    /// What is wrong, in a line.
    pub(super) what: &'a str,
    /// The command that was decided, and when.
    pub(super) decided: Option<(&'a str, String)>,
    /// Expected and actual.
    pub(super) rows: Vec<Row>,
    /// The state before, as JSON.
    pub(super) before: Value,
    /// The stored names of what happened before.
    pub(super) history: Vec<String>,
    /// Which of several cases it is.
    pub(super) case: Option<&'a str>,
}

/// The name of the running test, path and all; its thread has it.
pub(super) fn test_name() -> String {
    std::thread::current().name().unwrap_or("main").to_owned()
}

/// The sentence that a test's name is.
pub(super) fn sentence(test: &str) -> String {
    test.rsplit("::").next().unwrap_or(test).replace('_', " ")
}

/// The command that runs a test again.
pub(super) fn run_again(test: &str) -> String {
    let package = std::env::var("CARGO_PKG_NAME").unwrap_or_else(|_| "countersign-domain".to_owned());
    format!("cargo nextest run -p {package} -E 'test(={test})'")
}

/// Lines side by side; those that are not the same differ.
pub(super) fn beside(expected: Vec<String>, actual: Vec<String>) -> Vec<Row> {
    let rows = expected.len().max(actual.len());
    let padded = |lines: Vec<String>| lines.into_iter().map(Some).chain(std::iter::repeat(None)).take(rows);
    let row = |(expected, actual): (Option<String>, Option<String>)| Row {
        differs: expected != actual,
        expected: expected.unwrap_or_default(),
        actual: actual.unwrap_or_default(),
    };
    padded(expected).zip(padded(actual)).map(row).collect()
}

/// Expected events beside the ones that were recorded, field by field.
pub(super) fn events(expected: &[Pattern], actual: &[Value]) -> Vec<Row> {
    let pairs = expected.len().max(actual.len());
    (0..pairs).flat_map(|place| pair(place + 1, expected.get(place), actual.get(place))).collect()
}

fn pair(number: usize, expected: Option<&Pattern>, actual: Option<&Value>) -> Vec<Row> {
    match (expected, actual) {
        (Some(expected), Some(actual)) => {
            expected.compare(actual).into_iter().map(|field| field_row(number, &field)).collect()
        }
        (Some(expected), None) => {
            beside(vec![format!("{number}. {}", expected.name())], vec![nothing(number)])
        }
        (None, Some(actual)) => beside(vec![nothing(number)], lines(number, actual)),
        (None, None) => Vec::new(),
    }
}

fn nothing(number: usize) -> String {
    format!("{number}. (nothing)")
}

/// The first field is the stored name and stands behind the number.
fn field_row(number: usize, field: &Compared) -> Row {
    let line = |value: Option<String>, none: &str| {
        let value = value.unwrap_or_else(|| none.to_owned());
        match field.path.as_str() {
            "type" => format!("{number}. {}", value.trim_matches('"')),
            path => format!("   {path}: {value}"),
        }
    };
    Row {
        expected: line(field.expected.clone(), if field.fits { "·" } else { "(nothing)" }),
        actual: line(field.actual.as_ref().map(Value::to_string), "(nothing)"),
        differs: !field.fits,
    }
}

/// An event in lines: its number and name, then its fields.
pub(super) fn lines(number: usize, stored: &Value) -> Vec<String> {
    let name = stored.get("type").and_then(Value::as_str).unwrap_or_default();
    let fields = leaves(stored).into_iter().filter(|(path, _)| path != "type" && path != "at");
    let fields = fields.map(|(path, value)| format!("   {path}: {value}"));
    std::iter::once(format!("{number}. {name}")).chain(fields).collect()
}

/// Whether everything that was expected was found.
pub(super) fn all_fit(rows: &[Row]) -> bool {
    rows.iter().all(|row| !row.differs)
}

impl Report<'_> {
    fn write_columns(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.rows.iter().map(|row| row.expected.chars().count()).max().unwrap_or(0).max(8);
        writeln!(f, "\n    {:width$}    actual", "expected")?;
        for row in &self.rows {
            let mark = if row.differs { '≠' } else { ' ' };
            let line = format!("    {:width$}  {mark} {}", row.expected, row.actual);
            writeln!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }

    fn write_before(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\n  the state before")?;
        for (path, value) in leaves(&self.before) {
            match value {
                Value::Null => {}
                Value::Array(items) if items.is_empty() => {}
                value if path.is_empty() => writeln!(f, "    {value}")?,
                value => writeln!(f, "    {path}: {value}")?,
            }
        }
        writeln!(f, "\n  what happened before\n    {}", self.named_history())
    }

    fn named_history(&self) -> String {
        let skipped = self.history.len().saturating_sub(EVENTS_NAMED);
        let newest = self.history.iter().skip(skipped).map(String::as_str).collect::<Vec<_>>().join(", ");
        match (skipped, newest.is_empty()) {
            (_, true) => "nothing".to_owned(),
            (0, false) => newest,
            _ => format!("{skipped} events, {newest}"),
        }
    }
}

impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let test = test_name();
        let mut title = sentence(&test);
        if let Some(case) = self.case {
            write!(title, " [{case}]")?;
        }
        writeln!(f, "{title}\n\n  {}", self.what.replace('\n', "\n  "))?;
        if let Some((command, at)) = &self.decided {
            writeln!(f, "\n  when {command}\n    at {at}")?;
        }
        if !self.rows.is_empty() {
            self.write_columns(f)?;
        }
        self.write_before(f)?;
        write!(f, "\n  run it again\n    {}", run_again(&test))
    }
}
