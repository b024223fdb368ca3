//! Races: of all who append at one version, one wins.

use countersign_stores::{AppendError, EventStore};

use crate::given::{a_store, metadata};
use crate::probe::{Probe, at, noted};

const WRITERS: usize = 32;
const ROUNDS: u64 = 12;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_32_writers_on_two_servers_one_wins_each_version() {
    let given = a_store().await;
    let servers = [given.store.clone(), given.another_server().await];
    for round in 1..=ROUNDS {
        let outcomes = race(&servers).await;
        let won = outcomes.iter().filter(|won| **won).count();
        assert_eq!(won, 1, "of {WRITERS} writers at version {round}");
        assert_eq!(given.load("pr_1").await.version, round);
    }
    assert_eq!(given.count("events").await, ROUNDS);
}

/// Lets all writers append behind the same version; tells who won.
async fn race(servers: &[EventStore]) -> Vec<bool> {
    let loaded = servers.first().unwrap().load::<Probe>("pr_1").await.unwrap();
    let racers: Vec<_> = servers.iter().cycle().take(WRITERS).cloned().zip(1..).collect();
    let running: Vec<_> = racers
        .into_iter()
        .map(|(server, racer)| {
            let loaded = loaded.clone();
            tokio::spawn(async move {
                let event = noted(format!("writer {racer}"));
                match server.append(loaded, at(0, [event]), &metadata()).await {
                    Ok(_) => true,
                    Err(AppendError::Conflict) => false,
                    Err(other) => panic!("{other}"),
                }
            })
        })
        .collect();
    let mut outcomes = Vec::new();
    for racer in running {
        outcomes.push(racer.await.unwrap());
    }
    outcomes
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn writers_of_one_new_subject_share_its_key() {
    let given = a_store().await;
    let mut running = Vec::new();
    for number in 0..16 {
        let server = if number % 2 == 0 { given.store.clone() } else { given.another_server().await };
        running.push(tokio::spawn(async move {
            let event = crate::probe::ProbeEvent::Owned {
                account: countersign_domain::kit::id(1),
                name: crate::probe::personal("Ada"),
            };
            let fresh = countersign_stores::Loaded::<Probe>::fresh(format!("pr_{number}"));
            server.append(fresh, at(0, [event]), &metadata()).await.unwrap();
        }));
    }
    for writer in running {
        writer.await.unwrap();
    }
    assert_eq!(given.count("subject_keys").await, 1);
    for number in 0..16 {
        assert_eq!(given.load(&format!("pr_{number}")).await.version, 1);
    }
}
