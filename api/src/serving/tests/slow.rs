//! Who is slow, silent or endless.

use super::*;

#[tokio::test]
async fn a_connection_on_which_nothing_comes_is_closed_without_a_word() {
    let served = start(Bounds { head_within: SHORT, ..wide() });
    assert_eq!(served.connect().await.hear_to_the_end().await, "");
}

#[tokio::test]
async fn a_head_that_does_not_come_to_its_end_is_told_so() {
    let served = start(Bounds { head_within: SHORT, ..wide() });
    for head in ["G", "PRI", "POST / HTTP/1.1\r\nhost: x\r\nx-slow: "] {
        let mut client = served.connect().await;
        client.say(head).await;
        let heard = client.hear_to_the_end().await;
        assert!(heard.starts_with("HTTP/1.1 408 Request Timeout\r\n"), "{head:?}: {heard}");
        assert!(heard.contains("\"code\":\"request_timeout\""), "{heard}");
    }
}

#[tokio::test]
async fn a_head_that_comes_byte_by_byte_is_ended_all_the_same() {
    let served = start(Bounds { head_within: SHORT, ..wide() });
    let mut client = served.connect().await;
    client.say("GET / HTTP/1.1\r\nx: ").await;
    client.say_slowly("y").await;
}

#[tokio::test]
async fn the_head_of_a_later_request_has_no_longer_than_that_of_the_first() {
    let served = start(Bounds { head_within: SHORT, ..wide() });
    let mut client = served.connect().await;
    client.get().await;
    client.say("GET / HT").await;
    assert!(client.hear_to_the_end().await.starts_with("HTTP/1.1 408 "));
}

#[tokio::test]
async fn an_idle_connection_is_closed_without_a_word() {
    let served = start(Bounds { idle_within: SHORT, ..wide() });
    let mut client = served.connect().await;
    client.get().await;
    assert_eq!(client.hear_to_the_end().await, "");
}

#[tokio::test]
async fn who_asks_for_much_and_reads_nothing_is_cut() {
    let served = start(Bounds { taken_within: SHORT, connections: 1, ..wide() });
    let mut client = served.connect().await;
    client.say("GET /endless HTTP/1.1\r\nhost: x\r\n\r\n").await;
    // Its place is free again, although it never hung up.
    served.serves_again().await;
    drop(client);
}

#[tokio::test]
async fn requests_that_come_together_are_answered_one_after_the_other() {
    let served = start(wide());
    let mut client = served.connect().await;
    let requests = "GET / HTTP/1.1\r\nhost: x\r\n\r\n".repeat(20);
    client.say(&requests).await;
    client.say("GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await;
    assert_eq!(client.hear_to_the_end().await.matches("quill").count(), 21);
}

#[tokio::test]
async fn a_head_that_is_too_large_is_refused_and_its_connection_closed() {
    let served = start(wide());
    for (head, status) in [
        (format!("GET / HTTP/1.1\r\n{}\r\n", "x: y\r\n".repeat(150)), "431"),
        (format!("GET / HTTP/1.1\r\nx: {}\r\n\r\n", "y".repeat(60_000)), "431"),
        ("GET / HTTP/1.1\r\nx y\r\n\r\n".to_owned(), "400"),
    ] {
        let mut client = served.connect().await;
        client.say(&head).await;
        let heard = client.hear_to_the_end().await;
        assert!(heard.starts_with(&format!("HTTP/1.1 {status} ")), "{status}: {heard}");
    }
}
