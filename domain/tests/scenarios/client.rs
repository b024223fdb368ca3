//! Clients of the API: apps that sign people in, known by a key.

use countersign_domain::client::{Client, ClientCommand, ClientRefusal, Role};
use countersign_domain::kit::{Scenario, event, scenario};

use crate::support::{KEYED_HASH, cl, keyed_hash};

fn client() -> Scenario<Client> {
    scenario::<Client>().secret(KEYED_HASH)
}

fn register() -> ClientCommand {
    let name = "the shop".parse().expect("a line of text");
    ClientCommand::Register { name, role: Role::Client, key: keyed_hash(&cl(1)) }
}

/// Promise 5.
#[test]
fn a_client_is_registered_with_the_keyed_hash_of_its_key() {
    client().when(register()).then([event("client.registered")
        .with("name", "the shop")
        .with("role", "client")
        .with("key", keyed_hash(&cl(1)))]);
}

#[test]
fn a_client_is_registered_once() {
    client().when(register()).when(register()).then_refused(ClientRefusal::AlreadyRegistered);
}

#[test]
fn a_revoked_client_is_known_no_more() {
    client()
        .when(register())
        .when(ClientCommand::Revoke)
        .then([event("client.revoked")])
        .then_state(|client, _| client.clone(), Client::Revoked)
        .when(ClientCommand::Revoke)
        .then_nothing()
        .when(register())
        .then_refused(ClientRefusal::AlreadyRegistered);
}

#[test]
fn there_is_nothing_to_revoke_before_a_client_is_registered() {
    client().when(ClientCommand::Revoke).then_refused(ClientRefusal::Unknown);
}
