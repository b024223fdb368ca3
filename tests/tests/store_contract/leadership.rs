//! Leadership: one at a time, and the next as soon as it is given up.

use countersign_stores::{EventStore, Leadership};

use crate::given::a_store;

async fn lead(store: &EventStore, task: &str) -> Option<Leadership> {
    store.lead(task).await.unwrap()
}

#[tokio::test]
async fn a_task_has_one_leader_until_it_is_given_up() {
    let given = a_store().await;
    let leader = lead(&given.store, "sweep").await;
    assert!(leader.is_some());
    assert!(lead(&given.store, "sweep").await.is_none());
    assert!(lead(&given.store, "another task").await.is_some());
    drop(leader);
    assert!(lead_soon(&given.store, "sweep").await);
}

/// On a server a dropped lead ends a moment later, when the connection is given back.
async fn lead_soon(store: &EventStore, task: &str) -> bool {
    for _ in 0..1_000 {
        if lead(store, task).await.is_some() {
            return true;
        }
        tokio::task::yield_now().await;
    }
    false
}

#[tokio::test]
async fn of_two_servers_one_leads() {
    let given = a_store().await;
    let other = given.another_server().await;
    let leader = lead(&given.store, "sweep").await;
    // A SQLite file has one server; another one in the same process is a second file of leads.
    if given.files.is_postgres() {
        assert!(lead(&other, "sweep").await.is_none());
    }
    drop(leader);
    assert!(lead_soon(&other, "sweep").await);
}

#[tokio::test]
async fn a_released_lead_is_free_at_once() {
    let given = a_store().await;
    for _ in 0..5 {
        let leader = lead(&given.store, "sweep").await;
        leader.expect("nobody has it").release().await.unwrap();
    }
}
