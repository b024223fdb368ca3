//! Requests that a fuzzer makes of the document, one after the other and along its links, with keys and tokens: none
//! breaks the service, none is answered otherwise than the document says, and every operation is also asked for as it
//! is meant to be.

use std::collections::{BTreeMap, BTreeSet};

use countersign_api::{Access, api_document};
use countersign_tests::at_length::asked_for;
use countersign_tests::client_tools::script;
use countersign_tests::process::installation::Installation;
use serde_json::{Map, json};

/// How many requests the gate makes at least; `scripts/schemathesis` raises it.
const IN_THE_GATE: u64 = 300;
/// Of so many requests at least one is the beginning of a way along the links.
const CASES_OF_A_WAY: u64 = 20;
/// The tail of events has no end, and is not asked for.
const ENDLESS: &str = "GET /v1/audit/events/stream";

#[tokio::test(flavor = "multi_thread")]
async fn no_request_breaks_the_service_or_is_answered_otherwise_than_described() {
    let cases = asked_for("COUNTERSIGN_TEST_CASES", IN_THE_GATE);
    let installation = Installation::new()
        .await
        .with("COUNTERSIGN_LIMIT_SIGN_IN", "0")
        .with("COUNTERSIGN_LIMIT_API", "0")
        .with("COUNTERSIGN_LIMIT_PUBLIC", "0");
    let (client, operator) =
        (installation.add_client("client").await, installation.add_client("operator").await);
    let server = installation.serve_for_keys().await;
    let base = server.address().borrow().clone().expect("it serves");
    let program = installation.command();
    let settings = program.get_envs().filter_map(|(name, value)| Some((name.to_str()?, value?.to_str()?)));
    let settings: BTreeMap<_, _> = settings.collect();

    let ended = script("lib/fuzz")
        .arg(base)
        .arg(cases.to_string())
        .env("PROGRAM", program.get_program())
        .env("SETTINGS", json!(settings).to_string())
        .env("CLIENT_KEY", client)
        .env("OPERATOR_KEY", operator)
        .env("MAILBOX", installation.mailbox().folder())
        .output()
        .await
        .expect("the script can be run");

    let told = String::from_utf8_lossy(&ended.stdout);
    assert!(ended.status.success(), "{told}{}", String::from_utf8_lossy(&ended.stderr));
    // The first round is of each operation by itself, the others are along the links.
    let generated = counts(&told, " generated")[0];
    let [ways, links] = ["Scenarios:", "API Links:"].map(|what| counts(&told, what));
    let (rounds, ways, links) = (ways.len(), ways.iter().sum::<u64>(), links.iter().sum::<u64>());
    assert!(generated >= cases, "{generated} cases\n{told}");
    assert!(ways >= cases / CASES_OF_A_WAY, "{ways} ways along the links\n{told}");
    assert!(links >= rounds as u64, "{links} links were followed in {rounds} rounds\n{told}");
    let metrics =
        reqwest::get(format!("{}/metrics", server.operations())).await.expect("operators are served");
    let metrics = metrics.text().await.expect("a reply has an end");
    assert!(!metrics.contains("countersign_requests_limited_total{"), "a limit was met:\n{metrics}");
    let never: Vec<_> = operations().difference(&succeeded(&metrics)).cloned().collect();
    assert_eq!(never, [ENDLESS], "never came past the door\n{metrics}");
    println!("{generated} cases, {ways} ways along the links, none of which broke anything");
}

/// The counts that the fuzzer tells before or behind a word, one of each round.
fn counts(told: &str, word: &str) -> Vec<u64> {
    let number = |line: &str| line.split_whitespace().find_map(|part| part.replace(',', "").parse().ok());
    let found: Vec<_> = told.lines().filter(|line| line.contains(word)).filter_map(number).collect();
    assert!(!found.is_empty(), "a count of {word}: {told}");
    found
}

/// The operations of the document, each as its method and its path.
fn operations() -> BTreeSet<String> {
    let paths = api_document(Access::ClientKeys)["paths"].as_object().expect("the document has paths");
    let of = |(path, methods): (&String, &serde_json::Value)| {
        let methods = methods.as_object().map(Map::keys).into_iter().flatten();
        methods.map(|method| format!("{} {path}", method.to_uppercase())).collect::<Vec<_>>()
    };
    paths.iter().flat_map(of).collect()
}

/// The operations that were answered with success, as the operators' listener counts.
fn succeeded(metrics: &str) -> BTreeSet<String> {
    let label = |line: &str, name: &str| {
        let rest = line.split_once(&format!("{name}=\""))?.1;
        Some(rest.split_once('"')?.0.to_owned())
    };
    let counted = metrics.lines().filter(|line| line.starts_with("countersign_requests_total{"));
    let found = counted.filter_map(|line| {
        let is_success = label(line, "status")?.starts_with('2');
        let route = label(line, "route")?.replace("{*", "{");
        Some(format!("{} {route}", label(line, "method")?)).filter(|_| is_success)
    });
    found.collect()
}
