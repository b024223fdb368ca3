//! Notices: whenever a backup code is used or replaced, its person is told by mail, once.

use std::fs;

use countersign_domain::time::Span;
use countersign_tests::app::{BackupCode, Person, TestApp};

const USED: &str = "Your backup code was used";
const REPLACED: &str = "Your backup code was replaced";

#[tokio::test(flavor = "multi_thread")]
async fn a_used_backup_code_is_told_by_mail_once() {
    let app = TestApp::start().await;
    let (person, code) = app.enrolled().await;
    let (sign_in, shown) = app.at_gate_by_backup_code(&person, &code.code).await;
    app.confirm(&sign_in, &shown.id).await.expect_state("signed_in");
    app.sweep().await;

    assert_eq!(notices(&app, &person).await, [USED]);
    let sent = app.last(person.account, "notice.sent").await;
    assert_eq!(
        (&sent.payload["notice"], &sent.payload["backup_code"]),
        (&"backup_code_redeemed".into(), &code.id.into())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_code_is_no_news_and_each_replacement_is() {
    let app = TestApp::start().await;
    let person = app.person().await;
    let (sign_in, _) = app.at_gate_by_mail(&person).await;
    assert_eq!(notices(&app, &person).await, [""; 0]);

    app.reissue(&sign_in).await.expect(200);
    app.reissue(&sign_in).await.expect(200);

    assert_eq!(notices(&app, &person).await, [REPLACED; 2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_that_came_as_a_replacement_is_told_again_when_it_is_used() {
    let app = TestApp::start().await;
    let person = app.person().await;
    let (sign_in, _) = app.at_gate_by_mail(&person).await;
    let reissued = BackupCode::shown(&app.reissue(&sign_in).await.expect(200));
    app.confirm(&sign_in, &reissued.id).await.expect_state("signed_in");
    assert_eq!(notices(&app, &person).await, [REPLACED]);

    app.at_gate_by_backup_code(&person, &reissued.code).await;

    assert_eq!(notices(&app, &person).await, [REPLACED, USED]);
}

#[tokio::test(flavor = "multi_thread")]
async fn opening_the_gate_again_is_told_as_a_replacement() {
    let app = TestApp::start().await;
    let (person, code) = app.enrolled().await;
    app.at_gate_by_backup_code(&person, &code.code).await;
    app.at_gate_by_backup_code(&person, &code.code).await;
    assert_eq!(notices(&app, &person).await, [REPLACED, USED]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notice_waits_a_day_for_a_transport_that_is_away_and_no_longer() {
    for (hours, expected) in [(23, vec![USED]), (24, vec![])] {
        let app = TestApp::start().await;
        let (person, code) = app.enrolled().await;
        let sign_in = app.start_sign_in(&person).await;
        app.settled().await;
        let away = app.mailbox_folder().with_extension("away");
        fs::rename(app.mailbox_folder(), &away).unwrap();
        fs::write(app.mailbox_folder(), "in the way").unwrap();
        app.answer_backup_code(&sign_in, &code.code).await.expect_state("save_required");
        app.settled().await;
        fs::remove_file(app.mailbox_folder()).unwrap();
        fs::rename(&away, app.mailbox_folder()).unwrap();
        app.advance(Span::hours(hours));

        app.sweep().await;

        assert_eq!(notices(&app, &person).await, expected, "after {hours} hours");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notice_says_when_and_shows_no_code() {
    let app = TestApp::start().await;
    let (person, code) = app.enrolled().await;
    let (_, shown) = app.at_gate_by_backup_code(&person, &code.code).await;
    let mail = app.mail_to(&person.email).await;
    let notice = mail.iter().find(|message| message.subject == USED).unwrap();
    assert!(notice.text.contains("15 January 2027 at 08:00 UTC"), "{}", notice.text);
    assert!(!notice.text.contains(&code.code) && !notice.text.contains(&shown.code));
}

/// The subjects of the notices that a person got, and a check that each was recorded.
async fn notices(app: &TestApp, person: &Person) -> Vec<String> {
    let mail = app.mail_to(&person.email).await.into_iter().map(|message| message.subject);
    let mut subjects: Vec<String> =
        mail.filter(|subject| [USED, REPLACED].contains(&subject.as_str())).collect();
    subjects.sort();
    assert_eq!(app.count(person.account, "notice.sent").await, subjects.len());
    subjects.reverse();
    subjects.sort_by_key(|subject| subject != REPLACED);
    subjects
}
