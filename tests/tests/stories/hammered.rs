//! Strangers hammer an account from a thousand addresses; its owner comes and goes from a device that is known.

use countersign_api::{Conditions, Rates};
use countersign_domain::time::Span;
use countersign_service::entropy;
use countersign_tests::app::mail::wrong;
use countersign_tests::app::{BackupCode, Person, Reply, Setup, SignIn, TestApp};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use std::num::NonZeroU32;
use tokio::task::JoinSet;

/// Strangers at once, each from an address of their own.
const AT_ONCE: u32 = 10;
/// How often so many come: a thousand addresses. After each wave the longest wait passes.
const WAVES: u32 = 100;
/// By then they have used up what strangers may get wrong: five at once, and then one after each wait.
const SHUT_OUT: u32 = 56;
/// A backup code that is nobody's.
const NOBODYS: &str = "0000-0000-0000-0000-0000-0000";

/// The owner, and what they have.
struct Owner {
    person: Person,
    device: String,
    backup_code: BackupCode,
    /// Sign-ins that were completed.
    came_in: usize,
}

#[tokio::test(flavor = "multi_thread")]
async fn the_owner_comes_in_from_a_known_device_while_strangers_come_from_a_thousand_addresses() {
    let app = behind_a_hop().await;
    let mut owner = Owner::enrolled(&app).await;
    let pending = app.start_sign_in(&owner.person).await;
    for wave in 0..WAVES {
        let strangers = strangers(&app, &owner, &pending, wave);
        // While they are under way, and more than once after they have used up what is theirs.
        if wave >= SHUT_OUT && wave % 11 == 0 {
            owner.comes_by_mail(&app).await;
            owner.comes_by_backup_code(&app).await;
        }
        for (expected, reply) in strangers.join_all().await {
            assert!(expected.contains(&reply.status), "{expected:?}: {} {}", reply.status, reply.text);
        }
        if wave == SHUT_OUT {
            let told = app.sign_in_with(owner.person.credentials()).await;
            told.refused(422, "credentials_rejected");
            assert_eq!(app.count(owner.person.account, "authenticator.disabled").await, 1);
        }
        app.advance(Span::hours(1));
    }
    owner.comes_by_mail(&app).await;
    owner.comes_by_backup_code(&app).await;
    // What opened the door for the owner opened it for strangers who know the password: they start, and get no further.
    guesses_codes(&app, &owner.person).await;
    owner.comes_by_mail(&app).await;
    owner.comes_by_backup_code(&app).await;
    assert_eq!(app.count(owner.person.account, "sign_in.signed_in").await, owner.came_in);
    nothing_was_counted_for_a_device(&app, &owner.person).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_among_a_thousand_that_asks_too_often_is_told_to_wait_and_the_others_are_not() {
    let app = behind_a_hop().await;
    let owner = Owner::enrolled(&app).await;
    let wrong = json!({ "email": owner.person.email, "password": "not the password at all" });
    for _ in 0..Rates::SIGN_IN_DEFAULT {
        let guess = from(&app, 1, "/v1/sign-ins").json(&wrong);
        app.send(guess).await.refused(422, "credentials_rejected");
    }

    app.send(from(&app, 1, "/v1/sign-ins").json(&wrong)).await.refused(429, "rate_limited");

    app.send(from(&app, 2, "/v1/sign-ins").json(&wrong)).await.refused(422, "credentials_rejected");
    app.sign_in_with(owner.typed()).await.expect(201);
}

impl Owner {
    async fn enrolled(app: &TestApp) -> Self {
        let (person, backup_code, device) = app.enrolled_device().await;
        Self { person, device, backup_code, came_in: 1 }
    }

    fn typed(&self) -> Value {
        let mut typed = self.person.credentials();
        typed["device"] = json!({ "token": self.device });
        typed
    }

    async fn comes_by_mail(&mut self, app: &TestApp) {
        let sign_in = SignIn::of(&app.sign_in_with(self.typed()).await.expect(201));
        app.answer_by_mail(&sign_in).await.expect_state("signed_in");
        self.came_in += 1;
    }

    async fn comes_by_backup_code(&mut self, app: &TestApp) {
        let sign_in = SignIn::of(&app.sign_in_with(self.typed()).await.expect(201));
        let shown = app.answer_backup_code(&sign_in, &self.backup_code.code).await;
        self.backup_code = BackupCode::shown(&shown.expect_state("save_required"));
        app.confirm(&sign_in, &self.backup_code.id).await.expect_state("signed_in");
        self.came_in += 1;
    }
}

/// A service that counts each address, and takes a proxy's word for which it is.
async fn behind_a_hop() -> TestApp {
    let rates = Rates { sign_in: NonZeroU32::new(Rates::SIGN_IN_DEFAULT), ..Rates::default() };
    let conditions = Conditions { rates, trusted_hops: 1, ..Conditions::default() };
    TestApp::with(Setup { conditions, ..Setup::default() }).await
}

/// A request from an address of its own.
fn from(app: &TestApp, number: u32, path: &str) -> RequestBuilder {
    let [_, _, high, low] = number.to_be_bytes();
    app.request(Method::POST, path).header("x-forwarded-for", format!("198.18.{high}.{low}"))
}

/// A wave of strangers, under way: what each may be told, and is.
fn strangers(app: &TestApp, owner: &Owner, pending: &SignIn, wave: u32) -> JoinSet<(Vec<u16>, Reply)> {
    let mut strangers = JoinSet::new();
    for place in 0..AT_ONCE {
        let (expected, request) = attempt(app, owner, pending, wave * AT_ONCE + place);
        strangers.spawn(async move {
            let response = request.send().await.unwrap();
            (expected, Reply::try_read(response).await.unwrap())
        });
    }
    strangers
}

/// What one of them tries: a wrong password without a device, or with one that they made up; a sign-in that is not
/// theirs, with a token that they made up.
fn attempt(app: &TestApp, owner: &Owner, pending: &SignIn, number: u32) -> (Vec<u16>, RequestBuilder) {
    let guess = json!({ "email": owner.person.email, "password": format!("a guess of the {number}th") });
    match number % 4 {
        0 | 1 => (vec![422], from(app, number, "/v1/sign-ins").json(&guess)),
        2 => {
            let mut guess = guess;
            guess["device"] = json!({ "token": made_up("dv_") });
            (vec![422], from(app, number, "/v1/sign-ins").json(&guess))
        }
        _ => {
            let answer = json!({ "factor": "email_code", "code": format!("{number:06}") });
            let request = from(app, number, &pending.path("/answers")).json(&answer);
            (vec![401], request.bearer_auth(made_up("st_old_")))
        }
    }
}

fn made_up(prefix: &str) -> String {
    format!("{prefix}{}", hex::encode(entropy::bytes::<32>()))
}

/// A stranger who knows the password guesses codes of both kinds until they are told to wait.
async fn guesses_codes(app: &TestApp, person: &Person) {
    let sign_in = app.start_sign_in(person).await;
    let code = wrong(&app.digits_of(&sign_in.challenge).await);
    for _ in 0..5 {
        app.answer_code(&sign_in, &code).await.refused(422, "code_rejected");
        app.answer_backup_code(&sign_in, NOBODYS).await.refused(422, "code_rejected");
    }
    app.answer_code(&sign_in, &code).await.refused(429, "throttled");
    app.answer_backup_code(&sign_in, NOBODYS).await.refused(429, "throttled");
}

async fn nothing_was_counted_for_a_device(app: &TestApp, person: &Person) {
    let failures = ["sign_in.password_rejected", "code.rejected", "backup_code.rejected"];
    let events = app.events(person.account).await;
    let rejected = events.iter().filter(|event| failures.contains(&event.event_type.as_str()));
    for event in rejected {
        assert_eq!(event.payload.get("device"), None, "a device that nobody knows is a stranger's");
    }
}
