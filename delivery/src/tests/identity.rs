use crate::compose::compose;
use crate::{MessageId, Reason, SendError};

use super::{header, sender, sign_in_code};

#[test]
fn an_equal_message_gives_the_same_bytes() {
    let first = compose(&sign_in_code(), &sender()).unwrap().formatted();
    let second = compose(&sign_in_code(), &sender()).unwrap().formatted();

    assert_eq!(first, second);
}

#[test]
fn the_headers_say_who_when_which_and_that_no_person_wrote_it() {
    let raw = compose(&sign_in_code(), &sender()).unwrap().formatted();

    let header = |name| header(&raw, name).unwrap();
    assert_eq!(header("Message-ID"), "<ch_one.sign-in@countersign.example>");
    assert_eq!(header("Date"), "Tue, 24 Nov 2026 06:35:12 +0000");
    assert_eq!(header("From"), "Countersign <no-reply@countersign.example>");
    assert_eq!(header("To"), "ann.other@example.org");
    assert_eq!(header("Auto-Submitted"), "auto-generated");
    assert_eq!(header("MIME-Version"), "1.0");
}

#[test]
fn a_time_that_no_date_header_can_tell_is_refused_for_good() {
    for at_ms in [-1, i64::MIN, 253_402_300_800_000, i64::MAX] {
        let mut message = sign_in_code();
        message.at_ms = at_ms;

        let refused = compose(&message, &sender()).err();

        assert_eq!(refused, Some(SendError::Permanent { reason: Reason::Content }), "{at_ms}");
    }
    for at_ms in [0, 253_402_300_799_999] {
        let mut message = sign_in_code();
        message.at_ms = at_ms;

        assert!(compose(&message, &sender()).is_ok(), "{at_ms}");
    }
}

#[test]
fn a_message_id_is_a_safe_file_name_and_a_safe_header() {
    let longest = "a".repeat(128);
    for text in ["a", "ch_019a1b2c-3d4e-7f00-8a1b-2c3d4e5f6a7b", "notice.bc_1", "-", longest.as_str()] {
        assert_eq!(text.parse::<MessageId>().unwrap().as_str(), text);
    }
    let too_long = "a".repeat(129);
    let bad = [
        "",
        ".",
        "..",
        ".a",
        "a.",
        "a..b",
        "a/b",
        "a\\b",
        "A",
        "ä",
        "a b",
        "a\r\nb",
        "a\0",
        "a@b",
        "a>",
        "../a",
        too_long.as_str(),
    ];
    for text in bad {
        assert!(text.parse::<MessageId>().is_err(), "{text:?}");
    }
}
