//! The flow that it all exists for: mail code, gate, backup code, gate, session.

use countersign_domain::time::Span;
use countersign_tests::app::mail::digits_in;
use countersign_tests::app::{BackupCode, Person, Reply, SignIn, TestApp};
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn a_person_registers_proves_the_address_and_is_an_account() {
    let app = TestApp::start().await;
    let reply = app.register("Robin@Countersign.EXAMPLE", "violet harbour sings quietly").await.expect(202);
    assert_eq!(reply.at("/object"), "registration");
    let mail = app.mail_to("robin@countersign.example").await;
    let code = digits_in(&mail[0].text).unwrap();

    let account = app.verify(reply.at("/token"), &code).await.expect(201);

    assert_eq!(account.at("/object"), "account");
    assert_eq!(account.at("/email"), "robin@countersign.example");
    let version = account.header("countersign-version").unwrap();
    assert_eq!(version, format!("{}:5", account.at("/id")));
    let names = app.names(account.at("/id").parse().unwrap()).await;
    let told =
        ["account.registered", "code.requested", "code.sent", "code.accepted", "account.email_verified"];
    assert_eq!(names, told);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_sign_in_is_let_in_only_after_a_backup_code_is_saved() {
    let app = TestApp::start().await;
    let person = app.person().await;

    let started = app.sign_in_with(person.credentials()).await.expect(201);
    let sign_in = SignIn::of(&started);
    assert_eq!(started.header("location"), Some(sign_in.path("").as_str()));
    assert_eq!(started.at("/state"), "factor_required");
    assert_eq!(started.at("/challenge/sent_to"), "p***@c***.example");

    let at_gate = app.answer_by_mail(&sign_in).await.expect_state("save_required");
    assert!(!at_gate.has("/session"), "{}", at_gate.text);
    let shown = BackupCode::shown(&at_gate);
    assert_eq!(shown.code.split('-').map(str::len).collect::<Vec<_>>(), [4; 6]);

    let signed_in = app.confirm(&sign_in, &shown.id).await.expect_state("signed_in");
    assert_eq!(signed_in.body["session"]["amr"], json!(["pwd", "email"]));
    assert_eq!(signed_in.at("/session/aal"), "aal1");
    let me = app.get("/v1/me", signed_in.at("/session/access_token")).await.expect(200);
    assert_eq!(me.at("/id"), person.account.to_string());
    assert_eq!(me.body["factors"], json!(["email_code", "backup_code"]));
    assert!(me.has("/backup_code/confirmed_at") && !me.has("/backup_code/used_at"), "{}", me.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_without_mail_gets_in_by_backup_code_and_must_save_the_new_one() {
    let app = TestApp::start().await;
    let (person, old) = app.enrolled().await;

    let (sign_in, new) = app.at_gate_by_backup_code(&person, &old.code).await;
    assert_ne!(new, old);
    let signed_in = app.confirm(&sign_in, &new.id).await.expect_state("signed_in");

    assert_eq!(signed_in.body["session"]["amr"], json!(["pwd", "otp", "mfa"]));
    assert_eq!(signed_in.at("/session/aal"), "aal2");
    let me = app.get("/v1/me", signed_in.at("/session/access_token")).await.expect(200);
    assert!(me.has("/backup_code/used_at"), "{}", me.text);
    let events = app.events(person.account).await;
    let used = events.iter().position(|event| event.event_type == "backup_code.redeemed").unwrap();
    assert_eq!(events[used + 1].event_type, "backup_code.issued");
    let command = |place: usize| &events[place].metadata["command_id"];
    assert_eq!(command(used), command(used + 1), "redeemed and replaced in one commit");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_used_backup_code_is_refused_for_ever() {
    let app = TestApp::start().await;
    let (person, used) = app.enrolled().await;
    let (sign_in, new) = app.at_gate_by_backup_code(&person, &used.code).await;
    app.confirm(&sign_in, &new.id).await.expect_state("signed_in");

    for days in [0, 1, 400] {
        app.advance(Span::days(days));
        let again = app.start_sign_in(&person).await;
        app.answer_backup_code(&again, &used.code).await.refused(422, "code_rejected");
        app.cancel(&again).await.expect(204);
    }
    assert_eq!(app.count(person.account, "backup_code.redeemed").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_code_is_read_in_any_case_and_grouping_and_a_slip_of_the_pen_costs_no_attempt() {
    let app = TestApp::start().await;
    let (person, code) = app.enrolled().await;
    let sign_in = app.start_sign_in(&person).await;

    let mut slip = code.code.clone();
    slip.replace_range(0..1, if slip.starts_with('2') { "3" } else { "2" });
    for typed in [slip.as_str(), "", "123", "ILOVEYOU-ILOV-EYOU-ILOV-EYOU"] {
        app.answer_backup_code(&sign_in, typed).await.refused(422, "code_mistyped");
    }
    assert_eq!(app.count(person.account, "backup_code.rejected").await, 0);

    let sloppy = code.code.to_lowercase().replace('-', " ").replace('0', "o").replace('1', "l");
    app.answer_backup_code(&sign_in, &format!("  {sloppy} ")).await.expect_state("save_required");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_saved_backup_code_lets_the_next_mailed_code_in_without_the_gate() {
    let app = TestApp::start().await;
    let (person, _) = app.enrolled().await;

    let sign_in = app.start_sign_in(&person).await;
    let signed_in = app.answer_by_mail(&sign_in).await.expect_state("signed_in");

    assert!(!signed_in.has("/backup_code"), "{}", signed_in.text);
    assert_eq!(app.count(person.account, "backup_code.issued").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_stand_only_in_the_reply_that_made_them() {
    let app = TestApp::start().await;
    let person = app.person().await;
    let (sign_in, shown) = app.at_gate_by_mail(&person).await;
    let at_gate = app.look(&sign_in).await.expect_state("save_required");
    app.confirm(&sign_in, &shown.id).await.expect_state("signed_in");
    let signed_in = app.look(&sign_in).await.expect_state("signed_in");

    for reply in [&at_gate, &signed_in] {
        let secrets = ["/token", "/backup_code", "/session", "/device"];
        assert!(secrets.iter().all(|pointer| !reply.has(pointer)), "{}", reply.text);
        assert_eq!(reply.header("cache-control"), Some("no-store"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_only_follows_next_gets_in_by_mail_and_by_backup_code() {
    let app = TestApp::start().await;
    let person = app.person().await;

    let by_mail = follow_next(&app, &person, None).await;
    let code = by_mail.saved.expect("the first sign-in shows a code");
    let by_backup_code = follow_next(&app, &person, Some(&code)).await;

    assert_eq!(by_mail.steps, ["answer", "confirm_backup_code"]);
    assert_eq!(by_backup_code.steps, ["answer", "confirm_backup_code"]);
    assert_eq!(app.count(person.account, "backup_code.redeemed").await, 1);
}

/// What a client that knows nothing but `next` came to.
struct Walk {
    steps: Vec<String>,
    saved: Option<String>,
}

/// Takes the first action of `next`, until there is none.
async fn follow_next(app: &TestApp, person: &Person, backup_code: Option<&str>) -> Walk {
    let mut reply = app.sign_in_with(person.credentials()).await.expect(201);
    let sign_in = SignIn::of(&reply);
    let mut walk = Walk { steps: Vec::new(), saved: None };
    while let Some(next) = reply.body["next"].get(0).cloned() {
        let body = fill(app, &next, &sign_in, &reply, backup_code).await;
        assert_eq!(next["method"], "POST");
        reply = app.post(word(&next, "href"), &sign_in.token, body).await.expect(200);
        walk.saved = walk.saved.or_else(|| Some(reply.body["backup_code"]["code"].as_str()?.to_owned()));
        walk.steps.push(word(&next, "action").to_owned());
    }
    assert!(reply.has("/session/access_token"), "{}", reply.text);
    walk
}

async fn fill(
    app: &TestApp,
    next: &Value,
    sign_in: &SignIn,
    last: &Reply,
    backup_code: Option<&str>,
) -> Value {
    let offered = |factor: &str| next["factors"].as_array().is_some_and(|all| all.contains(&json!(factor)));
    match (word(next, "action"), backup_code) {
        ("answer", Some(code)) if offered("backup_code") => json!({ "factor": "backup_code", "code": code }),
        ("answer", _) if offered("email_code") => {
            json!({ "factor": "email_code", "code": app.digits_of(&sign_in.challenge).await })
        }
        ("confirm_backup_code", _) => json!({ "backup_code_id": last.at("/backup_code/id"), "saved": true }),
        (other, _) => panic!("no client knows how to {other}"),
    }
}

fn word<'a>(next: &'a Value, name: &str) -> &'a str {
    next[name].as_str().expect("an action has an address and a name")
}
