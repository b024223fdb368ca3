//! As many connections as there are places.

use super::*;

#[track_caller]
fn assert_refused(heard: &str) {
    assert!(heard.starts_with("HTTP/1.1 503 Service Unavailable\r\n"), "{heard}");
    assert!(heard.contains("\r\nretry-after: 2\r\n"), "{heard}");
    assert!(heard.contains("\"code\":\"overloaded\""), "{heard}");
    let id = heard.split_once("x-request-id: ").and_then(|(_, rest)| rest.split("\r\n").next());
    let id = id.expect("a refusal has an id");
    assert!(heard.ends_with(&format!("\"request_id\":\"{id}\",\"status\":503,\"title\":\"There is more work than the service can do\",\"type\":\"/docs/problems/overloaded\"}}")), "{heard}");
}

#[tokio::test]
async fn beyond_all_places_a_connection_is_refused_with_a_time_to_come_back() {
    let served = start(Bounds { connections: 2, ..wide() });
    let mut held = [served.connect().await, served.connect().await];
    for client in &mut held {
        client.get().await;
    }
    let mut refused = served.connect().await;
    refused.say("GET / HTTP/1.1\r\nhost: x\r\n\r\n").await;
    assert_refused(&refused.hear_to_the_end().await);
    for client in &mut held {
        client.get().await;
    }
}

#[tokio::test]
async fn an_address_has_its_own_places_and_leaves_those_of_others() {
    let served = start(Bounds { connections_per_address: 1, ..wide() });
    let mut held = served.connect().await;
    held.get().await;
    assert_refused(&served.connect().await.hear_to_the_end().await);
    Client::connect_from([127, 0, 0, 2].into(), served.address).await.get().await;
}

#[tokio::test]
async fn however_many_are_refused_at_once_each_is_told_when_to_come_back() {
    let served = start(Bounds { connections: 0, heard_within: LONG, ..wide() });
    let mut refused = Vec::new();
    for _ in 0..2 * super::super::bounds::REFUSALS_MOST {
        refused.push(served.connect().await);
    }
    for mut client in refused {
        assert_refused(&client.hear_to_the_end().await);
    }
}

#[tokio::test]
async fn when_nearly_all_places_are_taken_idle_connections_make_room() {
    let served = start(Bounds { connections: 5, idle_when_crowded: SHORT, ..wide() });
    let mut idle = [served.connect().await, served.connect().await, served.connect().await];
    for client in &mut idle {
        client.get().await;
    }
    let mut busy = [served.connect().await, served.connect().await];
    for client in &mut busy {
        client.say("GET /never HTTP/1.1\r\nhost: x\r\n\r\n").await;
    }
    served.serves_again().await;
    drop(busy);
    assert!(served.ended_in_all("crowded").await > 0);
}
