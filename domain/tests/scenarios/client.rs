//! Clients of the API: apps that sign people in, known by a key.

use countersign_domain::client::{AuditRead, Client, ClientCommand, ClientRefusal, Role};
use countersign_domain::kit::{Scenario, event, scenario};
use countersign_domain::secret::Personal;
use countersign_domain::time::{Span, Timestamp};

use crate::support::{KEYED_HASH, cl, keyed_hash, moment};

fn client() -> Scenario<Client> {
    scenario::<Client>().secret(KEYED_HASH)
}

fn register() -> ClientCommand {
    register_as(Role::Client)
}

fn register_as(role: Role) -> ClientCommand {
    let name = "the shop".parse().expect("a line of text");
    ClientCommand::Register { name, role, key: keyed_hash(&cl(1)), expires_at: None }
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

fn read(opened: bool) -> ClientCommand {
    let asked = Personal::plain("account:acc_1".to_owned());
    ClientCommand::RecordRead { read: AuditRead::Events, asked, opened }
}

#[test]
fn what_an_auditor_reads_is_recorded_and_stays_sealed() {
    client()
        .when(register_as(Role::Auditor))
        .when(read(false))
        .then([event("audit.read").with("read", "events").with("opened", false)])
        .when(read(true))
        .then_refused(ClientRefusal::MayNot);
}

#[test]
fn an_operator_may_open_what_is_personal() {
    client()
        .when(register_as(Role::Operator))
        .when(read(true))
        .then([event("audit.read").with("opened", true)]);
}

#[test]
fn a_client_that_signs_people_in_reads_no_audit() {
    client().when(register()).when(read(false)).then_refused(ClientRefusal::MayNot);
}

#[test]
fn who_is_not_known_or_known_no_more_reads_no_audit() {
    client()
        .when(read(false))
        .then_refused(ClientRefusal::Unknown)
        .when(register_as(Role::Auditor))
        .when(ClientCommand::Revoke)
        .when(read(false))
        .then_refused(ClientRefusal::Unknown);
}

fn rotate(number: u32, expires_at: Option<Timestamp>) -> ClientCommand {
    rotation(number, expires_at, Span::hours(1), false)
}

fn rotation(number: u32, expires_at: Option<Timestamp>, overlap: Span, may_end_a_key: bool) -> ClientCommand {
    ClientCommand::RotateKey { key: keyed_hash(&cl(number)), expires_at, overlap, may_end_a_key }
}

/// The numbers of the keys that are accepted; each is the one that was given as that.
fn accepted(client: &Client, now: Timestamp) -> Vec<u32> {
    let Some((_, keys)) = client.accepted(now) else { return Vec::new() };
    keys.inspect(|key| assert_eq!(key.verifier, keyed_hash(&cl(key.number)))).map(|key| key.number).collect()
}

#[test]
fn a_rotated_key_is_accepted_beside_the_new_one_for_as_long_as_was_said() {
    client()
        .when(register())
        .when(rotate(2, None))
        .then([event("client.key_rotated").with("key", keyed_hash(&cl(2)))])
        .then_state(accepted, vec![1, 2])
        .after(Span::minutes(59))
        .then_state(accepted, vec![1, 2])
        .after(Span::minutes(1))
        .then_state(accepted, vec![2]);
}

#[test]
fn a_third_key_that_would_end_the_oldest_before_its_time_is_refused_unless_that_is_meant() {
    client()
        .when(register())
        .when(rotate(2, None))
        .when(rotate(3, None))
        .then_refused(ClientRefusal::WouldEndAKey)
        .then_state(accepted, vec![1, 2])
        .when(rotation(3, None, Span::hours(1), true))
        .then_state(accepted, vec![2, 3]);
}

#[test]
fn a_third_key_is_given_as_soon_as_the_oldest_has_ended() {
    client()
        .when(register())
        .when(rotate(2, None))
        .after(Span::hours(1))
        .when(rotate(3, None))
        .then_state(accepted, vec![2, 3]);
}

#[test]
fn a_rotation_without_an_overlap_ends_all_other_keys() {
    client()
        .when(register())
        .when(rotate(2, None))
        .when(rotation(3, None, Span::default(), false))
        .then_state(accepted, vec![3]);
}

#[test]
fn a_key_that_ended_takes_no_place_of_one_that_is_accepted() {
    let end = moment("2026-01-05T08:30:00.000Z");
    client()
        .when(register())
        .when(rotate(2, Some(end)))
        .after(Span::minutes(30))
        .when(rotate(3, None))
        .then_state(accepted, vec![1, 3]);
}

#[test]
fn a_key_that_ends_before_the_overlap_does_is_not_accepted_for_longer() {
    let end = moment("2026-01-05T08:30:00.000Z");
    client()
        .when(register())
        .when(rotate(2, Some(end)))
        .when(rotation(3, None, Span::hours(1), true))
        .then_state(accepted, vec![2, 3])
        .after(Span::minutes(30))
        .then_state(accepted, vec![3]);
}

#[test]
fn a_key_that_was_given_an_end_is_not_accepted_from_then_on() {
    let end = moment("2026-01-06T08:00:00.000Z");
    client()
        .when(register())
        .when(rotate(2, Some(end)))
        .after(Span::days(1))
        .then_state(accepted, Vec::new());
}

#[test]
fn a_key_that_expired_before_it_is_shown_is_refused() {
    let now = moment("2026-01-05T08:00:00.000Z");
    client().when(register()).when(rotate(2, Some(now))).then_refused(ClientRefusal::ExpiredAlready);
}

#[test]
fn a_client_that_is_not_known_gets_no_key() {
    client()
        .when(rotate(2, None))
        .then_refused(ClientRefusal::Unknown)
        .when(register())
        .when(ClientCommand::Revoke)
        .when(rotate(2, None))
        .then_refused(ClientRefusal::Unknown);
}
