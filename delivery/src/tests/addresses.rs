use crate::compose::compose;
use crate::{Mailbox, Reason, SendError, Sender, SenderError};

use super::{header, sender, sign_in_code};

const NOT_ADDRESSES: [&str; 16] = [
    "",
    "ann",
    "ann@",
    "@example.org",
    "ann@example.org\r\nBcc: eve@example.org",
    "ann@example.org\nBcc: eve@example.org",
    "ann\r\nBcc: eve@example.org",
    "\"ann\r\nBcc: eve@example.org\r\n\"@example.org",
    "\"ann\\\nBcc: eve\"@example.org",
    "ann@example.org, eve@example.org",
    "Ann <ann@example.org>",
    "ann@example.org>\r\nRCPT TO:<eve@example.org",
    "ann@example.org\0",
    "ann@example.org\u{85}",
    "ann @example.org",
    "ann@exa mple.org",
];

#[tokio::test]
async fn what_is_not_one_plain_address_is_refused_for_good_and_nothing_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let mailbox = Mailbox::open(folder.path(), sender()).unwrap();
    for to in NOT_ADDRESSES.into_iter().chain([format!("{}@example.org", "a".repeat(250)).as_str()]) {
        let mut message = sign_in_code();
        message.to = to.to_owned();

        let refused = mailbox.send(&message).await;

        assert_eq!(refused, Err(SendError::Permanent { reason: Reason::Address }), "{to:?}");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn an_unusual_address_is_taken_as_it_is() {
    let unusual =
        ["o'hara+tag@example.org", "\"a b\"@example.org", "\"a, b@c\"@example.org", "ann@a.example.co.uk"];
    for to in unusual {
        let mut message = sign_in_code();
        message.to = to.to_owned();

        let composed = compose(&message, &sender()).unwrap();

        assert_eq!(composed.envelope().to().iter().map(ToString::to_string).collect::<Vec<_>>(), [to]);
        assert_eq!(header(&composed.formatted(), "To").unwrap(), to);
    }
}

#[test]
fn a_domain_beyond_ascii_is_written_so_that_every_relay_takes_it() {
    let mut message = sign_in_code();
    message.to = "ann@bücher.example".to_owned();

    let composed = compose(&message, &sender()).unwrap();

    assert_eq!(header(&composed.formatted(), "To").unwrap(), "ann@xn--bcher-kva.example");
    assert_eq!(composed.envelope().to()[0].to_string(), "ann@xn--bcher-kva.example");
}

#[test]
fn a_sender_that_could_forge_a_header_or_break_the_rule_of_six_digits_is_refused() {
    let new = |address, name, domain| Sender::new(address, name, domain).err();
    let address = "no-reply@example.org";
    let long = "x".repeat(254);

    assert_eq!(new(address, "Shop", "example.org"), None);
    assert_eq!(new("no-reply", "Shop", "example.org"), Some(SenderError::Address));
    assert_eq!(new("a@example.org\r\nBcc: b@example.org", "Shop", "example.org"), Some(SenderError::Address));
    for name in ["", "  ", "Shop\r\nBcc: b@example.org", "Shop 123456", long.as_str()] {
        assert_eq!(new(address, name, "example.org"), Some(SenderError::Name), "{name:?}");
    }
    for domain in ["", "a b", "a>\r\nX: y", "-a.org", "a..org", "A.org", ".org", long.as_str()] {
        assert_eq!(new(address, "Shop", domain), Some(SenderError::Domain), "{domain:?}");
    }
}
