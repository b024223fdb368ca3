//! The log as JSON: every line is an object, a request's end names the request, and no line holds a secret.

use countersign_tests::faults::search::finder::Finder;
use countersign_tests::faults::search::needles::Needles;
use countersign_tests::process::api::Journal;
use countersign_tests::process::installation::Installation;
use serde_json::Value;

#[tokio::test(flavor = "multi_thread")]
async fn every_line_of_a_json_log_is_an_object_with_time_and_level_and_none_holds_a_secret() {
    let installation = Installation::new().await.with("COUNTERSIGN_LOG", "json");
    let mut server = installation.serve().await;
    let journal = Journal::default();
    let person = installation.person_on_record(&server, &journal);
    person.become_account().await.unwrap();
    let (sign_in, code) = person.come_to_gate().await.unwrap();
    let access = person.confirm(&sign_in, &code.id).await.unwrap();
    assert_eq!(person.me(&access).await.unwrap().status, 200);
    assert_eq!(person.me("nonsense").await.unwrap().status, 401);
    assert!(server.stop().await.status.success());

    let log = server.logged();
    let read =
        |line: &str| serde_json::from_str::<Value>(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    let lines: Vec<Value> = log.lines().map(read).collect();

    for line in &lines {
        for name in ["timestamp", "level", "message"] {
            assert!(line[name].is_string(), "no {name}: {line}");
        }
    }
    let answered: Vec<&Value> = lines.iter().filter(|line| line["message"] == "answered").collect();
    assert_eq!(answered.len(), journal.exchanges().len(), "a line a request: {answered:#?}");
    for line in answered {
        let is_request = ["method", "route", "request_id"].iter().all(|name| line[*name].is_string());
        assert!(is_request && line["status"].is_u64() && line["millis"].is_u64(), "{line}");
    }
    let needles = Needles::of(&installation, &journal.exchanges());
    assert_eq!(Finder::of(&needles).find("the log", log.as_bytes()), []);
}
