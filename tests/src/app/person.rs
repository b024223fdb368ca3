//! What people do: register, sign in, prove, save.

use std::sync::atomic::Ordering;

use countersign_domain::id::{AccountId, SessionId};
use countersign_domain::word::{Aal, Amr};
use countersign_service::access_token::Claims;
use countersign_service::entropy;
use reqwest::Method;
use serde_json::{Value, json};

use super::reply::Reply;
use super::server::Server;

/// The password of everybody who says nothing else.
pub const PASSWORD: &str = "violet harbour sings quietly";

/// A person with an account.
#[derive(Debug, Clone)]
pub struct Person {
    /// Their address.
    pub email: String,
    /// Their password.
    pub password: String,
    /// Their account.
    pub account: AccountId,
}

/// A sign-in, as its client keeps it.
#[derive(Debug, Clone)]
pub struct SignIn {
    /// Its id.
    pub id: String,
    /// Its token.
    pub token: String,
    /// The challenge that was sent first.
    pub challenge: String,
}

/// A backup code, as a person writes it down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupCode {
    /// Its id.
    pub id: String,
    /// The code.
    pub code: String,
}

/// A session, as its client keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Its id.
    pub id: String,
    /// The token for requests.
    pub access: String,
    /// The token for a new one.
    pub refresh: String,
}

impl Session {
    /// The session that a sign-in granted.
    #[track_caller]
    pub fn granted(reply: &Reply) -> Self {
        Self::at(reply, "/session")
    }

    /// The session that a refresh answers with.
    #[track_caller]
    pub fn refreshed(reply: &Reply) -> Self {
        Self::at(reply, "")
    }

    #[track_caller]
    fn at(reply: &Reply, place: &str) -> Self {
        let at = |name: &str| reply.at(&format!("{place}/{name}")).to_owned();
        Self { id: at("id"), access: at("access_token"), refresh: at("refresh_token") }
    }
}

impl Person {
    /// What they type to sign in.
    pub fn credentials(&self) -> Value {
        json!({ "email": self.email, "password": self.password })
    }
}

impl SignIn {
    /// The sign-in that a reply made.
    #[track_caller]
    pub fn of(reply: &Reply) -> Self {
        Self {
            id: reply.at("/id").to_owned(),
            token: reply.at("/token").to_owned(),
            challenge: reply.at("/challenge/id").to_owned(),
        }
    }

    /// An address below the sign-in's own.
    pub fn path(&self, below: &str) -> String {
        format!("/v1/sign-ins/{}{below}", self.id)
    }
}

impl BackupCode {
    /// The code that a reply shows.
    #[track_caller]
    pub fn shown(reply: &Reply) -> Self {
        let shown = if reply.has("/backup_code") { "/backup_code" } else { "" };
        let at = |name: &str| reply.at(&format!("{shown}/{name}")).to_owned();
        Self { id: at("id"), code: at("code") }
    }
}

impl Server {
    /// An address that nobody has yet.
    pub fn new_address(&self) -> String {
        format!("person{}@countersign.example", self.world.people.fetch_add(1, Ordering::SeqCst))
    }

    /// Asks for an account.
    pub async fn register(&self, email: &str, password: &str) -> Reply {
        self.post("/v1/accounts", "", json!({ "email": email, "password": password })).await
    }

    /// Asks for an account, and gives the registration's token and what was mailed for it.
    pub async fn registration(&self, email: &str) -> (String, Vec<String>) {
        let before: Vec<_> = self.mail_to(email).await.into_iter().map(|mail| mail.id).collect();
        let reply = self.register(email, PASSWORD).await.expect(202);
        let mail = self.mail_to(email).await.into_iter().filter(|mail| !before.contains(&mail.id));
        (reply.at("/token").to_owned(), mail.map(|mail| mail.text).collect())
    }

    /// Proves control of an address.
    pub async fn verify(&self, token: &str, code: &str) -> Reply {
        let proof = json!({ "registration_token": token, "code": code });
        self.post("/v1/accounts/verification", "", proof).await
    }

    /// Somebody who registered and proved control of their address.
    pub async fn person(&self) -> Person {
        let email = self.new_address();
        let (token, mail) = self.registration(&email).await;
        let code = mail.first().and_then(|text| super::mail::digits_in(text)).expect("a code was mailed");
        let account = self.verify(&token, &code).await.expect(201);
        let account = account.at("/id").parse().expect("an account has an id");
        Person { email, password: PASSWORD.to_owned(), account }
    }

    /// Somebody who signed in before, and saved a backup code.
    pub async fn enrolled(&self) -> (Person, BackupCode) {
        let (person, backup_code, _) = self.enrolled_device().await;
        (person, backup_code)
    }

    /// The same, and the token of the device that they did it with.
    pub async fn enrolled_device(&self) -> (Person, BackupCode, String) {
        let person = self.person().await;
        let (sign_in, shown) = self.at_gate_by_mail(&person).await;
        let signed_in = self.confirm(&sign_in, &shown.id).await.expect_state("signed_in");
        (person, shown, signed_in.at("/device/token").to_owned())
    }

