//! One address, one account.

use countersign_domain::email_address::{
    EmailAddress, EmailAddressCommand, EmailAddressEvent, EmailAddressRefusal,
};
use countersign_domain::kit::scenario;

use crate::support::{acc, address_key};

fn claim(account: u32) -> EmailAddressCommand {
    EmailAddressCommand::Claim { account: acc(account) }
}

fn release(account: u32) -> EmailAddressCommand {
    EmailAddressCommand::Release { account: acc(account) }
}

fn move_to(key: u8, account: u32) -> EmailAddressCommand {
    EmailAddressCommand::Move { account: acc(account), to: address_key(key) }
}

fn claimed(account: u32) -> EmailAddressEvent {
    EmailAddressEvent::Claimed { account: acc(account) }
}

fn released(account: u32) -> EmailAddressEvent {
    EmailAddressEvent::Released { account: acc(account) }
}

fn moved(key: u8, account: u32) -> EmailAddressEvent {
    EmailAddressEvent::Moved { account: acc(account), to: address_key(key) }
}

#[test]
fn an_unclaimed_address_can_be_claimed() {
    scenario::<EmailAddress>().when(claim(1)).then([claimed(1)]);
}

#[test]
fn a_claimed_address_cannot_be_claimed_by_another_account() {
    scenario::<EmailAddress>()
        .given([claimed(1)])
        .when(claim(2))
        .then_refused(EmailAddressRefusal::ClaimedByAnother);
}

#[test]
fn claiming_an_address_again_changes_nothing() {
    scenario::<EmailAddress>().given([claimed(1)]).when(claim(1)).then_nothing();
}

#[test]
fn an_address_is_free_once_it_is_released() {
    scenario::<EmailAddress>()
        .given([claimed(1)])
        .when(release(1))
        .then([released(1)])
        .when(claim(2))
        .then([claimed(2)]);
}

#[test]
fn an_account_releases_only_what_it_holds() {
    scenario::<EmailAddress>().when(release(1)).then_nothing();
    scenario::<EmailAddress>()
        .given([claimed(2)])
        .when(release(1))
        .then_nothing()
        .then_state(|address, _| address.clone(), EmailAddress::Claimed { account: acc(2) });
}

#[test]
fn releasing_an_address_again_changes_nothing() {
    scenario::<EmailAddress>().given([claimed(1), released(1)]).when(release(1)).then_nothing();
}

#[test]
fn a_claim_moves_to_the_stream_of_the_current_key() {
    scenario::<EmailAddress>()
        .given([claimed(1)])
        .when(move_to(2, 1))
        .then([moved(2, 1)])
        .when(move_to(2, 1))
        .then_nothing();
}

#[test]
fn only_the_holder_moves_an_address() {
    scenario::<EmailAddress>().when(move_to(2, 1)).then_refused(EmailAddressRefusal::NotHeld);
    scenario::<EmailAddress>()
        .given([claimed(2)])
        .when(move_to(2, 1))
        .then_refused(EmailAddressRefusal::NotHeld);
    scenario::<EmailAddress>()
        .given([claimed(1), moved(2, 1)])
        .when(move_to(3, 1))
        .then_refused(EmailAddressRefusal::NotHeld);
}

#[test]
fn a_moved_address_is_neither_claimed_nor_released_in_the_old_stream() {
    scenario::<EmailAddress>()
        .given([claimed(1), moved(2, 1)])
        .when(claim(1))
        .then_refused(EmailAddressRefusal::Moved)
        .when(claim(2))
        .then_refused(EmailAddressRefusal::Moved)
        .when(release(1))
        .then_refused(EmailAddressRefusal::Moved);
}
