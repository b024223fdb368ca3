//! `audit events`: what the API gives, to the last page.

use countersign_tests::process::installation::Installation;
use serde_json::Value;

use super::{MORE_THAN_TWO_PAGES, caught_up, failed, filled, lines, over_http, printed, quiet, said};

#[tokio::test(flavor = "multi_thread")]
async fn events_as_json_lines_are_the_events_that_the_api_gives() {
    let (installation, lived) = quiet().await;
    let server = installation.serve().await;
    let account = lived.account.as_str();
    let of_account = format!("q=account:{account}%20type:backup_code.*");
    let all = over_http(&server, "/v1/audit/events?limit=500").await["data"].as_array().unwrap().clone();
    let at = all[all.len() / 2]["at"].as_str().unwrap();
    let cases: Vec<(String, Vec<&str>)> = vec![
        ("limit=500".into(), vec![]),
        (of_account, vec!["type:backup_code.*", "--account", account]),
        (format!("account={account}&order=oldest"), vec!["--account", account, "--oldest"]),
        ("limit=3&after=9".into(), vec!["--limit", "3", "--after", "9"]),
        (format!("from={at}&limit=500"), vec!["--from", at]),
        (format!("to={at}&limit=500"), vec!["--to", at]),
        (
            "q=-outcome:accepted%20ip:127.0.0.0/8&limit=500".into(),
            vec!["--", "-outcome:accepted ip:127.0.0.0/8"],
        ),
    ];
    for (query, typed) in cases {
        let expected = over_http(&server, &format!("/v1/audit/events?{query}")).await;

        let told = printed(&installation, &[&["audit", "events", "--open"], &*typed].concat()).await;

        assert!(!lines(&told).is_empty(), "{query} finds something");
        assert_eq!(Value::from(lines(&told)), expected["data"], "{query}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_people_were_stays_sealed_unless_it_is_opened() {
    let (installation, lived) = quiet().await;
    let asked = ["audit", "events", "type:backup_code.redeemed", "--account", &lived.account];

    let sealed = lines(&printed(&installation, &asked).await);
    let opened = lines(&printed(&installation, &[&asked[..], &["--open"]].concat()).await);

    assert_eq!((sealed.len(), opened.len()), (1, 1));
    assert_eq!((&sealed[0]["ip"], &opened[0]["ip"]), (&Value::Null, &"127.0.0.1".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_has_the_ids_for_the_next_question() {
    let (installation, lived) = quiet().await;

    let asked = ["audit", "events", "type:backup_code.redeemed", "-o", "table", "--account", &lived.account];
    let table = printed(&installation, &asked).await;

    assert!(table.contains(&lived.sign_in), "{table}");
    assert!(table.contains("accepted") && table.contains("backup_code.redeemed"), "{table}");
    let nothing = installation.operate(&["audit", "events", "account:nobody", "-o", "table"]).await;
    assert_eq!((nothing.stdout.as_slice(), said(&nothing).as_str()), (&b""[..], "no event is like this\n"));
}

fn indexes(events: &[Value]) -> Vec<u64> {
    events.iter().map(|event| event["index"].as_u64().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_is_printed_until_the_last_or_the_limit() {
    let installation = Installation::new().await;
    caught_up(&filled(&installation).await).await;
    let size = u64::try_from(MORE_THAN_TWO_PAGES).unwrap();

    let newest = lines(&printed(&installation, &["audit", "events"]).await);
    let array = printed(&installation, &["audit", "events", "--oldest", "-o", "json"]).await;
    let some = lines(&printed(&installation, &["audit", "events", "--limit", "501"]).await);
    let none = printed(&installation, &["audit", "events", "type:nothing", "-o", "json"]).await;

    assert_eq!(indexes(&newest), (0..size).rev().collect::<Vec<_>>());
    let array: Vec<Value> = serde_json::from_str(&array).unwrap();
    assert_eq!(indexes(&array), (0..size).collect::<Vec<_>>());
    assert_eq!(some, newest[..501]);
    assert_eq!(serde_json::from_str::<Value>(&none).unwrap(), Value::Array(Vec::new()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_filter_is_shown_with_a_caret_under_where_it_is_wrong() {
    let installation = Installation::new().await;
    let told = failed(&installation, &["audit", "events", "type:x acount:y"], 2).await;
    assert!(told.contains("column 8"), "{told}");
    assert!(told.ends_with("\n  type:x acount:y\n         ^\n"), "{told}");
}
