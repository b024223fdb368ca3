//! Who lost the mailbox and the backup code both comes back at an address that an operator stated.

use countersign_domain::account::{
    Account, AccountCommand, AccountRefusal, CodeCheck, CompleteRecovery, NewBackupCode, RecoveryProofs,
    SecondProof,
};
use countersign_domain::decider::Decider;
use countersign_domain::email_address::{EmailAddress, EmailAddressCommand};
use countersign_domain::secret::Verifier;
use countersign_domain::time::Span;
use countersign_service::context::Context;
use countersign_service::entropy;
use countersign_service::error::ServiceError;
use countersign_service::flow::Administration;
use countersign_tests::app::mail::digits_in;
use countersign_tests::app::recovery::{CHOSEN, WAIT};
use countersign_tests::app::{BackupCode, Person, Reply, SignIn, TestApp};
use reqwest::Method;
use serde_json::json;

/// A backup code that is well formed and nobody's.
const NOBODYS: &str = "0000-0000-0000-0000-0000-0000";

/// A person who lost both, and what an operator gave them: a code, for another address.
struct Lost {
    app: TestApp,
    person: Person,
    backup_code: BackupCode,
    new: String,
    operators: String,
}

impl Lost {
    async fn a_moment_ago() -> Self {
        let app = TestApp::start().await;
        let (person, backup_code) = app.enrolled().await;
        let new = app.new_address();
        let operators = app.operator_code_for(&person, &new).await;
        Self { app, person, backup_code, new, operators }
    }

    async fn three_days_ago() -> Self {
        let lost = Self::a_moment_ago().await;
        lost.app.advance(WAIT);
        lost
    }

    /// Asks with the operator's code, and gives it with the digits that were mailed.
    async fn recover(&self) -> Reply {
        let recovery = self.app.recovery_with(&self.person, &self.operators).await;
        let proofs = [("operator_code", &*self.operators), ("code", &*recovery.digits)];
        self.app.recover(&recovery, &proofs).await
    }

    /// The person at an address, with the password that was chosen.
    fn at(&self, email: &str) -> Person {
        Person { email: email.to_owned(), password: CHOSEN.to_owned(), account: self.person.account }
    }

    /// What was told of the recovery at an address.
    async fn told(&self, email: &str) -> Vec<String> {
        let mail = self.app.mail_to(email).await.into_iter().map(|message| message.subject);
        let mut told: Vec<String> =
            mail.filter(|subject| subject.contains("recover") || subject.contains("another")).collect();
        told.sort_unstable();
        told
    }

    fn stream_of(&self, email: &str) -> String {
        self.app.keys.address_keys(&email.parse().unwrap()).unwrap()[0].to_string()
    }

    /// What happened to an address.
    async fn history_of(&self, email: &str) -> Vec<String> {
        let events = self.app.stream(EmailAddress::TYPE, &self.stream_of(email)).await;
        events.into_iter().map(|event| event.event_type).collect()
    }

    /// Claims the new address, as a server does that dies right after it.
    async fn claim_only(&self) {
        let claim = EmailAddressCommand::Claim { account: self.person.account };
        self.app.commit_only::<EmailAddress>(&self.stream_of(&self.new), claim).await;
    }
}

/// Whether somebody can register an address and prove that it is theirs.
async fn is_free(app: &TestApp, email: &str) -> bool {
    let (token, mail) = app.registration(email).await;
    let Some(digits) = mail.iter().find_map(|text| digits_in(text)) else { return false };
    app.verify(&token, &digits).await.status == 201
}

#[tokio::test(flavor = "multi_thread")]
async fn who_lost_both_comes_back_through_the_gate_and_has_the_new_address_from_then_on() {
    let lost = Lost::three_days_ago().await;
    let app = &lost.app;
    let session = app.signed_in(&lost.person).await;

    let done = lost.recover().await.expect(201);

    assert_eq!(done.at("/state"), "save_required");
    app.get("/v1/me", &session).await.refused(401, "unauthenticated");
    let shown = BackupCode::shown(&done);
    let at = |pointer: &str| done.at(pointer).to_owned();
    let sign_in = SignIn { id: at("/id"), token: at("/token"), challenge: String::new() };
    let granted = app.confirm(&sign_in, &shown.id).await.expect_state("signed_in");
    assert_eq!((&granted.body["session"]["amr"], granted.at("/session/aal")), (&json!(["email"]), "aal1"));
    app.signed_in(&lost.at(&lost.new)).await;
    app.sign_in_with(lost.at(&lost.person.email).credentials()).await.refused(422, "credentials_rejected");
    assert_eq!(lost.history_of(&lost.new).await, ["email.claimed"]);
    assert_eq!(lost.history_of(&lost.person.email).await, ["email.claimed", "email.released"]);
    assert!(is_free(app, &lost.person.email).await, "somebody else can have the old address");
}

