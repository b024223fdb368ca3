//! Requests that a fuzzer makes of the document, one after the other and along its links, with keys and tokens: none
//! breaks the service, and none is answered otherwise than the document says.

use countersign_tests::at_length::asked_for;
use countersign_tests::client_tools::script;
use countersign_tests::process::installation::Installation;

/// How many requests the gate makes at least; `scripts/schemathesis` raises it.
const IN_THE_GATE: u64 = 300;

#[tokio::test(flavor = "multi_thread")]
async fn no_request_breaks_the_service_or_is_answered_otherwise_than_described() {
    let cases = asked_for("COUNTERSIGN_TEST_CASES", IN_THE_GATE);
    let installation = Installation::new().await;
    let (client, operator) =
        (installation.add_client("client").await, installation.add_client("operator").await);
    let server = installation.serve_for_keys().await;
    let base = server.address().borrow().clone().expect("it serves");

    let ended = script("lib/fuzz")
        .arg(base)
        .arg(cases.to_string())
        .env("CLIENT_KEY", client)
        .env("OPERATOR_KEY", operator)
        .env("MAILBOX", installation.mailbox().folder())
        .output()
        .await
        .expect("the script can be run");

    let told = String::from_utf8_lossy(&ended.stdout);
    assert!(ended.status.success(), "{told}{}", String::from_utf8_lossy(&ended.stderr));
    let generated = generated(&told).unwrap_or_else(|| panic!("a count of cases: {told}"));
    assert!(generated >= cases, "{generated} cases\n{told}");
    println!("{generated} cases, none of which broke anything");
}

/// How many cases the fuzzer says that it made.
fn generated(told: &str) -> Option<u64> {
    let line = told.lines().find(|line| line.contains(" generated"))?;
    line.split_whitespace().next()?.replace(',', "").parse().ok()
}
