use std::fmt::{Debug, Display};
use std::io;

use crate::{Mailbox, Reason, SendError, Smtp, Transport};

use super::peer::{Conduct, Peer};
use super::{ADDRESS, DIGITS, codes, every_content, message, sender, sign_in_code};

fn assert_silent(spoken: &str) {
    for secret in [ADDRESS, "ann.other", DIGITS, "s3cret", "mail-user", "nobody here", "01ab-23cd"] {
        assert!(!spoken.contains(secret), "{secret} in {spoken}");
    }
}

fn both(value: &(impl Debug + Display)) -> String {
    format!("{value} {value:?} {value:#?}")
}

#[test]
fn a_message_does_not_tell_its_address_or_its_code() {
    for content in every_content() {
        assert_silent(&format!("{content:?} {content:#?}"));
        let message = message(content);
        assert_silent(&format!("{message:?} {message:#?}"));
    }
    for content in codes(DIGITS) {
        assert!(format!("{content:?}").contains("[redacted]"));
    }
}

#[tokio::test]
async fn an_error_does_not_repeat_what_the_relay_said() {
    let replies = [
        "450 4.2.0 <ann.other@example.org> nobody here 048213",
        "550 5.1.1 <ann.other@example.org> nobody here 048213",
        "535 5.7.8 mail-user:s3cret nobody here 048213",
        "<ann.other@example.org> nobody here 048213",
    ];
    for reply in replies {
        let peer = Peer::start(&[Conduct::Reply("RCPT", reply)]).await;
        let relay = Smtp::from_url(&peer.url(), sender()).unwrap();

        let error = relay.send(&sign_in_code()).await.unwrap_err();

        assert_silent(&both(&error));
        assert!(std::error::Error::source(&error).is_none());
    }
}

#[tokio::test]
async fn an_error_does_not_repeat_an_address_that_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let mailbox = Mailbox::open(folder.path(), sender()).unwrap();
    let mut message = sign_in_code();
    message.to = format!("{ADDRESS}\r\nX: {DIGITS}");

    let error = mailbox.send(&message).await.unwrap_err();

    assert_silent(&both(&error));
}

#[test]
fn a_transport_does_not_tell_its_password() {
    let transport = Transport::from_url("smtps://mail-user:s3cret@mail.example.org", sender()).unwrap();

    assert_silent(&format!("{transport:?} {transport:#?}"));
    assert!(format!("{transport:?}").contains("mail.example.org:465 tls"));
}

#[test]
fn a_refused_url_is_not_repeated() {
    let urls = [
        "mail-user:s3cret@mail.example.org",
        "smtp://mail-user:s3cret@",
        "smtp://mail-user:s3cret@mail.example.org/path",
        "smtp://mail-user:s3cret%@mail.example.org",
        "smtp://:s3cret@mail.example.org",
        "smtp://mail-user:s3cret@mail.example.org:99999",
    ];
    for url in urls {
        let error = Transport::from_url(url, sender()).unwrap_err();

        assert_silent(&both(&error));
    }
}

#[tokio::test]
async fn a_stored_message_does_not_tell_its_address_or_its_code() {
    let folder = tempfile::tempdir().unwrap();
    let mailbox = Mailbox::open(folder.path(), sender()).unwrap();
    mailbox.send(&sign_in_code()).await.unwrap();

    assert_silent(&format!("{:?}", mailbox.list().unwrap()));
}

#[test]
fn each_reason_has_a_word_of_its_own() {
    let reasons = [
        Reason::Address,
        Reason::Content,
        Reason::Refused { status: 550 },
        Reason::Deferred { status: 450 },
        Reason::LoginRefused { status: 535 },
        Reason::Incapable,
        Reason::Tls,
        Reason::Connection { kind: None },
        Reason::TimedOut,
        Reason::Mailbox { kind: io::ErrorKind::StorageFull },
    ];
    let words: std::collections::BTreeSet<&str> = reasons.iter().map(Reason::code).collect();

    assert_eq!(words.len(), reasons.len());
    assert!(SendError::Permanent { reason: Reason::Address }.is_permanent());
    assert!(!SendError::Transient { reason: Reason::TimedOut }.is_permanent());
}