#[tokio::test(flavor = "multi_thread")]
async fn both_addresses_are_told_when_it_is_prepared_and_when_it_is_done() {
    let lost = Lost::a_moment_ago().await;
    let prepared = "A recovery of your account was prepared";
    assert_eq!(lost.told(&lost.person.email).await, [prepared]);
    assert_eq!(lost.told(&lost.new).await, [prepared]);
    lost.app.advance(WAIT);

    lost.recover().await.expect(201);
    lost.app.sweep().await;

    assert_eq!(lost.told(&lost.person.email).await, [prepared, "Your account has another address"]);
    let code = "Your code to recover your account";
    assert_eq!(lost.told(&lost.new).await, [prepared, "Your account was recovered", code]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_account_frees_the_address_that_it_had_last() {
    let lost = Lost::three_days_ago().await;
    lost.recover().await.expect(201);
    lost.app.administer(&lost.person, Administration::Close).await;
    assert!(is_free(&lost.app, &lost.new).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_reads_the_old_or_the_new_mailbox_cancels_it() {
    for in_the_new in [false, true] {
        let lost = Lost::a_moment_ago().await;
        let app = &lost.app;
        let issued = app.last(lost.person.account, "recovery.operator_code_issued").await;
        let code = issued.payload["operator_code"].as_str().unwrap();
        let mailbox = if in_the_new { &lost.new } else { &lost.person.email };
        let path = app.cancel_path_in(mailbox, code).await;

        let request = app.request(Method::POST, &path);
        app.send(request.header("content-type", "application/x-www-form-urlencoded")).await.expect(200);

        app.advance(WAIT);
        lost.recover().await.refused(422, "code_rejected");
        assert_eq!(app.last(lost.person.account, "recovery.cancelled").await.payload["by"], "mail");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn before_72_hours_nothing_is_mailed_to_the_new_address_and_nothing_opens() {
    let lost = Lost::a_moment_ago().await;
    lost.app.advance(Span::hours(71));

    lost.recover().await.refused(422, "code_rejected");

    let rejected = lost.app.last(lost.person.account, "recovery.operator_code_rejected").await;
    assert_eq!(rejected.payload["cause"], "too_early");
    assert_eq!(lost.told(&lost.new).await, ["A recovery of your account was prepared"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_is_anothers_by_now_stays_so_and_nothing_is_lost() {
    let lost = Lost::three_days_ago().await;
    let app = &lost.app;
    assert!(is_free(app, &lost.new).await, "that an operator stated it claims nothing");
    let recovery = app.recovery_with(&lost.person, &lost.operators).await;
    let before = app.names(lost.person.account).await;

    let proofs = [("operator_code", &*lost.operators), ("code", &*recovery.digits)];
    app.recover(&recovery, &proofs).await.refused(422, "code_rejected");

    assert_eq!(app.names(lost.person.account).await, before, "not even an attempt");
    app.sign_in_with(Person { email: lost.new.clone(), ..lost.person.clone() }.credentials())
        .await
        .expect(201);
    let proofs = [("operator_code", &*lost.operators), ("backup_code", &*lost.backup_code.code)];
    app.recover(&recovery, &proofs).await.expect(201);
    app.sign_in_with(lost.at(&lost.person.email).credentials()).await.expect(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_reads_the_new_mailbox_recovers_nothing_without_the_operators_code() {
    let lost = Lost::three_days_ago().await;
    let app = &lost.app;
    let recovery = app.recovery_with(&lost.person, &lost.operators).await;
    for proofs in [
        [("code", &*recovery.digits), ("backup_code", &*lost.backup_code.code)],
        [("code", &*recovery.digits), ("operator_code", NOBODYS)],
    ] {
        app.recover(&recovery, &proofs).await.refused(422, "code_rejected");
    }
    app.advance(Span::minutes(10));
    let plain = app.recovery(&lost.person).await;
    assert!(digits_in(&app.mail_to(&lost.person.email).await[0].text).is_some());
    let proofs = [("code", &*plain.digits), ("backup_code", &*lost.backup_code.code)];
    app.recover(&plain, &proofs).await.expect(201);
    app.sign_in_with(lost.at(&lost.person.email).credentials()).await.expect(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_is_told_of_an_address_that_cannot_become_the_accounts() {
    let app = TestApp::start().await;
    let ((person, _), (other, _)) = (app.enrolled().await, app.enrolled().await);
    let taken = app.try_operator_code(&person, Some(&other.email)).await;
    assert!(matches!(taken, Err(ServiceError::AddressTaken)));
    let same = app.try_operator_code(&person, Some(&person.email)).await;
    assert!(matches!(same, Err(ServiceError::Refused { refusal: AccountRefusal::SameAddress, .. })));
    assert_eq!(app.count(person.account, "recovery.operator_code_issued").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_who_ask_as_well_neither_use_up_the_mail_nor_end_the_recovery_of_who_has_the_code() {
    let lost = Lost::three_days_ago().await;
    let app = &lost.app;
    let strangers = async || {
        for _ in 0..6 {
            app.ask_to_recover(&lost.person.email).await.expect(202);
        }
    };
    strangers().await;
    app.advance(Span::minutes(55));
    let recovery = app.recovery_with(&lost.person, &lost.operators).await;
    app.advance(Span::minutes(6));
    let before = app.names(lost.person.account).await;
    strangers().await;
    assert_eq!(app.names(lost.person.account).await, before);
    let proofs = [("operator_code", &*lost.operators), ("code", &*recovery.digits)];
    app.recover(&recovery, &proofs).await.expect(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operators_code_that_is_mistyped_is_told_before_anything_is_mailed() {
    let lost = Lost::three_days_ago().await;
    let typed = json!({ "email": lost.person.email, "operator_code": "0000-1" });
    lost.app.post("/v1/recoveries", "", typed).await.refused(422, "code_mistyped");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claim_without_its_account_is_left_to_the_recovery_which_goes_on_from_there() {
    let lost = Lost::three_days_ago().await;
    lost.claim_only().await;
    let swept = lost.app.sweep().await;
    assert_eq!((swept.done, swept.left), (0, 1), "it may still come");

    lost.recover().await.expect(201);

    lost.app.advance(Span::minutes(10));
    lost.app.sweep().await;
    assert_eq!(lost.history_of(&lost.new).await, ["email.claimed"]);
    lost.app.sign_in_with(lost.at(&lost.new).credentials()).await.expect(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claim_for_a_recovery_that_came_to_nothing_is_released_by_the_sweep() {
    let lost = Lost::three_days_ago().await;
    lost.claim_only().await;
    lost.app.service.cancel_recovery(Context::operator(), lost.person.account).await.unwrap();

    lost.app.sweep().await;

    assert_eq!(lost.history_of(&lost.new).await, ["email.claimed", "email.released"]);
    lost.app.signed_in(&lost.person).await;
    assert!(is_free(&lost.app, &lost.new).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_address_without_its_consequences_is_followed_by_the_sweep() {
    let lost = Lost::three_days_ago().await;
    let recovery = lost.app.recovery_with(&lost.person, &lost.operators).await;
    let account = lost.app.account(lost.person.account).await.state;
    let open = account.recovery(recovery.id.parse().unwrap()).unwrap();
    let check = CodeCheck { challenge: Some(open.challenge.id), fits: true };
    let (code, key) = (open.operator_code, open.challenge.key.clone());
    let (id, verifier) = (entropy::id(lost.app.now()), Verifier::plain("old:00"));
    let complete = AccountCommand::CompleteRecovery(CompleteRecovery {
        recovery: open.id,
        client: None,
        proofs: RecoveryProofs::Operator { code, second: SecondProof::MailedCode(check) },
        replacement: NewBackupCode { id, verifier, key },
        password: Some(Verifier::plain("no hash of any password")),
        claimed: true,
    });
    lost.claim_only().await;
    lost.app.commit_only::<Account>(&lost.person.account.to_string(), complete).await;
    assert_eq!(lost.history_of(&lost.person.email).await, ["email.claimed"]);

    lost.app.sweep().await;

    assert_eq!(lost.history_of(&lost.person.email).await, ["email.claimed", "email.released"]);
    assert_eq!(lost.history_of(&lost.new).await, ["email.claimed"]);
    assert!(lost.told(&lost.person.email).await.contains(&"Your account has another address".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn addresses_that_are_stated_and_changed_are_stored_sealed() {
    let lost = Lost::three_days_ago().await;
    lost.recover().await.expect(201);
    for (name, field) in [
        ("recovery.operator_code_issued", "email"),
        ("account.email_changed", "email"),
        ("account.email_changed", "previous"),
    ] {
        let stored = lost.app.last(lost.person.account, name).await;
        let sealed = stored.payload[field].as_str().is_some_and(|value| value.starts_with("s1p."));
        assert!(sealed, "{name} {field}");
    }
}
