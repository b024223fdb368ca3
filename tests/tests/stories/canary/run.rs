//! The run: everything that can go right or wrong, by a client that keeps every secret that it sees.

use std::collections::BTreeMap;

use countersign_api::Access;
use countersign_domain::client::Role;
use countersign_domain::time::Span;
use countersign_service::context::Context;
use countersign_tests::app::mail::{digits_in, wrong};
use countersign_tests::app::recovery::WAIT;
use countersign_tests::app::{BackupCode, Person, Reply, Setup, SignIn, TestApp};
use reqwest::Method;
use serde_json::{Value, json};

use super::verifiers::{Shown, verifiers};

pub(super) const KEY: &str = "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=";
pub(super) const TYPED_EMAIL: &str = "Kim.Kestrel@Aviary.Example";
pub(super) const EMAIL: &str = "kim.kestrel@aviary.example";
pub(super) const PASSWORD: &str = "nine kestrels over grey water";
pub(super) const WRONG_PASSWORD: &str = "ten kestrels over grey water";
pub(super) const ANOTHER_PASSWORD: &str = "six herons below a white bridge";
pub(super) const IP: &str = "203.0.113.211";
pub(super) const AGENT: &str = "KestrelBrowser/88.1";
pub(super) const OWN_AGENT: &str = "KestrelApp/3.2";
pub(super) const LABEL: &str = "Kims Kestrel Phone";

/// Says that a reply was made for an earlier request.
const REPLAYED: &str = "idempotency-replayed";

/// Every secret of a run, by what it is.
pub(super) type Secrets = BTreeMap<String, String>;

/// What a run leaves behind for the search.
pub(super) struct Run {
    pub(super) person: Person,
    pub(super) secrets: Secrets,
    pub(super) digits: Vec<String>,
}

/// A client that keeps every secret that it sees.
pub(super) struct Walker<'a> {
    pub(super) app: &'a TestApp,
    pub(super) key: String,
    secrets: Secrets,
    digits: Vec<String>,
    shown: Shown,
    replays: usize,
}

pub(super) async fn production() -> TestApp {
    let keyring = format!("k7:{KEY}");
    TestApp::with(Setup { access: Access::ClientKeys, keyring, keyed: true, ..Setup::default() }).await
}

pub(super) async fn run(app: &TestApp) -> Run {
    let (_, key) = app
        .service
        .add_client(Context::operator(), "an app".parse().unwrap(), Role::Client, None)
        .await
        .unwrap();
    let (secrets, digits, shown) = (typed(), Vec::new(), Shown::default());
    let mut walker = Walker { app, key: key.expose().to_owned(), secrets, digits, shown, replays: 0 };
    walker.keep("client key", key.expose());
    let person = walker.register().await;
    walker.fail(&person).await;
    let (code, device) = walker.first_sign_in().await;
    walker.rotate().await;
    let sign_in = walker.sign_in_by_backup_code(&code, &device).await;
    walker.change_everything(&person).await;
    walker.recover(&person).await;
    walker.audit(&person, &sign_in).await;
    walker.cut_off().await;
    app.advance(Span::minutes(20));
    app.sweep().await;
    let Walker { mut secrets, digits, shown, replays, .. } = walker;
    assert!(replays > 10, "only {replays} replies were given again");
    secrets.extend(verifiers(app, person.account, &shown));
    Run { person, secrets, digits }
}

