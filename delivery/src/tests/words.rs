use crate::{Content, Sender};

use super::{LINK, every_content, message, prepared, read, sender, sign_in_code};

#[test]
fn every_message_greets_tells_what_to_do_otherwise_and_says_that_it_is_automatic() {
    for content in every_content() {
        let read = read(&message(content), &sender());

        for part in [&read.text, &read.html] {
            assert!(part.contains("Hello,"));
            assert!(
                part.contains("If you did not")
                    || part.contains("not you")
                    || part.contains("If you are not")
            );
            assert!(part.contains("Countersign sent this message automatically."));
            assert!(!part.to_lowercase().contains("reply"));
        }
    }
}

#[test]
fn a_code_says_how_long_it_is_valid() {
    let code = |minutes| message(Content::SignInCode { digits: "048213".to_owned(), minutes });

    let ten = read(&code(10), &sender());
    let one = read(&code(1), &sender());

    assert!(ten.text.contains("within 10 minutes of") && ten.html.contains("within 10 minutes of"));
    assert!(one.text.contains("within 1 minute of") && one.html.contains("within 1 minute of"));
}

#[test]
fn a_notice_says_when() {
    let at = || "2026-11-24T06:35:12.345Z".to_owned();
    for content in [Content::BackupCodeRedeemed { at: at() }, Content::BackupCodeReplaced { at: at() }] {
        let read = read(&message(content), &sender());

        assert!(read.text.contains("24 November 2026 at 06:35 UTC"));
        assert!(read.html.contains("24 November 2026 at 06:35 UTC"));
    }
}

#[test]
fn a_notice_about_a_recovery_says_from_when_on_and_where_to_say_no() {
    let (at, valid_from) = ("2026-11-24T06:35:12.345Z".to_owned(), "2026-11-27T06:35:12.345Z".to_owned());
    let link = LINK.to_owned();
    let content = Content::RecoveryPrepared { at, valid_from, link, another_address: false };

    let read = read(&message(content), &sender());

    assert!(read.text.lines().any(|line| line == LINK), "a link stands alone: {}", read.text);
    assert!(read.html.contains(&format!("<a href=\"{LINK}\">")));
    for part in [&read.text, &read.html] {
        assert!(
            part.contains("24 November 2026 at 06:35 UTC") && part.contains("27 November 2026 at 06:35 UTC")
        );
    }
}

#[test]
fn a_notice_about_a_recovery_says_whether_the_account_gets_another_address() {
    for another in [false, true] {
        let read = read(&message(prepared("2026-11-24T06:35:12.345Z", another)), &sender());

        for part in [&read.text, &read.html] {
            assert_eq!(part.contains("gets another address"), another, "{part}");
        }
    }
}

#[test]
fn the_html_part_names_its_language_fits_dark_mode_and_loads_nothing() {
    for content in every_content() {
        let html = read(&message(content), &sender()).html;
        // The one thing that a person may follow, and only in the notice that is there for it.
        let html = html.replace(&format!(" href=\"{LINK}\""), "");

        assert!(html.contains("<html lang=\"en\">"));
        assert!(html.contains("color-scheme: light dark"));
        for outside in ["http", "src=", "href=", "url(", "@import", "<script", "<img", "<link"] {
            assert!(!html.contains(outside), "{outside}");
        }
    }
}

#[test]
fn the_html_part_escapes_the_service_name_and_the_text_part_does_not() {
    let sender = Sender::new("no-reply@example.org", "Salt <b> & Co", "example.org").unwrap();

    let read = read(&sign_in_code(), &sender);

    assert!(read.text.contains("Salt <b> & Co"));
    assert!(!read.html.contains("<b>"));
    assert!(!read.html.contains("& Co"));
}

#[test]
fn a_language_without_templates_gets_english() {
    for locale in ["en", "en-GB", "EN_us", "de", "zh-Hans-CN", "", "--", "x-\r\nBcc: a@example.org"] {
        let mut message = sign_in_code();
        message.locale = locale.to_owned();

        assert_eq!(read(&message, &sender()).subject, "Your sign-in code", "{locale}");
    }
}

#[test]
fn a_whole_message_looks_like_this() {
    let raw = read(&sign_in_code(), &sender()).raw.replace("\r\n", "\n");

    insta::assert_snapshot!(raw);
}
