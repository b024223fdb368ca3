//! Modes: a database of one mode is refused by the other.

use countersign_stores::{DatabaseError, Mode};

use crate::given::a_store;

#[tokio::test]
async fn a_fresh_database_takes_the_mode_of_who_comes_first_and_refuses_the_other() {
    for (first, other) in [(Mode::Development, Mode::Production), (Mode::Production, Mode::Development)] {
        let given = a_store().await;
        given.database.claim_mode(first).await.unwrap();
        given.database.claim_mode(first).await.unwrap();
        let refused = given.database.claim_mode(other).await;
        assert!(matches!(refused, Err(DatabaseError::OtherMode { .. })), "{refused:?}");
        given.database.claim_mode(first).await.unwrap();
    }
}
