//! Connections are cut before and after every step of every command, and nobody is lost.

use std::net::SocketAddr;

use countersign_service::entropy;
use countersign_tests::at_length::asked_for;
use countersign_tests::faults::cut::command::{COMMANDS, Command};
use countersign_tests::faults::cut::crash;
use countersign_tests::faults::cut::outcome::Outcome;
use countersign_tests::faults::cut::proxy::{Cut, Place, Proxy, Side};
use countersign_tests::faults::cut::run::{Line, Plan, cut};
use countersign_tests::process::installation::Installation;
use countersign_tests::process::person::Answered;
use countersign_tests::process::server::Server;
use reqwest::Client;
use reqwest::header::HeaderValue;
use serde_json::{Value, json};

/// Cuts of the gate, of each line; the long run is `scripts/cut`.
const CUTS: u64 = 100;
/// How many cuts a long run makes.
const ASKED: &str = "COUNTERSIGN_TEST_CUTS";
/// The commands after which a server is killed in the gate.
const CRASHES: [Command; 9] = [
    Command::Verify,
    Command::SignIn,
    Command::AnswerCode,
    Command::AnswerBackupCode,
    Command::Reissue,
    Command::Confirm,
    Command::CompleteReset,
    Command::CompleteRecovery,
    Command::SlipAtVerification,
];

fn is_long() -> bool {
    std::env::var_os(ASKED).is_some()
}

fn plan(line: Line) -> Plan {
    let seed = asked_for("COUNTERSIGN_TEST_SEED", u64::from(u32::from_be_bytes(entropy::bytes())));
    Plan { line, cuts: asked_for(ASKED, CUTS), everywhere: is_long(), keyed: true, seed }
}

/// Said also where all is well: what was cut is what the run is worth.
#[track_caller]
fn assert_clean(plan: Plan, outcome: &Outcome) {
    eprintln!("{:?}: {outcome}", plan.line);
    assert!(outcome.findings.is_empty(), "{outcome}\n{}", outcome.findings.join("\n"));
    assert!(outcome.cuts >= plan.cuts, "connections were really cut: {outcome}");
    assert!(outcome.commands.iter().all(|visited| visited.places > 0), "each command has places: {outcome}");
    // Which step comes at the very end differs from run to run.
    let places: usize = outcome.commands.iter().map(|visited| visited.places).sum();
    assert!(outcome.missed() * 20 <= places, "every place is visited: {outcome}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_that_is_lost_on_its_way_costs_nobody_their_way_in() {
    let plan = plan(Line::Client);
    let outcome = cut(plan).await.expect("there is a client");
    assert_clean(plan, &outcome);
    assert!(outcome.replayed > 0, "some had been done before their reply was lost: {outcome}");
}

/// A file has no connection that could be cut: there, servers are killed (`kills`).
#[tokio::test(flavor = "multi_thread")]
async fn a_database_connection_that_is_cut_makes_nothing_happen_twice_and_nobody_is_told_a_lie() {
    let plan = plan(Line::Database);
    let Some(outcome) = cut(plan).await else { return };
    assert_clean(plan, &outcome);
    assert!(outcome.replayed > 0, "some had been done before their reply was lost: {outcome}");
}

/// Without a key nothing is remembered but what the stream says.
#[tokio::test(flavor = "multi_thread")]
async fn who_has_no_key_is_told_at_once_what_was_committed_though_the_database_could_not_say_so() {
    let plan = Plan { cuts: 0, everywhere: false, keyed: false, ..plan(Line::Database) };
    let Some(outcome) = cut(plan).await else { return };
    assert_clean(plan, &outcome);
    assert!(outcome.answered_at_once > 0, "a cut behind a commit is no reason to give up: {outcome}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_loses_reply_and_server_between_commit_and_reply_is_given_the_reply_by_the_next_server() {
    let commands: Vec<_> = if is_long() {
        COMMANDS.into_iter().filter(|command| crash::can_lose_its_server(*command)).collect()
    } else {
        CRASHES.to_vec()
    };
    let mut before_reply: Vec<Command> = Vec::new();
    let mut findings: Vec<String> = Vec::new();
    for command in &commands {
        let crashed = crash::crash(*command).await;
        before_reply.extend(crashed.before_reply.then_some(*command));
        findings.extend(crashed.findings);
    }
    eprintln!("{} servers killed behind a commit, before their reply: {before_reply:?}", commands.len());
    assert!(findings.is_empty(), "{}", findings.join("\n"));
    assert!(!before_reply.is_empty(), "some had not written their reply");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_loses_the_reply_to_a_redemption_and_the_server_with_it_is_shown_the_code_by_the_next_server() {
    let installation = Installation::new().await;
    let mut server = installation.serve().await;
    let person = installation.person(&server);
    person.become_account().await.unwrap();
    let (sign_in, backup_code) = person.come_to_gate().await.unwrap();
    person.confirm(&sign_in, &backup_code.id).await.unwrap();
    let sign_in = person.sign_in().await.unwrap();
    let proxy = Proxy::before(address_of(&server)).await;
    let redeem = async |base: String| {
        let request = Client::new().post(format!("{base}/v1/sign-ins/{}/answers", sign_in.id));
        let request = request.bearer_auth(&sign_in.token).header("Idempotency-Key", "a-key-of-the-person");
        request.json(&json!({ "factor": "backup_code", "code": backup_code.code })).send().await
    };
    proxy.arm(Some(Cut { place: Place::Step(1), side: Side::Before }));
    assert!(redeem(format!("http://{}", proxy.address)).await.is_err(), "the reply never arrives");
    assert!(proxy.disarm().cut);
    server.kill();
    server.start().await;

    let again = redeem(format!("http://{}", address_of(&server))).await.unwrap();

    assert_eq!(again.headers().get("idempotency-replayed").map(HeaderValue::as_bytes), Some(&b"true"[..]));
    let body: Value = again.json().await.unwrap();
    assert_eq!(body["state"], "save_required");
    let access_token = person.confirm(&sign_in, body["backup_code"]["id"].as_str().unwrap()).await.unwrap();
    assert_eq!(person.me(&access_token).await.unwrap().status, 200);
    // The code that was shown is the one that the person can come back with.
    let next = person.sign_in().await.unwrap();
    let shown = body["backup_code"]["code"].as_str().unwrap();
    assert!(matches!(person.answer_with_backup_code(&next, shown).await, Ok(Answered::Gate(_))));
}

fn address_of(server: &Server) -> SocketAddr {
    let base = server.address().borrow().clone().expect("the server is up");
    base.trim_start_matches("http://").parse().expect("it serves on an address")
}
