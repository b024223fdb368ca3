//! Clients that were generated from the document of a running service: the whole flow, in Python and in TypeScript.

use countersign_tests::client_tools::script;
use countersign_tests::process::installation::Installation;
use countersign_tests::process::server::Server;
use tokio::process::Command;

#[tokio::test(flavor = "multi_thread")]
async fn generated_clients_in_python_and_typescript_play_the_whole_flow() {
    let installation = Installation::new().await;
    let server = installation.serve().await;
    let told = run(clients(&installation, &server)).await;
    for language in ["Python", "TypeScript"] {
        assert!(told.contains(&format!("{language}: signed in by mail code and by backup code")), "{told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn generated_clients_play_the_flow_with_a_clients_key() {
    let installation = Installation::new().await;
    let key = installation.add_client("client").await;
    let server = installation.serve_for_keys().await;
    let mut clients = clients(&installation, &server);
    clients.env("CLIENT_KEY", key);
    run(clients).await;
}

fn clients(installation: &Installation, server: &Server) -> Command {
    let base = server.address().borrow().clone().expect("it serves");
    let mut command = script("clients");
    command.arg(base).arg(installation.mailbox().folder());
    command
}

/// Runs it, and gives what it printed; its end has to be a good one.
async fn run(mut command: Command) -> String {
    let ended = command.output().await.expect("the script can be run");
    let told =
        format!("{}{}", String::from_utf8_lossy(&ended.stdout), String::from_utf8_lossy(&ended.stderr));
    assert!(ended.status.success(), "{told}");
    told
}
