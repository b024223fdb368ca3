//! Every place of the hash pool is taken: who is refused costs next to nothing, and who comes from a known device comes in.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use countersign_api::{Conditions, Rates, RequestBounds};
use countersign_service::hashing::{Cost, Place};
use countersign_tests::app::record::whole_tables;
use countersign_tests::app::{Person, Setup, SignIn, TestApp};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// Addresses that strangers come from.
const ADDRESSES: u32 = 1_000;
/// Strangers at once: more than there are places, and fewer than one proxy may have requests.
const AT_ONCE: usize = 100;
/// A hash that takes long enough for all of them to come meanwhile.
const DEAR: Cost = Cost { memory_kib: 16 * 1024, passes: 6, lanes: 1 };
/// Who waits for their turn is not given up here, however slow the machine is.
const PATIENT: Duration = Duration::from_secs(300);

fn every_place(app: &TestApp) -> Vec<Place> {
    std::iter::from_fn(|| app.hashing.place().ok()).collect()
}

fn on_device(person: &Person, token: &str) -> Value {
    json!({ "email": person.email, "password": person.password, "device": { "token": token } })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_known_device_opens_the_door_of_its_own_account_and_of_no_other() {
    let app = TestApp::start().await;
    let (owner, _, device) = app.enrolled_device().await;
    let (stranger, _, strangers_device) = app.enrolled_device().await;
    let nobody =
        json!({ "email": app.new_address(), "password": owner.password, "device": { "token": device } });
    let mut wrong = on_device(&owner, &device);
    wrong["password"] = json!("not the password at all");
    let _places = every_place(&app);

    for typed in [
        owner.credentials(),
        on_device(&owner, &strangers_device),
        on_device(&stranger, &device),
        on_device(&owner, &format!("dv_{}", "0".repeat(43))),
        on_device(&owner, ""),
        nobody,
    ] {
        let told = app.sign_in_with(typed).await.refused(503, "overloaded");
        assert_eq!(told.retry_after(), 2);
    }

    app.sign_in_with(wrong).await.refused(422, "credentials_rejected");
    let sign_in = SignIn::of(&app.sign_in_with(on_device(&owner, &device)).await.expect(201));
    app.answer_by_mail(&sign_in).await.expect_state("signed_in");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_refused_leaves_nothing_behind_and_is_answered_under_the_same_key_later() {
    let app = TestApp::start().await;
    let (person, _) = app.enrolled().await;
    let session = app.stepped_up(&person).await;
    let reset = app.reset(&person).await;
    let another = json!({ "password": "another violet harbour sings" });
    let keyed = |path: &str, token: &str, body: &Value| {
        let key = format!("a-key-of{}", path.replace('/', "-"));
        let request = app.request(Method::POST, path).header("idempotency-key", key).json(body);
        if token.is_empty() { request } else { request.bearer_auth(token) }
    };
    let register = json!({ "email": app.new_address(), "password": person.password });
    let requests = || {
        [
            keyed("/v1/sign-ins", "", &person.credentials()),
            keyed("/v1/accounts", "", &register),
            keyed(
                "/v1/password-resets/completion",
                "",
                &reset.completion("", "another violet harbour sings"),
            ),
            keyed("/v1/recoveries/completion", "", &json!({})),
            keyed("/v1/me/password", &session.access, &another),
        ]
    };
    app.settled().await;
    let before = whole_tables(app.database()).await;
    let places = every_place(&app);

    for request in requests() {
        app.send(request).await.refused(503, "overloaded");
    }

    assert_eq!(whole_tables(app.database()).await, before);
    drop(places);
    let [sign_in, ..] = requests();
    app.send(sign_in).await.expect(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_owner_comes_in_while_strangers_from_a_thousand_addresses_want_every_hash_there_is() {
    let rates = Rates { sign_in: NonZeroU32::new(Rates::SIGN_IN_DEFAULT), ..Rates::default() };
    let requests = RequestBounds { answered_within: PATIENT, ..RequestBounds::default() };
    let conditions = Conditions { rates, requests, trusted_hops: 1, ..Conditions::default() };
    let setup = Setup { conditions, cost: DEAR, hash_threads: 1, ..Setup::default() };
    let app = Arc::new(TestApp::with(setup).await);
    let (owner, _, device) = app.enrolled_device().await;
    let at_once = Arc::new(Semaphore::new(AT_ONCE));
    let mut strangers = JoinSet::new();
    for number in 0..ADDRESSES {
        let (app, at_once) = (Arc::clone(&app), Arc::clone(&at_once));
        let guess = json!({ "email": owner.email, "password": format!("a guess of the {number}th") });
        strangers.spawn(async move {
            let _turn = at_once.acquire().await.unwrap();
            app.send(from(&app, number, &guess)).await
        });
    }
    while !app.hashing.is_full() {
        tokio::task::yield_now().await;
    }

    let told = app.send(from(&app, ADDRESSES, &on_device(&owner, &device))).await.expect(201);

    app.answer_by_mail(&SignIn::of(&told)).await.expect_state("signed_in");
    let told = strangers.join_all().await;
    let refused = told.iter().filter(|reply| reply.status == 503).count();
    assert!(refused > 0, "there were more strangers than places");
    for reply in told {
        match reply.status {
            503 => assert_eq!(reply.refused(503, "overloaded").retry_after(), 2),
            _ => drop(reply.refused(422, "credentials_rejected")),
        }
    }
}

/// A sign-in from an address of its own.
fn from(app: &TestApp, number: u32, typed: &Value) -> RequestBuilder {
    let [_, _, high, low] = number.to_be_bytes();
    let request = app.request(Method::POST, "/v1/sign-ins").json(typed);
    request.header("x-forwarded-for", format!("198.18.{high}.{low}"))
}
