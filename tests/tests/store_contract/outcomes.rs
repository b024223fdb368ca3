//! Outcomes: a failure that surely left nothing is told from one that nobody knows the outcome of.

use countersign_domain::kit::id;
use countersign_stores::{AppendError, Loaded, Metadata};
use sqlx::{Connection, Executor, SqliteConnection};

use crate::given::{Given, a_store, metadata};
use crate::probe::{Probe, at, noted};

#[tokio::test]
async fn the_command_of_an_event_can_be_asked_for() {
    let given = a_store().await;
    let command = id::<()>(7).uuid();
    let metadata = Metadata { command_id: command, ..metadata() };
    let events = at(0, [noted("one"), noted("two")]);
    given.store.append(Loaded::<Probe>::fresh("pr_1"), events, &metadata).await.unwrap();
    assert_eq!(given.store.command_at::<Probe>("pr_1", 1).await.unwrap(), Some(command));
    assert_eq!(given.store.command_at::<Probe>("pr_1", 2).await.unwrap(), Some(command));
    assert_eq!(given.store.command_at::<Probe>("pr_1", 3).await.unwrap(), None);
}

#[tokio::test]
async fn an_append_that_the_database_refuses_is_not_committed() {
    let given = a_store().await;
    given.append("pr_1", [noted("one")]).await;
    let refuse = if given.files.is_postgres() {
        "ALTER TABLE events ADD CHECK (sequence < 2)"
    } else {
        "CREATE TRIGGER full BEFORE INSERT ON events BEGIN SELECT RAISE(ABORT, 'full'); END"
    };
    given.files.execute(refuse).await.unwrap();
    let appended = given.try_append::<Probe>("pr_1", at(0, [noted("two")])).await;
    assert!(matches!(appended, Err(AppendError::NotCommitted(_))), "{appended:?}");
}

#[tokio::test]
async fn an_append_without_a_connection_is_not_committed() {
    let given = a_store().await;
    let loaded = given.load("pr_1").await;
    given.database.clone().close().await;
    let appended = given.store.append(loaded, at(0, [noted("one")]), &metadata()).await;
    assert!(matches!(appended, Err(AppendError::NotCommitted(_))), "{appended:?}");
}

#[tokio::test]
async fn an_append_that_fails_at_its_end_has_an_unknown_outcome() {
    let given = a_store().await;
    given.append("pr_1", [noted("one")]).await;
    let appended = if given.files.is_postgres() {
        append_on_a_dying_connection(&given).await
    } else {
        append_while_another_program_writes(&given).await
    };
    assert!(matches!(appended, AppendError::Unknown(_)), "{appended:?}");
    assert_eq!(given.store.command_at::<Probe>("pr_1", 2).await.unwrap(), None);
}

/// The server ends the connection in the middle of the commit.
async fn append_on_a_dying_connection(given: &Given) -> AppendError {
    let dying = "CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS $$ \
                 BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$; \
                 CREATE CONSTRAINT TRIGGER die AFTER INSERT ON events DEFERRABLE INITIALLY DEFERRED \
                 FOR EACH ROW EXECUTE FUNCTION die()";
    given.files.execute(dying).await.unwrap();
    given.try_append::<Probe>("pr_1", at(0, [noted("two")])).await.unwrap_err()
}

/// A program that does not take turns keeps the file for longer than an append waits.
async fn append_while_another_program_writes(given: &Given) -> AppendError {
    let mut other = SqliteConnection::connect(given.files.url()).await.unwrap();
    other.execute("BEGIN IMMEDIATE").await.unwrap();
    given.try_append::<Probe>("pr_1", at(0, [noted("two")])).await.unwrap_err()
}
