//! Protection: the database itself refuses to change events, whoever asks.

use countersign_domain::email_address::EmailAddress;
use countersign_domain::time::Timestamp;
use countersign_stores::{Database, EventStore, Loaded};
use sqlx::{Connection, Executor, PgConnection};

use crate::given::{Given, KEY, a_store, keyring, metadata};
use crate::probe::{at, noted};
use crate::samples;

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

/// What a role that owns nothing may not do, beside what the triggers refuse everybody.
const OWNERS_ONLY: [&str; 10] = [
    "UPDATE follow_ups SET aggregate_id = 'acc_2'",
    "UPDATE events SET payload = '{}'",
    "DELETE FROM events",
    "TRUNCATE events",
    "ALTER TABLE events DISABLE TRIGGER ALL",
    "ALTER TABLE events DROP CONSTRAINT events_pkey",
    "DROP TRIGGER events_never_change ON events",
    "CREATE OR REPLACE FUNCTION events_never_change() RETURNS trigger LANGUAGE sql AS 'SELECT NULL'",
    "SET session_replication_role = replica",
    "CREATE TRIGGER mine BEFORE INSERT ON events FOR EACH ROW EXECUTE FUNCTION events_are_pending()",
];

#[tokio::test]
async fn a_service_that_owns_nothing_can_append_and_cannot_take_the_protection_away() {
    let given = two_events().await;
    // SQLite has no roles: whoever may write to the file owns it.
    let Some(role) = given.files.service_role().await else { return };
    // What the triggers write they write for the owner: the service itself needs no right to.
    let revoke = format!("REVOKE INSERT, UPDATE ON events_pending, follow_ups FROM {}", role.name);
    given.files.execute(&revoke).await.unwrap();
    let service = Database::connect(&role.url).await.unwrap();
    assert!(service.is_migrated().await.unwrap());
    let store = EventStore::new(service, keyring(KEY));
    let claimed = at(0, samples::of_email_address().into_iter().take(1));
    store.append(Loaded::<EmailAddress>::fresh("em_1"), claimed, &metadata()).await.unwrap();
    assert_eq!((given.count("events_pending").await, given.count("follow_ups").await), (3, 1));

    let mut connection = PgConnection::connect(&role.url).await.unwrap();
    for statement in OWNERS_ONLY {
        assert!(connection.execute(statement).await.is_err(), "{statement} was allowed");
    }
}

#[tokio::test]
async fn a_service_that_owns_nothing_can_put_work_off() {
    let given = a_store().await;
    let Some(role) = given.files.service_role().await else { return };
    let claimed = at(0, samples::of_email_address().into_iter().take(1));
    given.store.append(Loaded::<EmailAddress>::fresh("em_1"), claimed, &metadata()).await.unwrap();
    let service = EventStore::new(Database::connect(&role.url).await.unwrap(), keyring(KEY));
    let far = Timestamp::from_millis(1_900_000_000_000);
    let work = service.follow_ups(far, far, None, 1).await.unwrap().remove(0);

    service.nothing_left(&work.aggregate_type, &work.stream, work.sequence).await.unwrap();
    service.begin(&work, far).await.unwrap();
    service.put_off(&work, far, true).await.unwrap();

    assert_eq!(service.follow_ups(far, Timestamp::from_millis(0), None, 1).await.unwrap(), []);
}

#[tokio::test]
async fn a_temporary_table_cannot_catch_what_the_database_writes_along() {
    let given = two_events().await;
    let Some(role) = given.files.service_role().await else { return };
    let mut connection = PgConnection::connect(&role.url).await.unwrap();
    let event = FORGED.replace("pr_1", "pr_2");
    let insert = format!("INSERT INTO events {COLUMNS} VALUES {event}");
    connection.execute("CREATE TEMPORARY TABLE events_pending (LIKE events_pending)").await.unwrap();
    connection.execute(insert.as_str()).await.unwrap();
    assert_eq!(given.count("events_pending").await, 3);
}
