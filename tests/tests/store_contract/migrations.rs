//! Migrations: whether a database has them all is known, and to run them again changes nothing.

use countersign_stores::{Database, DatabaseError};
use countersign_tests::database::TestDatabase;

use crate::given::a_store;
use crate::probe::noted;

#[tokio::test]
async fn a_migrated_database_stays_as_it_is_when_it_is_migrated_again() {
    let given = a_store().await;
    given.append("pr_1", [noted("one")]).await;
    assert!(given.database.is_migrated().await.unwrap());
    given.database.migrate().await.unwrap();
    assert_eq!(given.load("pr_1").await.version, 1);
}

#[tokio::test]
async fn a_database_without_the_last_migration_is_not_migrated() {
    let given = a_store().await;
    given.files.execute("DELETE FROM _sqlx_migrations WHERE version = 5").await.unwrap();
    assert!(!given.database.is_migrated().await.unwrap());
}

#[tokio::test]
async fn a_database_with_another_migration_under_a_number_is_not_migrated() {
    let given = a_store().await;
    let change = "UPDATE _sqlx_migrations SET checksum = (SELECT checksum FROM _sqlx_migrations WHERE version = 2) \
                  WHERE version = 1";
    given.files.execute(change).await.unwrap();
    assert!(!given.database.is_migrated().await.unwrap());
    assert!(matches!(given.database.migrate().await, Err(DatabaseError::Migration(_))));
}

#[tokio::test]
async fn an_empty_database_is_not_migrated() {
    let given = a_store().await;
    given.files.execute("DROP TABLE _sqlx_migrations").await.unwrap();
    assert!(!given.database.is_migrated().await.unwrap());
}

#[tokio::test]
async fn two_connections_to_one_database_do_not_disturb_each_other_s_end() {
    let files = TestDatabase::new().await;
    let (one, other) = (files.connect().await, files.connect().await);
    one.close().await;
    assert!(other.is_migrated().await.unwrap());
}

#[tokio::test]
async fn a_url_that_is_not_one_is_refused_without_repeating_it() {
    for url in [
        "mysql://user:hunter2@host/db",
        "hunter2",
        "sqlite://",
        "sqlite://a?mode=hunter2",
        "sqlite://:memory:",
    ] {
        let refused = Database::connect(url).await.unwrap_err();
        assert!(matches!(refused, DatabaseError::Url(_)), "{url}: {refused:?}");
        assert!(!refused.to_string().contains("hunter2"), "{refused}");
    }
}

#[tokio::test]
async fn a_database_that_does_not_answer_is_unreachable() {
    for url in ["postgres://user:hunter2@127.0.0.1:1/db", "sqlite:///nowhere/at/all.db"] {
        let refused = Database::connect(url).await.unwrap_err();
        assert!(matches!(refused, DatabaseError::Unreachable(_)), "{url}: {refused:?}");
        assert!(!refused.to_string().contains("hunter2"), "{refused}");
    }
}
