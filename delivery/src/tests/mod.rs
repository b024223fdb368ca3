//! What this crate promises, in sentences.

mod addresses;
mod identity;
mod mailbox;
mod peer;
mod secrecy;
mod six_digits;
mod smtp;
mod urls;
mod words;

use crate::compose::compose;
use crate::{Content, Message, Sender};

const DIGITS: &str = "048213";
const ADDRESS: &str = "ann.other@example.org";
/// Where a person says no to a recovery.
const LINK: &str = "https://countersign.example/recovery/cancel/01ab-23cd";
/// 24 November 2026, 06:35:12.345 UTC
const AT_MS: i64 = 1_795_502_112_345;

fn sender() -> Sender {
    Sender::new("no-reply@countersign.example", "Countersign", "countersign.example").unwrap()
}

fn message(content: Content) -> Message {
    Message {
        id: "ch_one.sign-in".parse().unwrap(),
        to: ADDRESS.to_owned(),
        locale: "en".to_owned(),
        content,
        at_ms: AT_MS,
    }
}

fn sign_in_code() -> Message {
    message(Content::SignInCode { digits: DIGITS.to_owned(), minutes: 10 })
}

fn codes(digits: &str) -> [Content; 4] {
    let digits = digits.to_owned();
    [
        Content::RegistrationCode { digits: digits.clone(), minutes: 10 },
        Content::PasswordResetCode { digits: digits.clone(), minutes: 10 },
        Content::RecoveryCode { digits: digits.clone(), minutes: 10 },
        Content::SignInCode { digits, minutes: 10 },
    ]
}

fn prepared(at: &str, another_address: bool) -> Content {
    let (at, valid_from) = (at.to_owned(), at.to_owned());
    Content::RecoveryPrepared { at, valid_from, link: LINK.to_owned(), another_address }
}

fn without_code() -> [Content; 9] {
    let at = "2026-11-24T06:35:12.345Z".to_owned();
    [
        Content::AlreadyRegistered,
        Content::PasswordChanged { at: at.clone() },
        prepared(&at, false),
        prepared(&at, true),
        Content::EmailChanged { at: at.clone() },
        Content::RecoveryCancelled { at: at.clone() },
        Content::AccountRecovered { at: at.clone() },
        Content::BackupCodeRedeemed { at: at.clone() },
        Content::BackupCodeReplaced { at },
    ]
}

fn every_content() -> Vec<Content> {
    codes(DIGITS).into_iter().chain(without_code()).collect()
}

/// The message as a mail program reads it.
struct Read {
    subject: String,
    text: String,
    html: String,
    raw: String,
}

fn read(message: &Message, sender: &Sender) -> Read {
    let raw = compose(message, sender).unwrap().formatted();
    let mail = mailparse::parse_mail(&raw).unwrap();
    assert_eq!(mail.ctype.mimetype, "multipart/alternative");
    let part = |kind: &str| {
        let found: Vec<_> = mail.subparts.iter().filter(|part| part.ctype.mimetype == kind).collect();
        assert_eq!(found.len(), 1, "one {kind} part");
        found[0].get_body().unwrap().replace("\r\n", "\n")
    };
    Read {
        subject: header(&raw, "Subject").unwrap(),
        text: part("text/plain"),
        html: part("text/html"),
        raw: String::from_utf8(raw.clone()).unwrap(),
    }
}

fn header(raw: &[u8], name: &str) -> Option<String> {
    use mailparse::MailHeaderMap;
    mailparse::parse_mail(raw).unwrap().headers.get_first_value(name)
}
