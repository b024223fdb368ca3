//! Requests as requests: their heads, what they accept, their methods, their time.

use std::net::SocketAddr;
use std::time::Duration;

use countersign_api::{Conditions, RequestBounds};
use countersign_tests::app::person::PASSWORD;
use countersign_tests::app::record::all_events;
use countersign_tests::app::{Setup, TestApp};
use reqwest::Method;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A time-out that a story waits for.
const SHORT: Duration = Duration::from_millis(200);

async fn with(requests: RequestBounds) -> TestApp {
    let conditions = Conditions { requests, ..Conditions::default() };
    TestApp::with(Setup { conditions, ..Setup::default() }).await
}

async fn connect(app: &TestApp) -> TcpStream {
    let address: SocketAddr = app.base.trim_start_matches("http://").parse().unwrap();
    TcpStream::connect(address).await.unwrap()
}

/// Says something, and hears all that comes until the connection is closed.
async fn say(socket: &mut TcpStream, text: &str) -> String {
    socket.write_all(text.as_bytes()).await.unwrap();
    let mut heard = String::new();
    tokio::time::timeout(Duration::from_secs(20), socket.read_to_string(&mut heard)).await.unwrap().unwrap();
    heard
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_does_not_come_to_its_end_is_told_so() {
    let app = with(RequestBounds { body_within: SHORT, ..RequestBounds::default() }).await;
    for body in ["content-length: 100\r\n\r\n{", "transfer-encoding: chunked\r\n\r\n1\r\n{\r\n"] {
        let start = "POST /v1/sign-ins HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n";
        let heard = say(&mut connect(&app).await, &format!("{start}{body}")).await;
        assert!(heard.starts_with("HTTP/1.1 408 "), "{heard}");
        assert!(
            heard.contains("\"code\":\"request_timeout\"") && heard.contains("\"request_id\""),
            "{heard}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endless_body_is_refused_once_it_is_too_large() {
    let app = TestApp::start().await;
    let start = "POST /v1/sign-ins HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n";
    let parts = format!("400\r\n{}\r\n", " ".repeat(0x400)).repeat(40);
    let heard =
        say(&mut connect(&app).await, &format!("{start}transfer-encoding: chunked\r\n\r\n{parts}")).await;
    assert!(heard.starts_with("HTTP/1.1 413 ") && heard.contains("payload_too_large"), "{heard}");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_place_for_a_request_it_is_refused_before_its_body_is_read() {
    let app = with(RequestBounds { requests_per_address: 0, ..RequestBounds::default() }).await;
    let told = app.post("/v1/sign-ins", "", json!({})).await.refused(503, "overloaded");
    assert_eq!(told.retry_after(), 2);
    app.get("/healthz", "").await.expect(200);
    let start = "POST /v1/sign-ins HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\nconnection: close\r\n\r\n";
    assert!(
        say(&mut connect(&app).await, start).await.starts_with("HTTP/1.1 503 "),
        "no body was waited for"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_takes_too_long_is_given_up() {
    let app = with(RequestBounds { answered_within: Duration::ZERO, ..RequestBounds::default() }).await;
    let typed = json!({ "email": app.new_address(), "password": PASSWORD });
    let told = app.post("/v1/accounts", "", typed).await.refused(503, "unavailable");
    assert!(told.retry_after() > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_would_not_take_the_reply_is_told_before_anything_is_done() {
    let app = TestApp::start().await;
    let typed = json!({ "email": app.new_address(), "password": PASSWORD });
    for accepted in ["text/html", "application/json;q=0", "image/*"] {
        let request = app.request(Method::POST, "/v1/accounts").json(&typed).header("accept", accepted);
        app.send(request).await.refused(406, "not_acceptable");
    }
    assert_eq!(app.mail_to(typed["email"].as_str().unwrap()).await.len(), 0);
    let request = app.request(Method::GET, "/v1/audit/events").header("accept", "text/csv");
    app.send(request).await.expect(200);
    let request = app.request(Method::GET, "/v1/audit/events/stream").header("accept", "application/json");
    app.send(request).await.refused(406, "not_acceptable");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_beyond_its_bounds_is_a_problem() {
    let app = TestApp::start().await;
    app.get(&format!("/v1/audit/events?q={}", "x".repeat(9_000)), "").await.refused(414, "uri_too_long");
    let large = app.request(Method::GET, "/healthz").header("x-large", "x".repeat(17_000));
    app.send(large).await.refused(431, "headers_too_large");
    let many = (0..70).fold(app.request(Method::GET, "/healthz"), |request, number| {
        request.header(format!("x-{number}"), "x")
    });
    app.send(many).await.refused(431, "headers_too_large");
}

#[tokio::test(flavor = "multi_thread")]
async fn malformed_requests_are_refused_and_nothing_is_done() {
    let app = TestApp::start().await;
    let mut taken = Vec::new();
    for request in [
        "GET /healthz HTTP/1.1\r\n\r\n",
        "GET /healthz HTTP/1.1\r\nhost: x\r\nhost: y\r\n\r\n",
        "GET /healthz HTTP/1.1\r\nhost : x\r\n\r\n",
        "GET /v1/m\u{e9} HTTP/1.1\r\nhost: x\r\n\r\n",
        "GET /healthz HTTP/9.9\r\nhost: x\r\n\r\n",
        "GET\t/healthz\tHTTP/1.1\r\nhost: x\r\n\r\n",
        "POST /v1/accounts HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{}",
        "POST /v1/accounts HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n{}",
        "POST /v1/accounts HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked, gzip\r\n\r\n0\r\n\r\n",
        "GET //v1/me HTTP/1.1\r\nhost: x\r\n\r\n",
        "GET /v1/../v1/me HTTP/1.1\r\nhost: x\r\n\r\n",
        "GET /v1/%6de%00 HTTP/1.1\r\nhost: x\r\n\r\n",
        "GET /v1;/me HTTP/1.1\r\nhost: x\r\n\r\n",
    ] {
        let request = request.replacen("\r\n", "\r\nconnection: close\r\n", 1);
        let heard = say(&mut connect(&app).await, &request).await;
        if !heard.starts_with("HTTP/1.1 4") {
            taken.push((request, heard));
        }
    }
    assert!(taken.is_empty(), "{taken:#?}");
    assert!(all_events(app.database()).await.is_empty(), "something was done");
}

#[tokio::test(flavor = "multi_thread")]
async fn head_and_options_are_answered_sanely() {
    let app = TestApp::start().await;
    let told = app.ask(Method::OPTIONS, "/v1/sign-ins", "", None).await.expect(204);
    assert_eq!(told.header("allow"), Some("POST"));
    assert_eq!(told.header("access-control-allow-origin"), None);
    let told = app.ask(Method::HEAD, "/healthz", "", None).await.expect(200);
    assert_eq!((told.text.as_str(), told.header("content-length")), ("", Some("3")));
    assert_eq!(app.ask(Method::HEAD, "/v1/nothing", "", None).await.expect(404).text, "");
    app.ask(Method::OPTIONS, "/v1/nothing", "", None).await.refused(404, "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_are_counted_by_route_and_never_by_what_was_asked_for() {
    let app = TestApp::start().await;
    app.get("/docs/problems/not_found?secret=quillfeather", "").await.expect(200);
    app.get("/nowhere/quillfeather", "").await.refused(404, "not_found");
    app.ask(Method::from_bytes(b"QUILL").unwrap(), "/healthz", "", None)
        .await
        .refused(405, "method_not_allowed");
    let measured = app.get_operations("/metrics").await.expect(200).text;
    for line in [
        "countersign_requests_total{method=\"GET\",route=\"/docs/problems/{code}\",status=\"200\"} 1",
        "countersign_requests_total{method=\"GET\",route=\"none\",status=\"404\"} 1",
        "countersign_requests_total{method=\"other\",route=\"/healthz\",status=\"405\"} 1",
        "countersign_request_seconds_count 3",
    ] {
        assert!(measured.contains(line), "{line} in {measured}");
    }
    assert!(!measured.contains("quillfeather") && !measured.contains("QUILL"), "{measured}");
}
