//! A server that is killed between a commit point and what must follow it in another stream: the next
//! command finishes the step, and where no command comes, the sweep does.

use std::time::Duration;

use countersign_tests::faults::block::{block, let_time_pass, unblock, work_left};
use countersign_tests::process::eventually;
use countersign_tests::process::facts::Facts;
use countersign_tests::process::installation::Installation;
use countersign_tests::process::person::Person;
use countersign_tests::process::server::Server;

/// How long the sweep is waited for; its first look is when a server starts.
const SWEPT_WITHIN: Duration = Duration::from_secs(30);

/// A server that was killed halfway through a step, and is not started again yet.
struct Halfway {
    installation: Installation,
    server: Server,
    person: Person,
}

impl Halfway {
    async fn begin() -> Self {
        let installation = Installation::new().await;
        let server = installation.serve().await;
        let person = installation.person(&server);
        Self { installation, server, person }
    }

    async fn block(&self, names: &[&str]) {
        block(self.installation.database(), names).await;
    }

    /// The crash, after which nothing is in the way any more.
    async fn crash(&mut self) {
        self.server.kill();
        unblock(self.installation.database()).await;
    }

    async fn facts(&self) -> Facts {
        Facts::of(self.installation.database()).await
    }

    /// How many events there are of each of these names.
    async fn counts<const N: usize>(&self, names: [&str; N]) -> [usize; N] {
        let facts = self.facts().await;
        names.map(|name| facts.named(name).count())
    }

    /// Starts the server again, and waits until the sweep has done what was left. Nobody asks for anything.
    async fn sweep(&mut self) {
        let_time_pass(self.installation.database()).await;
        self.server.start().await;
        let database = self.installation.database();
        let swept = eventually(SWEPT_WITHIN, || async { work_left(database).await.is_empty().then_some(()) });
        swept.await.expect("the sweep does what is left");
    }

    async fn close(&self, account: &str) {
        let closing = ["account", "close", account, "--reason", "asked for"];
        let ended = self.installation.operate(&closing).await;
        assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    }
}

const CLAIM: [&str; 2] = ["email.claimed", "account.email_verified"];
const GRANT: [&str; 2] = ["sign_in.signed_in", "session.started"];
const CLOSING: [&str; 3] = ["account.closed", "email.released", "session.revoked"];

/// An address is claimed, and the account not verified. The token and the code of the registration.
async fn claimed() -> (Halfway, String, String) {
    let mut halfway = Halfway::begin().await;
    let token = halfway.person.register().await.expect("anybody can register");
    let code = halfway.person.registration_code().await.expect("a code is mailed");
    halfway.block(&["account.email_verified"]).await;
    halfway.person.verify(&token, &code).await.expect_err("the account cannot be verified");
    halfway.crash().await;
    assert_eq!(halfway.counts(CLAIM).await, [1, 0]);
    (halfway, token, code)
}

/// A session is granted, and not started. Its access token.
async fn granted() -> (Halfway, String, String) {
    let mut halfway = Halfway::begin().await;
    let account = halfway.person.become_account().await.expect("anybody can become an account");
    let (sign_in, code) = halfway.person.come_to_gate().await.expect("the first sign-in comes to the gate");
    halfway.block(&["session.started"]).await;
    let token = halfway.person.confirm(&sign_in, &code.id).await.expect("the grant alone is what counts");
    halfway.crash().await;
    assert_eq!(halfway.counts(GRANT).await, [1, 0]);
    (halfway, account, token)
}

/// An account with a session is closed; its address is not free, and the session not ended.
async fn closed() -> (Halfway, String) {
    let mut halfway = Halfway::begin().await;
    let account = halfway.person.become_account().await.expect("anybody can become an account");
    let (sign_in, code) = halfway.person.come_to_gate().await.expect("the first sign-in comes to the gate");
    let token = halfway.person.confirm(&sign_in, &code.id).await.expect("a saved code opens the gate");
    halfway.block(&["email.released", "session.revoked"]).await;
    halfway.close(&account).await;
    halfway.crash().await;
    assert_eq!(halfway.counts(CLOSING).await, [1, 0, 0]);
    (halfway, token)
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_claim_the_next_sign_in_verifies_the_account_first() {
    let (mut halfway, ..) = claimed().await;

    halfway.server.start().await;
    halfway.person.sign_in().await.expect("whoever claimed the address has an account");

    assert_eq!(halfway.counts(CLAIM).await, [1, 1]);
    let facts = halfway.facts().await;
    let verified = facts.named("account.email_verified").next().expect("it is verified");
    let started = facts.named("sign_in.started").next().expect("it is signed in to");
    assert!(verified.stream == started.stream && verified.sequence < started.sequence);
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_claim_the_same_proof_again_verifies_the_account() {
    let (mut halfway, token, code) = claimed().await;

    halfway.server.start().await;
    halfway.person.verify(&token, &code).await.expect("the code is good until the account is verified");

    assert_eq!(halfway.counts(CLAIM).await, [1, 1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_claim_the_sweep_verifies_the_account() {
    let (mut halfway, ..) = claimed().await;

    halfway.sweep().await;

    assert_eq!(halfway.counts(CLAIM).await, [1, 1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_grant_the_next_use_of_the_session_starts_it() {
    let (mut halfway, _, token) = granted().await;

    halfway.server.start().await;
    let me = halfway.person.me(&token).await.expect("there is a reply");

    assert_eq!(me.status, 200);
    assert_eq!(halfway.counts(GRANT).await, [1, 1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_grant_the_sweep_starts_the_session() {
    let (mut halfway, ..) = granted().await;

    halfway.sweep().await;

    assert_eq!(halfway.counts(GRANT).await, [1, 1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_grant_closing_the_account_starts_the_session_and_ends_it() {
    let (mut halfway, account, token) = granted().await;

    halfway.close(&account).await;
    halfway.sweep().await;

    assert_eq!(halfway.counts(["session.started", "session.revoked"]).await, [1, 1]);
    assert_eq!(halfway.person.me(&token).await.expect("there is a reply").status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_closing_the_next_claim_of_the_address_finds_it_free() {
    let (mut halfway, token) = closed().await;

    halfway.server.start().await;
    let old_session = halfway.person.me(&token).await.expect("there is a reply");
    let account = halfway.person.become_account_again().await.expect("the address is free");

    assert_eq!(old_session.status, 401, "a session of a closed account opens nothing, revoked or not");
    let facts = halfway.facts().await;
    let address = facts.named("email.claimed").next().expect("it was claimed").stream.clone();
    let history: Vec<_> = facts.in_stream(&address).iter().map(|fact| fact.event_type.as_str()).collect();
    assert_eq!(history, ["email.claimed", "email.released", "email.claimed"]);
    assert_eq!(facts.in_stream(&address).last().map(|last| last.about("account")), Some(account.as_str()));
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_closing_the_sweep_frees_the_address_and_ends_the_session() {
    let (mut halfway, _) = closed().await;

    halfway.sweep().await;

    assert_eq!(halfway.counts(CLOSING).await, [1, 1, 1]);
}
