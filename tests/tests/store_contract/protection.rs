//! Protection: the database itself refuses to change events, whoever asks.

use crate::given::{Given, a_store};
use crate::probe::noted;

const COLUMNS: &str =
    "(aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata)";
const FORGED: &str = "('Probe', 'pr_1', 1, 'probe.noted', '1', '{\"text\": \"forged\"}', '{}')";

/// Tries a statement as another program would; it must fail, and nothing may have changed.
async fn assert_refused(given: &Given, statement: &str) {
    let before = given.text("payload", "pr_1", 1).await;
    let tried = given.files.execute(statement).await;
    assert!(tried.is_err(), "{statement} was allowed");
    assert_eq!(given.text("payload", "pr_1", 1).await, before, "{statement}");
    assert_eq!(given.count("events").await, 2, "{statement}");
}

async fn two_events() -> Given {
    let given = a_store().await;
    given.append("pr_1", [noted("one"), noted("two")]).await;
    given
}

#[tokio::test]
async fn events_cannot_be_updated() {
    let given = two_events().await;
    for change in ["payload = '{}'", "sequence = sequence + 10", "aggregate_id = 'pr_2'"] {
        assert_refused(&given, &format!("UPDATE events SET {change}")).await;
    }
}

#[tokio::test]
async fn events_cannot_be_deleted() {
    let given = two_events().await;
    assert_refused(&given, "DELETE FROM events WHERE sequence = 2").await;
    assert_refused(&given, "DELETE FROM events").await;
}

#[tokio::test]
async fn events_cannot_be_emptied() {
    let given = two_events().await;
    // SQLite has no TRUNCATE: a DELETE of everything is its form of it.
    let empty = if given.files.is_postgres() { "TRUNCATE events" } else { "DELETE FROM events WHERE true" };
    assert_refused(&given, empty).await;
    if given.files.is_postgres() {
        assert_refused(&given, "TRUNCATE events CASCADE").await;
    }
}

#[tokio::test]
async fn events_cannot_be_replaced() {
    let given = two_events().await;
    assert_refused(&given, &format!("INSERT INTO events {COLUMNS} VALUES {FORGED}")).await;
    let upsert =
        "ON CONFLICT (aggregate_type, aggregate_id, sequence) DO UPDATE SET payload = excluded.payload";
    assert_refused(&given, &format!("INSERT INTO events {COLUMNS} VALUES {FORGED} {upsert}")).await;
    if !given.files.is_postgres() {
        for policy in ["REPLACE", "FAIL", "IGNORE", "ROLLBACK"] {
            let insert = format!("INSERT OR {policy} INTO events {COLUMNS} VALUES {FORGED}");
            assert_refused(&given, &insert).await;
            assert_refused(&given, &format!("PRAGMA recursive_triggers = ON; {insert}")).await;
        }
        assert_refused(&given, "UPDATE OR REPLACE events SET sequence = 2").await;
    }
}

#[tokio::test]
async fn events_cannot_be_changed_by_a_session_that_calls_itself_a_replica() {
    let given = two_events().await;
    if given.files.is_postgres() {
        for change in ["UPDATE events SET payload = '{}'", "DELETE FROM events", "TRUNCATE events"] {
            assert_refused(&given, &format!("SET session_replication_role = replica; {change}")).await;
        }
    } else {
        let unchecked = "PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON; DELETE FROM events";
        assert_refused(&given, unchecked).await;
    }
}
