//! What holds for each format, and an event to write.

use countersign_domain::time::Timestamp;
use countersign_projections::read_model::HistoryRow;
use countersign_stores::StoredEvent;
use countersign_stores::audit::AuditEvent;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{Export, Format, Summary};
use crate::audit_event;

/// The redeeming of a backup code at a place in the ledger, opened. The account has every other one.
pub(super) fn event(index: u64) -> AuditEvent {
    let (account, sign_in) = (format!("acc_{}", index % 2), format!("si_{index}"));
    let at = Timestamp::from_millis(1_796_131_999_473 + i64::try_from(index).unwrap());
    let payload = json!({ "type": "backup_code.redeemed", "at": at, "sign_in": sign_in, "left": 9 });
    AuditEvent {
        row: HistoryRow {
            index,
            at,
            event_type: "backup_code.redeemed".to_owned(),
            aggregate_type: "account".to_owned(),
            stream: account.clone(),
            sequence: index + 1,
            account: Some(account.clone()),
            sign_in: Some(sign_in),
            session: None,
            client: Some("cl_1".to_owned()),
            actor: Some("service".to_owned()),
            request_id: None,
            outcome: Some("accepted".to_owned()),
            factor: Some("backup_code".to_owned()),
        },
        stored: StoredEvent {
            aggregate_type: "account".to_owned(),
            stream: account,
            sequence: index + 1,
            event_type: "backup_code.redeemed".to_owned(),
            event_version: "1".to_owned(),
            payload: payload.clone(),
            metadata: json!({ "actor": "service", "client": "cl_1", "ip": { "$s1": "c2VhbGVk" } }),
        },
        newest: payload,
        leaf: vec![0xc0, 0xde],
        ip: Some("192.0.2.7".to_owned()),
        user_agent: index.is_multiple_of(2).then(|| "curl/8.5, \"quoted\"".to_owned()),
    }
}

fn written(format: Format, events: &[AuditEvent]) -> (Vec<u8>, Summary) {
    let mut export = Export::new(format, Vec::new()).unwrap();
    for event in events {
        export.event(event).unwrap();
    }
    export.finish().unwrap()
}

#[test]
fn lines_of_json_are_the_events_of_the_api() {
    let events = [event(3), event(4), event(9)];

    let (file, summary) = written(Format::Jsonl, &events);

    let lines: Vec<Value> = file
        .split_inclusive(|byte| *byte == b'\n')
        .map(|line| serde_json::from_slice(line).unwrap())
        .collect();
    assert_eq!(lines, events.each_ref().map(audit_event));
    assert_eq!((summary.rows, summary.left_out, summary.first, summary.last), (3, 0, Some(3), Some(9)));
}

#[test]
fn a_summary_has_the_length_and_the_hash_of_the_file() {
    for format in Format::ALL {
        let (file, summary) = written(format, &[event(0), event(1)]);
        assert_eq!(summary.sha256, <[u8; 32]>::from(Sha256::digest(&file)), "{format}");
        assert_eq!(summary.bytes, u64::try_from(file.len()).unwrap(), "{format}");
    }
}

#[test]
fn a_file_that_is_taken_away_piece_by_piece_is_the_same_file() {
    let events: Vec<_> = (0..50).map(event).collect();
    for format in Format::ALL {
        let mut export = Export::new(format, Vec::new()).unwrap();
        let mut taken = Vec::new();
        for event in &events {
            export.event(event).unwrap();
            taken.append(export.sink_mut());
        }
        let (rest, summary) = export.finish().unwrap();
        taken.extend(rest);
        assert_eq!((taken, summary), written(format, &events), "{format}");
    }
}

#[test]
fn an_export_of_no_events_is_a_file_of_its_format() {
    for format in Format::ALL {
        let (file, summary) = written(format, &[]);
        assert_eq!((summary.rows, summary.first, summary.last), (0, None, None), "{format}");
        match format {
            Format::Jsonl | Format::Ocsf => assert!(file.is_empty(), "{format}"),
            Format::Csv => {
                assert!(file.starts_with(b"index,type,version,at,") && file.ends_with(b"leaf\r\n"));
            }
            Format::Parquet => assert!(file.starts_with(b"PAR1") && file.ends_with(b"PAR1")),
        }
    }
}

#[test]
fn an_export_can_go_on_in_another_thread() {
    fn goes<T: Send>(_: &T) {}
    goes(&Export::new(Format::Parquet, Vec::new()).unwrap());
}

#[test]
fn an_event_without_a_word_in_the_format_is_counted_and_no_row() {
    let mut read = event(5);
    read.row.event_type = "audit.read".to_owned();

    let (file, summary) = written(Format::Ocsf, &[event(3), event(4), read]);

    assert_eq!(String::from_utf8(file).unwrap().lines().count(), 2);
    assert_eq!((summary.rows, summary.left_out), (2, 1));
    assert_eq!((summary.first, summary.last), (Some(3), Some(4)));
}
