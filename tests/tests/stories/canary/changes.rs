//! What a person changes once they are in, what auditors read, and what is there for anybody.

use countersign_domain::client::Role;
use countersign_domain::time::Span;
use countersign_service::context::Context;
use countersign_service::flow::Rotation;
use countersign_tests::app::mail::wrong;
use countersign_tests::app::{Person, SignIn};
use reqwest::Method;
use serde_json::{Value, json};

use super::run::{ANOTHER_PASSWORD, IP, PASSWORD, TYPED_EMAIL, Walker};

impl Walker<'_> {
    /// Another password and another backup code after a step-up, a reset that undoes the first, and no session left.
    pub(super) async fn change_everything(&mut self, person: &Person) {
        let access = self.step_up().await;
        let chosen = json!({ "password": ANOTHER_PASSWORD });
        self.ask(Method::POST, "/v1/me/password", &access, chosen).await.expect(200);
        let issued = self.ask(Method::POST, "/v1/me/backup-code", &access, json!({})).await.expect(201);
        let saved = json!({ "backup_code_id": issued.at("/id"), "saved": true });
        self.ask(Method::POST, "/v1/me/backup-code/confirmation", &access, saved).await.expect(200);
        self.read_the_receipt(&access).await;
        self.ask(Method::DELETE, "/v1/sessions?except=current", &access, Value::Null).await.expect(204);
        self.reset(person, issued.at("/code")).await;
        self.ask(Method::DELETE, "/v1/sessions", &access, Value::Null).await.expect(401);
    }

    /// The access token of a session that was stepped up.
    async fn step_up(&mut self) -> String {
        let body = json!({ "email": TYPED_EMAIL, "password": PASSWORD, "purpose": "step_up" });
        let key = self.key.clone();
        let started = self.ask(Method::POST, "/v1/sign-ins", &key, body).await.expect(201);
        let sign_in = SignIn::of(&started);
        let digits = self.mailed(&sign_in.challenge).await;
        let granted = self.answer(&sign_in, "email_code", &digits).await.expect_state("signed_in");
        granted.at("/session/access_token").to_owned()
    }

    async fn read_the_receipt(&mut self, access: &str) {
        self.app.caught_up().await;
        self.app.service.sign_head(None).await.expect("a head can be signed");
        self.ask(Method::GET, "/v1/me/receipt", access, Value::Null).await.expect(200);
        self.ask(Method::GET, "/.well-known/jwks.json", access, Value::Null).await.expect(200);
    }

    async fn reset(&mut self, person: &Person, backup_code: &str) {
        let (key, app) = (self.key.clone(), self.app);
        let asked = json!({ "email": TYPED_EMAIL });
        let asked = self.ask(Method::POST, "/v1/password-resets", &key, asked).await.expect(202);
        let requested = app.last(person.account, "code.requested").await;
        let digits = self.mailed(requested.payload["challenge"].as_str().unwrap()).await;
        let completion = |digits: &str| {
            json!({
                "reset_token": asked.at("/token"), "code": digits, "password": PASSWORD,
                "proof": { "factor": "backup_code", "code": backup_code },
            })
        };
        let path = "/v1/password-resets/completion";
        self.ask(Method::POST, path, &key, completion(&wrong(&digits))).await.refused(422, "code_rejected");
        self.ask(Method::POST, path, &key, completion(&digits)).await.expect(200);
    }

    /// A client's key that is exchanged for another; the sign-ins from now on are made with that.
    pub(super) async fn rotate(&mut self) {
        let (client, _) = self.app.service.client_of(&self.key).await.unwrap();
        let rotation = Rotation { overlap: Span::hours(1), expires_at: None, may_end_a_key: false };
        let rotated = self.app.service.rotate_client_key(Context::operator(), client, rotation).await;
        let key = rotated.unwrap().expose().to_owned();
        self.keep("client key, rotated", &key);
        self.key = key;
    }

    /// What auditors and operators read, in every form.
    pub(super) async fn audit(&mut self, person: &Person, sign_in: &str) {
        let auditor = self.add("auditor", Role::Auditor).await;
        let operator = self.add("operator", Role::Operator).await;
        self.app.caught_up().await;
        let state = format!("/v1/audit/accounts/{}/state", person.account);
        let replay = format!("/v1/audit/sign-ins/{sign_in}/replay");
        for path in ["/v1/audit/events?limit=500", "/v1/audit/summary", &state, &replay] {
            self.ask(Method::GET, path, &auditor, Value::Null).await.expect(200);
        }
        for format in ["jsonl", "csv"] {
            let asked = json!({ "format": format });
            self.ask(Method::POST, "/v1/audit/exports", &auditor, asked).await.expect(200);
        }
        // An operator is shown where people were: no other reply may show that, and this one is not kept.
        let request = self.app.request(Method::GET, "/v1/audit/events?limit=500").bearer_auth(&operator);
        let opened = request.send().await.unwrap().text().await.unwrap();
        assert!(opened.contains(IP), "an operator's page opens what is personal");
    }

    async fn add(&mut self, name: &str, role: Role) -> String {
        let added = self.app.service.add_client(Context::operator(), name.parse().unwrap(), role, None).await;
        let key = added.unwrap().1.expose().to_owned();
        self.keep(&format!("{name}'s key"), &key);
        key
    }
}
