use crate::compose::compose;
use crate::{Content, Reason, SendError, Sender};

use super::{codes, message, read, sender, without_code};

/// Every run of six digits or more, found in another way than the code under test finds it.
fn runs(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut run = String::new();
    for character in text.chars().chain(['\n']) {
        if character.is_ascii_digit() {
            run.push(character);
        } else {
            if run.len() >= 6 {
                found.push(run.clone());
            }
            run.clear();
        }
    }
    found
}

fn some_codes() -> impl Iterator<Item = String> {
    (0..1_000_000).step_by(7_919).chain([999_999]).map(|code| format!("{code:06}"))
}

#[test]
fn a_message_with_a_code_holds_the_code_once_in_each_part_and_no_other_six_digits() {
    for digits in some_codes() {
        for content in codes(&digits) {
            let read = read(&message(content), &sender());

            assert_eq!(runs(&read.text), [digits.as_str()]);
            assert_eq!(runs(&read.html), [digits.as_str()]);
            assert_eq!(runs(&read.raw), [digits.as_str(), digits.as_str()], "headers and boundaries too");
        }
    }
}

#[test]
fn the_code_stands_alone_on_a_line_of_the_text_part() {
    for digits in some_codes() {
        for content in codes(&digits) {
            let read = read(&message(content), &sender());

            assert_eq!(read.text.lines().filter(|line| *line == digits).count(), 1);
        }
    }
}

#[test]
fn a_message_without_a_code_holds_no_six_digits_in_a_row() {
    for content in without_code() {
        let read = read(&message(content), &sender());

        assert_eq!(runs(&read.text), [""; 0]);
        assert_eq!(runs(&read.html), [""; 0]);
        assert_eq!(runs(&read.raw), [""; 0]);
    }
}

#[test]
fn a_service_whose_address_holds_six_digits_can_still_tell_of_a_recovery() {
    let at = "2026-11-24T06:35:12.345Z".to_owned();
    let link = "https://id-20261124.example/recovery/cancel/01ab-23cd".to_owned();
    let content = Content::RecoveryPrepared {
        at: at.clone(),
        valid_from: at,
        link: link.clone(),
        another_address: false,
    };

    let read = read(&message(content), &sender());

    assert!(read.text.lines().any(|line| line == link));
}

#[test]
fn a_subject_never_holds_the_code() {
    for content in codes("048213") {
        let read = read(&message(content), &sender());

        assert!(!read.subject.contains(|character: char| character.is_ascii_digit()));
    }
}

#[test]
fn the_rule_holds_for_a_service_whose_name_is_not_ascii() {
    let name = "Bücherstübchen 北京書店 北京書店 北京書店 北京書店 北京書店";
    let sender = Sender::new("no-reply@example.org", name, "example.org").unwrap();
    for digits in some_codes() {
        for content in codes(&digits) {
            let read = read(&message(content), &sender);

            assert!(read.text.contains(name) && read.html.contains(name));
            assert!(read.raw.is_ascii());
            assert_eq!(runs(&read.raw), [digits.as_str(), digits.as_str()]);
            assert!(read.text.lines().any(|line| line == digits));
        }
    }
}

#[test]
fn what_would_break_the_rule_is_refused_for_good() {
    let code = |digits: &str, minutes| Content::SignInCode { digits: digits.to_owned(), minutes };
    let used = |at: &str| Content::BackupCodeRedeemed { at: at.to_owned() };
    let breaking = [
        code("12345", 10),
        code("1234567", 10),
        code("123 456", 10),
        code("12345x", 10),
        code("", 10),
        code("１２３４５６", 10),
        code("048213", 100_000),
        used("yesterday, 048213"),
        used(""),
        used("1795502112345"),
    ];
    for content in breaking {
        let refused = compose(&message(content.clone()), &sender());

        let reason = Reason::Content;
        assert_eq!(refused.err(), Some(SendError::Permanent { reason }), "{content:?}");
    }
}

#[test]
fn a_time_with_many_decimals_is_told_without_them() {
    let content = Content::BackupCodeReplaced { at: "2026-11-24T06:35:12.345678901Z".to_owned() };

    let read = read(&message(content), &sender());

    assert!(read.text.contains("24 November 2026 at 06:35 UTC"));
}
