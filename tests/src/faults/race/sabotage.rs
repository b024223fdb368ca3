//! What the check must notice.

use crate::database::TestDatabase;

/// An event of a name once more, at the end of its stream.
const FORGE: &str = "INSERT INTO events \
     (aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata) \
     SELECT aggregate_type, aggregate_id, \
         (SELECT max(last.sequence) FROM events last WHERE last.aggregate_id = events.aggregate_id) + 1, \
         event_type, event_version, payload, metadata \
     FROM events WHERE event_type = 'backup_code.redeemed' LIMIT 1";

/// The table without the primary key that is the lock of a stream; on SQLite that is another table.
const UNLOCK_POSTGRES: &str = "ALTER TABLE events DROP CONSTRAINT events_pkey";
const UNLOCK_SQLITE: &str = "ALTER TABLE events RENAME TO events_with_lock; \
     CREATE TABLE events (aggregate_type text, aggregate_id text, sequence integer, event_type text, \
         event_version text, payload text, metadata text); \
     INSERT INTO events SELECT * FROM events_with_lock; \
     DROP TABLE events_with_lock";

/// Says by plain SQL that a code was redeemed once more, as a broken service might.
pub async fn forge_a_second_redemption(database: &TestDatabase) {
    database.execute(FORGE).await.expect("whoever owns the database can add an event");
}

/// Takes away what lets only one of two racers append: before any server looks at the database.
pub async fn take_the_lock_away(database: &TestDatabase) {
    let unlock = if database.is_postgres() { UNLOCK_POSTGRES } else { UNLOCK_SQLITE };
    database.execute(unlock).await.expect("whoever owns the database can change it");
}