/// What is typed or sent by the person.
fn typed() -> Secrets {
    let all = [
        ("server key", KEY),
        ("address as typed", TYPED_EMAIL),
        ("address", EMAIL),
        ("password", PASSWORD),
        ("wrong password", WRONG_PASSWORD),
        ("another password", ANOTHER_PASSWORD),
        ("ip", IP),
        ("user agent", AGENT),
        ("user agent of the client", OWN_AGENT),
        ("device label", LABEL),
        ("password hash", "$argon2"),
    ];
    all.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

impl Walker<'_> {
    pub(super) fn keep(&mut self, name: &str, value: &str) {
        let name = format!("{name} {}", self.secrets.len());
        self.secrets.insert(name, value.to_owned());
    }

    /// Keeps every secret of a reply.
    fn keep_all(&mut self, reply: &Reply) {
        for pointer in [
            "/token",
            "/session/access_token",
            "/session/refresh_token",
            "/access_token",
            "/refresh_token",
            "/device/token",
        ] {
            if reply.has(pointer) {
                self.keep(pointer, reply.at(pointer));
            }
        }
        for (id, code) in [("/backup_code/id", "/backup_code/code"), ("/id", "/code")] {
            if reply.status < 300 && reply.has(code) {
                self.keep("backup code", reply.at(code));
                self.keep("backup code without dashes", &reply.at(code).replace('-', ""));
                self.shown.backup_codes.push((reply.at(id).to_owned(), reply.at(code).to_owned()));
            }
        }
        let told = |pointers: &[&str]| {
            let there = pointers.iter().filter(|pointer| reply.has(pointer));
            there.map(|pointer| reply.at(pointer).to_owned()).collect::<Vec<_>>()
        };
        self.shown.refresh_tokens.extend(told(&["/session/refresh_token", "/refresh_token"]));
        self.shown.device_tokens.extend(told(&["/device/token"]));
    }

    /// Asks, and where it can be asked again under the same key, asks again.
    pub(super) async fn ask(&mut self, method: Method, path: &str, token: &str, body: Value) -> Reply {
        let again = method == Method::POST && path.starts_with("/v1/");
        let request = self.app.request(method, path).bearer_auth(token).header("user-agent", OWN_AGENT);
        let request = if body.is_null() { request } else { request.json(&body) };
        let repeated = request.try_clone().filter(|_| again);
        let reply = self.app.send(request).await;
        self.keep_all(&reply);
        let replayed = match repeated {
            Some(repeated) if reply.status < 300 => Some(self.app.send(repeated).await),
            _ => None,
        };
        if let Some(replayed) = replayed.filter(|replayed| replayed.header(REPLAYED).is_some()) {
            assert_eq!(replayed.text, reply.text, "{path}");
            self.replays += 1;
        }
        reply
    }

    async fn start(&mut self, password: &str, device: &str) -> Reply {
        let body = json!({
            "email": TYPED_EMAIL, "password": password, "device": { "token": device, "label": LABEL },
            "context": { "ip": IP, "user_agent": AGENT },
        });
        let key = self.key.clone();
        self.ask(Method::POST, "/v1/sign-ins", &key, body).await
    }

    pub(super) async fn answer(&mut self, sign_in: &SignIn, factor: &str, code: &str) -> Reply {
        let body = json!({ "factor": factor, "code": code });
        self.ask(Method::POST, &sign_in.path("/answers"), &sign_in.token, body).await
    }

    pub(super) async fn mailed(&mut self, challenge: &str) -> String {
        let digits = self.app.digits_of(challenge).await;
        self.digits.push(digits.clone());
        digits
    }

    async fn register(&mut self) -> Person {
        let key = self.key.clone();
        let asked = json!({ "email": TYPED_EMAIL, "password": PASSWORD });
        let registered = self.ask(Method::POST, "/v1/accounts", &key, asked).await.expect(202);
        let digits = digits_in(&self.app.mail_to(EMAIL).await[0].text).unwrap();
        self.digits.push(digits.clone());
        let proof = |code: &str| json!({ "registration_token": registered.at("/token"), "code": code });
        let path = "/v1/accounts/verification";
        self.ask(Method::POST, path, &key, proof(&wrong(&digits))).await.refused(422, "code_rejected");
        let account = self.ask(Method::POST, path, &key, proof(&digits)).await.expect(201);
        let account = account.at("/id").parse().unwrap();
        Person { email: EMAIL.to_owned(), password: PASSWORD.to_owned(), account }
    }

    /// Everything that goes wrong where something secret was sent.
    async fn fail(&mut self, person: &Person) {
        self.start(WRONG_PASSWORD, "x").await.refused(422, "credentials_rejected");
        let key = self.key.clone();
        let malformed =
            json!({ "email": PASSWORD, "password": 1, "locale": PASSWORD, "context": { "ip": EMAIL } });
        self.ask(Method::POST, "/v1/sign-ins", &key, malformed).await.refused(400, "invalid_request");
        let weak = json!({ "email": TYPED_EMAIL, "password": format!("{EMAIL} {EMAIL}") });
        self.ask(Method::POST, "/v1/accounts", &key, weak).await;
        let again = json!({ "email": person.email, "password": PASSWORD });
        self.ask(Method::POST, "/v1/accounts", &key, again).await.expect(202);
        let path = format!("/v1/sign-ins/{PASSWORD}").replace(' ', "%20");
        self.ask(Method::GET, &path, WRONG_PASSWORD, Value::Null).await.refused(404, "not_found");
        self.ask(Method::GET, "/v1/me", PASSWORD, Value::Null).await.refused(401, "unauthenticated");
    }

    async fn first_sign_in(&mut self) -> (BackupCode, String) {
        let sign_in = SignIn::of(&self.start(PASSWORD, "x").await.expect(201));
        let digits = self.mailed(&sign_in.challenge).await;
        self.answer(&sign_in, "email_code", &wrong(&digits)).await.refused(422, "code_rejected");
        self.answer(&sign_in, "email_code", PASSWORD).await.refused(422, "code_mistyped");
        self.answer(&sign_in, "email_code", &digits).await.expect_state("save_required");
        let path = sign_in.path("/backup-code/reissue");
        let reissued = self.ask(Method::POST, &path, &sign_in.token, Value::Null).await.expect(200);
        let code = BackupCode::shown(&reissued);
        let granted = self.confirm(&sign_in, &code.id).await;
        let access = granted.at("/session/access_token");
        self.ask(Method::GET, "/v1/me", access, Value::Null).await.expect(200);
        self.refresh(granted.at("/session/refresh_token")).await;
        (code, granted.at("/device/token").to_owned())
    }

    /// Everything that can be done with a refresh token, the last of which ends the session.
    async fn refresh(&mut self, token: &str) {
        let key = self.key.clone();
        let exchange = |token: &str| json!({ "refresh_token": token });
        let path = "/v1/tokens/refresh";
        let next = self.ask(Method::POST, path, &key, exchange(token)).await.expect(200);
        let asked = json!({ "token": next.at("/refresh_token") });
        self.ask(Method::POST, "/v1/tokens/introspect", &key, asked).await.expect(200);
        let access = next.at("/access_token");
        self.ask(Method::GET, "/v1/sessions", access, Value::Null).await.expect(200);
        self.ask(Method::POST, path, &key, exchange(next.at("/refresh_token"))).await.expect(200);
        let reused = self.ask(Method::POST, path, &key, exchange(token)).await;
        reused.refused(422, "refresh_token_rejected");
    }

    async fn confirm(&mut self, sign_in: &SignIn, code: &str) -> Reply {
        let word = json!({ "backup_code_id": code, "saved": true });
        let path = sign_in.path("/backup-code/confirmation");
        self.ask(Method::POST, &path, &sign_in.token, word).await.expect_state("signed_in")
    }

    /// The sign-in that led in.
    async fn sign_in_by_backup_code(&mut self, code: &BackupCode, device: &str) -> String {
        let sign_in = SignIn::of(&self.start(PASSWORD, device).await.expect(201));
        self.mailed(&sign_in.challenge).await;
        let used = self.answer(&sign_in, "backup_code", &code.code).await.expect_state("save_required");
        self.confirm(&sign_in, used.at("/backup_code/id")).await;
        let late = SignIn::of(&self.start(PASSWORD, device).await.expect(201));
        self.mailed(&late.challenge).await;
        self.answer(&late, "backup_code", &code.code).await.refused(422, "code_rejected");
        sign_in.id
    }

    /// An operator's code that is cancelled from the mail, and another one with which the account is recovered.
    async fn recover(&mut self, person: &Person) {
        self.operator_code(person).await;
        let link = self.app.cancel_path(person).await;
        self.keep("cancelling link", link.rsplit('/').next().unwrap());
        self.ask(Method::GET, &link, WRONG_PASSWORD, Value::Null).await.expect(200);
        self.ask(Method::POST, &link, WRONG_PASSWORD, Value::Null).await.expect(200);
        let code = self.operator_code(person).await;
        self.app.advance(WAIT);
        let (key, app) = (self.key.clone(), self.app);
        let asked = json!({ "email": TYPED_EMAIL, "context": { "ip": IP, "user_agent": AGENT } });
        let asked = self.ask(Method::POST, "/v1/recoveries", &key, asked).await.expect(202);
        let requested = app.last(person.account, "code.requested").await;
        let digits = self.mailed(requested.payload["challenge"].as_str().unwrap()).await;
        let proofs = |operators: &str, digits: &str| {
            json!({
                "recovery_token": asked.at("/token"), "password": PASSWORD,
                "operator_code": operators, "code": digits,
            })
        };
        let path = "/v1/recoveries/completion";
        self.ask(Method::POST, path, &key, proofs(PASSWORD, &digits)).await.refused(422, "code_mistyped");
        self.ask(Method::POST, path, &key, proofs(&code, &wrong(&digits)))
            .await
            .refused(422, "code_rejected");
        let recovered = self.ask(Method::POST, path, &key, proofs(&code, &digits)).await.expect(201);
        let at = |pointer: &str| recovered.at(pointer).to_owned();
        let sign_in = SignIn { id: at("/id"), token: at("/token"), challenge: String::new() };
        self.confirm(&sign_in, recovered.at("/backup_code/id")).await;
    }

    async fn operator_code(&mut self, person: &Person) -> String {
        let code = self.app.operator_code(person).await;
        self.keep("operator code", &code);
        self.keep("operator code without dashes", &code.replace('-', ""));
        let issued = self.app.last(person.account, "recovery.operator_code_issued").await;
        let id = issued.payload["operator_code"].as_str().unwrap().to_owned();
        self.shown.operator_codes.push((id, code.clone()));
        code
    }

    /// A sign-in whose commit the database refuses: what it says goes to the log.
    async fn cut_off(&mut self) {
        let (make, drop) = cut(self.app);
        self.app.database().execute(make).await.unwrap();
        let refused = self.start(PASSWORD, "x").await.refused(503, "unavailable");
        assert_eq!(refused.retry_after(), 5);
        self.app.database().execute(drop).await.unwrap();
    }
}

/// How to make the database refuse a sign-in with all that it was given, and how to stop it.
fn cut(app: &TestApp) -> (&'static str, &'static str) {
    if app.database().is_postgres() {
        let check = "ALTER TABLE events ADD CONSTRAINT cut CHECK (event_type <> 'sign_in.started') NOT VALID";
        return (check, "ALTER TABLE events DROP CONSTRAINT cut");
    }
    let trigger = "CREATE TRIGGER cut BEFORE INSERT ON events WHEN NEW.event_type = 'sign_in.started' \
                   BEGIN SELECT RAISE(ABORT, 'cut off'); END";
    (trigger, "DROP TRIGGER cut")
}
