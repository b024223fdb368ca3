//! What is refused before it is a request: hyper says so by itself, and without a document.

use super::*;

#[tokio::test]
async fn what_is_no_request_is_refused_without_a_document_and_the_connection_ends() {
    let served = start(wide());
    for (said, status) in [
        ("nonsense\r\n\r\n".to_owned(), "400"),
        ("GET / HTTP/9.9\r\nhost: x\r\n\r\n".to_owned(), "400"),
        ("GET / HTTP/1.1\r\nhost: x\r\nbad header\r\n\r\n".to_owned(), "400"),
        (format!("GET / HTTP/1.1\r\n{}\r\n", "a: b\r\n".repeat(101)), "431"),
        (format!("GET /{} HTTP/1.1\r\nhost: x\r\n\r\n", "a".repeat(34_000)), "431"),
    ] {
        let mut client = served.connect().await;
        client.say(&said).await;
        let heard = client.hear_to_the_end().await;
        assert!(heard.starts_with(&format!("HTTP/1.1 {status} ")), "{said:.40}: {heard}");
        assert!(heard.ends_with("\r\n\r\n"), "{said:.40}: {heard}");
    }
}
