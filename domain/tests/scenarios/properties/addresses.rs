//! Whatever accounts try with one address: at most one of them holds it.

use countersign_domain::email_address::{EmailAddress, EmailAddressCommand, EmailAddressEvent};
use countersign_domain::id::AccountId;
use countersign_domain::kit::Timeline;
use proptest::prelude::*;

use super::config;
use crate::support::{acc, address_key};

/// Orders of commands that are tried.
const ORDERS: u32 = 256;

/// Who holds the address after these events; an error where somebody takes what another holds.
fn holder(events: &[EmailAddressEvent]) -> Result<Option<AccountId>, String> {
    events.iter().try_fold(None, |holder, event| match (event, holder) {
        (EmailAddressEvent::Claimed { account }, None) => Ok(Some(*account)),
        (
            EmailAddressEvent::Released { account } | EmailAddressEvent::Moved { account, .. },
            Some(holder),
        ) if *account == holder => Ok(None),
        _ => Err(format!("{event:?} while {holder:?} holds it")),
    })
}

fn command() -> impl Strategy<Value = EmailAddressCommand> {
    let account = || (1..4_u32).prop_map(acc);
    prop_oneof![
        4 => account().prop_map(|account| EmailAddressCommand::Claim { account }),
        3 => account().prop_map(|account| EmailAddressCommand::Release { account }),
        1 => (account(), 2..4_u8)
            .prop_map(|(account, key)| EmailAddressCommand::Move { account, to: address_key(key) }),
    ]
}

proptest! {
    #![proptest_config(config(ORDERS))]

    #[test]
    fn no_order_of_commands_lets_two_accounts_hold_an_address(commands in prop::collection::vec(command(), 1..20)) {
        let mut timeline = Timeline::<EmailAddress>::default();
        for command in commands {
            let _ = timeline.decide(command).map_err(|breach| TestCaseError::fail(breach.to_string()))?;
        }
        let events: Vec<EmailAddressEvent> = timeline.history().iter().map(|one| one.event.clone()).collect();
        holder(&events).map_err(TestCaseError::fail)?;
        timeline.check().map_err(|breach| TestCaseError::fail(breach.to_string()))?;
    }
}

#[test]
fn two_holders_are_found() {
    let claimed = |account| EmailAddressEvent::Claimed { account: acc(account) };
    assert!(holder(&[claimed(1), claimed(2)]).is_err());
    assert!(holder(&[claimed(1), EmailAddressEvent::Released { account: acc(2) }]).is_err());
    assert_eq!(holder(&[claimed(1), EmailAddressEvent::Released { account: acc(1) }]), Ok(None));
}