    /// Starts a sign-in with the right password.
    pub async fn start_sign_in(&self, person: &Person) -> SignIn {
        SignIn::of(&self.sign_in_with(person.credentials()).await.expect(201))
    }

    /// Starts a sign-in with what is typed.
    pub async fn sign_in_with(&self, typed: Value) -> Reply {
        self.post("/v1/sign-ins", "", typed).await
    }

    /// Looks at a sign-in.
    pub async fn look(&self, sign_in: &SignIn) -> Reply {
        self.get(&sign_in.path(""), &sign_in.token).await
    }

    /// Gives a sign-in up.
    pub async fn cancel(&self, sign_in: &SignIn) -> Reply {
        self.delete(&sign_in.path(""), &sign_in.token).await
    }

    /// Asks for a code by mail.
    pub async fn ask_for_code(&self, sign_in: &SignIn) -> Reply {
        self.post(&sign_in.path("/challenges"), &sign_in.token, json!({ "factor": "email_code" })).await
    }

    /// Answers with a code that was mailed.
    pub async fn answer_code(&self, sign_in: &SignIn, code: &str) -> Reply {
        let answer = json!({ "factor": "email_code", "code": code });
        self.post(&sign_in.path("/answers"), &sign_in.token, answer).await
    }

    /// Answers with the code that was mailed first.
    pub async fn answer_by_mail(&self, sign_in: &SignIn) -> Reply {
        let code = self.digits_of(&sign_in.challenge).await;
        self.answer_code(sign_in, &code).await
    }

    /// Answers with a backup code.
    pub async fn answer_backup_code(&self, sign_in: &SignIn, code: &str) -> Reply {
        let answer = json!({ "factor": "backup_code", "code": code });
        self.post(&sign_in.path("/answers"), &sign_in.token, answer).await
    }

    /// Asks for another backup code in place of one that was not seen.
    pub async fn reissue(&self, sign_in: &SignIn) -> Reply {
        self.ask(Method::POST, &sign_in.path("/backup-code/reissue"), &sign_in.token, None).await
    }

    /// Confirms: I have saved this code for future use.
    pub async fn confirm(&self, sign_in: &SignIn, backup_code: &str) -> Reply {
        self.say_saved(sign_in, backup_code, true).await
    }

    /// Says whether the code is saved.
    pub async fn say_saved(&self, sign_in: &SignIn, backup_code: &str, saved: bool) -> Reply {
        let word = json!({ "backup_code_id": backup_code, "saved": saved });
        self.post(&sign_in.path("/backup-code/confirmation"), &sign_in.token, word).await
    }

    /// A sign-in that a mailed code brought to the gate, and the code that is shown there.
    pub async fn at_gate_by_mail(&self, person: &Person) -> (SignIn, BackupCode) {
        let sign_in = self.start_sign_in(person).await;
        let reply = self.answer_by_mail(&sign_in).await.expect_state("save_required");
        (sign_in, BackupCode::shown(&reply))
    }

    /// A sign-in that a backup code brought to the gate, and the code that is shown there.
    pub async fn at_gate_by_backup_code(&self, person: &Person, code: &str) -> (SignIn, BackupCode) {
        let sign_in = self.start_sign_in(person).await;
        let reply = self.answer_backup_code(&sign_in, code).await.expect_state("save_required");
        (sign_in, BackupCode::shown(&reply))
    }

    /// A sign-in of an enrolled person that a mailed code completed: the access token of its session.
    pub async fn signed_in(&self, person: &Person) -> String {
        let sign_in = self.start_sign_in(person).await;
        let reply = self.answer_by_mail(&sign_in).await.expect_state("signed_in");
        reply.at("/session/access_token").to_owned()
    }

    /// A sign-in of an enrolled person that a mailed code completed: its session, with its tokens.
    pub async fn session(&self, person: &Person) -> Session {
        let sign_in = self.start_sign_in(person).await;
        Session::granted(&self.answer_by_mail(&sign_in).await.expect_state("signed_in"))
    }

    /// Exchanges a refresh token.
    pub async fn refresh(&self, refresh_token: &str) -> Reply {
        self.post("/v1/tokens/refresh", "", json!({ "refresh_token": refresh_token })).await
    }

    /// Asks whether a token is good.
    pub async fn introspect(&self, token: &str) -> Reply {
        self.post("/v1/tokens/introspect", "", json!({ "token": token })).await.expect(200)
    }

    /// An access token that nobody was given, signed as they are.
    pub fn access_token(&self, account: AccountId, session: SessionId) -> String {
        let now = self.now().as_millis() / 1_000;
        let issuer = self.service.issuer().as_str();
        let claims = Claims {
            iss: issuer.to_owned(),
            sub: account,
            aud: issuer.to_owned(),
            client_id: issuer.to_owned(),
            sid: session,
            jti: entropy::uuid(self.now()),
            amr: vec![Amr::Pwd, Amr::Email],
            aal: Aal::Aal1,
            auth_time: now,
            iat: now,
            exp: now + 600,
        };
        self.keys.sign_access_token(&claims).expect("there is a key")
    }
}
