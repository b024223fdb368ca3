//! Keeping events of some names out of the database, as a crash just before them does; and time passing for
//! what is left to be done.

use crate::database::TestDatabase;

/// From now on an event of these names is refused, whoever appends it.
pub async fn block(database: &TestDatabase, names: &[&str]) {
    let names: Vec<String> = names.iter().map(|name| format!("'{name}'")).collect();
    let blocked = format!("NEW.event_type IN ({})", names.join(", "));
    let trigger = if database.is_postgres() {
        format!(
            "CREATE FUNCTION test_blocked() RETURNS trigger LANGUAGE plpgsql AS \
             $$ BEGIN RAISE EXCEPTION 'blocked by a test'; END $$; \
             CREATE TRIGGER test_blocked BEFORE INSERT ON events FOR EACH ROW WHEN ({blocked}) \
             EXECUTE FUNCTION test_blocked()"
        )
    } else {
        format!(
            "CREATE TRIGGER test_blocked BEFORE INSERT ON events WHEN {blocked} \
             BEGIN SELECT RAISE(ABORT, 'blocked by a test'); END"
        )
    };
    database.execute(&trigger).await.expect("whoever owns the database can add a trigger");
}

/// Every event is taken again.
pub async fn unblock(database: &TestDatabase) {
    let drop = if database.is_postgres() {
        "DROP TRIGGER test_blocked ON events; DROP FUNCTION test_blocked()"
    } else {
        "DROP TRIGGER test_blocked"
    };
    database.execute(drop).await.expect("whoever owns the database can drop a trigger");
}

/// What is left to be done is old enough for the sweep, as half a minute later.
pub async fn let_time_pass(database: &TestDatabase) {
    let age = "UPDATE follow_ups SET at = '2000-01-01T00:00:00.000Z'";
    database.execute(age).await.expect("whoever owns the database can change a row");
}

/// The work that commits left and nobody has done, by the events' names.
pub async fn work_left(database: &TestDatabase) -> Vec<String> {
    database.texts("SELECT event_type FROM follow_ups ORDER BY event_type").await
}
