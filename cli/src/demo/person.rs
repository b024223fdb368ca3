//! A person and their client: what they send, and what they are told.

use countersign_domain::id::AccountId;
use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};

use super::mail::Mailbox;
use crate::failure::Failure;
use crate::print;

/// The address of the demonstration's person; `.example` belongs to nobody.
const EMAIL: &str = "robin@countersign.example";
/// Their password.
const PASSWORD: &str = "violet harbour sings quietly";

/// A person who signs in.
pub(crate) struct Person {
    client: Client,
    base: String,
    mailbox: Mailbox,
    sign_in: Value,
    token: String,
    backup_code: String,
    used_code: String,
}

impl Person {
    pub(crate) fn new(base: &str, mailbox: Mailbox) -> Result<Self, Failure> {
        let client = Client::builder().no_proxy().build().map_err(Failure::failed)?;
        let base = base.to_owned();
        let nothing = String::new;
        Ok(Self {
            client,
            base,
            mailbox,
            sign_in: Value::Null,
            token: nothing(),
            backup_code: nothing(),
            used_code: nothing(),
        })
    }

    pub(crate) async fn register(&mut self) -> Result<AccountId, Failure> {
        let asked = json!({ "email": EMAIL, "password": PASSWORD });
        let registration = self.post("/v1/accounts", "", asked, StatusCode::ACCEPTED).await?;
        let code = self.mailbox.next_code().await?;
        let proof = json!({ "registration_token": text(&registration, "/token")?, "code": code });
        let account = self.post("/v1/accounts/verification", "", proof, StatusCode::CREATED).await?;
        text(&account, "/id")?.parse().map_err(Failure::failed)
    }

    pub(crate) async fn start_sign_in(&mut self) -> Result<(), Failure> {
        let asked = json!({ "email": EMAIL, "password": PASSWORD });
        self.sign_in = self.post("/v1/sign-ins", "", asked, StatusCode::CREATED).await?;
        self.token = text(&self.sign_in, "/token")?;
        Ok(())
    }

    pub(crate) async fn answer_with_mailed_code(&mut self) -> Result<(), Failure> {
        let code = self.mailbox.next_code().await?;
        self.answer(&json!({ "factor": "email_code", "code": code })).await
    }

    pub(crate) async fn answer_with_backup_code(&mut self) -> Result<(), Failure> {
        self.used_code = self.backup_code.clone();
        self.answer(&json!({ "factor": "backup_code", "code": self.backup_code })).await
    }

    async fn answer(&mut self, answer: &Value) -> Result<(), Failure> {
        let path = self.path("answers")?;
        self.sign_in = self.post(&path, &self.token, answer.clone(), StatusCode::OK).await?;
        if let Ok(code) = text(&self.sign_in, "/backup_code/code") {
            print::data(&format!("      the new backup code, shown this once: {code}"));
            self.backup_code = code;
        }
        Ok(())
    }

    pub(crate) async fn answer_with_used_code(&mut self) -> Result<(), Failure> {
        let path = self.path("answers")?;
        let answer = json!({ "factor": "backup_code", "code": self.used_code });
        self.post(&path, &self.token, answer, StatusCode::UNPROCESSABLE_ENTITY).await?;
        Ok(())
    }

    pub(crate) async fn confirm_saved(&mut self) -> Result<(), Failure> {
        let path = self.path("backup-code/confirmation")?;
        let saved = json!({ "backup_code_id": text(&self.sign_in, "/backup_code/id")?, "saved": true });
        self.sign_in = self.post(&path, &self.token, saved, StatusCode::OK).await?;
        Ok(())
    }

    pub(crate) async fn look_at_own_account(&self) -> Result<(), Failure> {
        let token = text(&self.sign_in, "/session/access_token")?;
        self.send(Method::GET, "/v1/me", &token, None, StatusCode::OK).await?;
        Ok(())
    }

    fn path(&self, what: &str) -> Result<String, Failure> {
        Ok(format!("/v1/sign-ins/{}/{what}", text(&self.sign_in, "/id")?))
    }

    async fn post(
        &self,
        path: &str,
        token: &str,
        body: Value,
        expected: StatusCode,
    ) -> Result<Value, Failure> {
        self.send(Method::POST, path, token, Some(body), expected).await
    }

    /// Sends a request, prints what came of it, and fails if that is not what was expected.
    async fn send(
        &self,
        method: Method,
        path: &str,
        token: &str,
        body: Option<Value>,
        expected: StatusCode,
    ) -> Result<Value, Failure> {
        let mut request = self.client.request(method.clone(), format!("{}{path}", self.base));
        if !token.is_empty() {
            request = request.bearer_auth(token);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await.map_err(Failure::failed)?;
        let status = response.status();
        let body: Value = response.json().await.map_err(Failure::failed)?;
        print::data(&format!("  {method} {path} → {} {}", status.as_u16(), outcome(&body)));
        if status == expected { Ok(body) } else { Err(Failure::failed(format_args!("expected {expected}"))) }
    }
}

/// What a reply says in a word: a sign-in's state, a problem's code, or what it is.
fn outcome(body: &Value) -> &str {
    ["/state", "/code", "/object"]
        .iter()
        .find_map(|pointer| body.pointer(pointer)?.as_str())
        .unwrap_or_default()
}

fn text(body: &Value, pointer: &str) -> Result<String, Failure> {
    let found = body.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    found.ok_or_else(|| Failure::failed(format_args!("the reply has no {pointer}")))
}
