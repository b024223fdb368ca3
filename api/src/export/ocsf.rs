//! The Open Cybersecurity Schema Framework, an event a line.

use std::io;

use countersign_projections::ocsf::{check, ocsf};
use countersign_stores::audit::AuditEvent;

use crate::audit_event;

/// The line of an event; none where there is no class for it. What the schema would not take is an error, so that
/// no collector drops an event unseen.
pub(super) fn line(event: &AuditEvent) -> io::Result<Option<String>> {
    let Some(line) = ocsf(&audit_event(event), env!("CARGO_PKG_VERSION")) else { return Ok(None) };
    match check(&line) {
        Ok(()) => Ok(Some(format!("{line}\n"))),
        Err(findings) => Err(refused(event.row.index, &findings)),
    }
}

fn refused(index: u64, findings: &[String]) -> io::Error {
    let why = format!("the event at index {index} has no form in OCSF: {}", findings.join(", "));
    io::Error::new(io::ErrorKind::InvalidData, why)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::super::tests::event;
    use super::*;

    #[test]
    fn a_line_is_what_the_schema_asks_for_with_our_version() {
        let line = line(&event(3)).unwrap().unwrap();

        let read: Value = serde_json::from_str(line.strip_suffix('\n').unwrap()).unwrap();
        assert_eq!(check(&read), Ok(()));
        assert_eq!(read["metadata"]["product"]["version"], env!("CARGO_PKG_VERSION"));
        assert_eq!(read["metadata"]["sequence"], 3);
    }

    #[test]
    fn an_event_without_a_class_is_no_line() {
        let mut read = event(3);
        read.row.event_type = "audit.read".to_owned();
        assert_eq!(line(&read).unwrap(), None);
    }

    #[test]
    fn an_event_that_the_schema_would_not_take_is_an_error_that_says_why() {
        let mut incomplete = event(3);
        (incomplete.row.account, incomplete.ip) = (None, None);

        let error = line(&incomplete).unwrap_err();

        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
        let why = error.to_string();
        assert!(why.starts_with("the event at index 3 has no form in OCSF: user"), "{why}");
    }
}
