//! The commands: those of the flow, and those about credentials (`credentials`); what leads to each, and what must be true behind it.

use countersign_domain::policy;
use reqwest::Method;
use serde_json::{Value, json};

use super::credentials::Held;
use crate::app::mail::digits_in;
use crate::app::person::PASSWORD;
use crate::app::{BackupCode, Person, Reply, SignIn, TestApp};

/// A command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// Ask for an account.
    Register,
    /// Prove control of the address.
    Verify,
    /// Sign in with the password.
    SignIn,
    /// Ask for the code again.
    RequestChallenge,
    /// Answer with the code that was mailed.
    AnswerCode,
    /// Answer with a backup code.
    AnswerBackupCode,
    /// Ask for another backup code in place of one that was not seen.
    Reissue,
    /// Confirm that the code is saved.
    Confirm,
    /// Exchange a refresh token.
    Refresh,
    /// Ask for a password reset.
    RequestReset,
    /// Complete it.
    CompleteReset,
    /// Change the password, signed in.
    ChangePassword,
    /// Ask for another backup code, signed in.
    RequestBackupCode,
    /// Confirm that this one is saved.
    ConfirmBackupCode,
}

/// Every command, in the order of the flow.
pub const COMMANDS: [Command; 14] = [
    Command::Register,
    Command::Verify,
    Command::SignIn,
    Command::RequestChallenge,
    Command::AnswerCode,
    Command::AnswerBackupCode,
    Command::Reissue,
    Command::Confirm,
    Command::Refresh,
    Command::RequestReset,
    Command::CompleteReset,
    Command::ChangePassword,
    Command::RequestBackupCode,
    Command::ConfirmBackupCode,
];

/// A request of a command that is ready to be sent, and who sends it.
#[derive(Debug)]
pub struct Ready {
    pub(super) command: Command,
    pub(super) email: String,
    pub(super) person: Option<Person>,
    pub(super) sign_in: Option<SignIn>,
    pub(super) held: Option<Held>,
    /// Where it is sent.
    pub path: String,
    /// The credential that it carries; empty where there is none.
    pub token: String,
    /// Its body.
    pub body: Option<Value>,
}

impl Ready {
    /// A request that everything which leads to it has been done for.
    pub async fn of(command: Command, app: &TestApp) -> Self {
        match command {
            Command::Register => {
                let email = app.new_address();
                let body = json!({ "email": email, "password": PASSWORD });
                Self::without_token(command, email, "/v1/accounts", body)
            }
            Command::Verify => {
                let email = app.new_address();
                let (token, mail) = app.registration(&email).await;
                let code = mail.first().and_then(|text| digits_in(text)).expect("a code was mailed");
                let body = json!({ "registration_token": token, "code": code });
                Self::without_token(command, email, "/v1/accounts/verification", body)
            }
            Command::SignIn => {
                let person = app.person().await;
                let body = person.credentials();
                let ready = Self::without_token(command, person.email.clone(), "/v1/sign-ins", body);
                Self { person: Some(person), ..ready }
            }
            Command::RequestChallenge
            | Command::AnswerCode
            | Command::AnswerBackupCode
            | Command::Reissue
            | Command::Confirm => Self::in_sign_in(command, app).await,
            _ => Self::of_credentials(command, app).await,
        }
    }

    fn without_token(command: Command, email: String, path: &str, body: Value) -> Self {
        let (path, token) = (path.to_owned(), String::new());
        Self { command, email, person: None, sign_in: None, held: None, path, token, body: Some(body) }
    }

    async fn in_sign_in(command: Command, app: &TestApp) -> Self {
        let (person, code) = if command == Command::AnswerCode {
            (app.person().await, String::new())
        } else {
            let (person, backup_code) = app.enrolled().await;
            (person, backup_code.code)
        };
        let sign_in = app.start_sign_in(&person).await;
        let (below, body) = match command {
            Command::RequestChallenge => {
                app.advance(policy::RESEND_WAIT.value);
                ("/challenges", Some(json!({ "factor": "email_code" })))
            }
            Command::AnswerCode => {
                let code = app.digits_of(&sign_in.challenge).await;
                ("/answers", Some(json!({ "factor": "email_code", "code": code })))
            }
            Command::AnswerBackupCode => ("/answers", Some(json!({ "factor": "backup_code", "code": code }))),
            Command::Reissue => {
                app.answer_backup_code(&sign_in, &code).await.expect_state("save_required");
                ("/backup-code/reissue", None)
            }
            _ => {
                let reply = app.answer_backup_code(&sign_in, &code).await.expect_state("save_required");
                let id = BackupCode::shown(&reply).id;
                ("/backup-code/confirmation", Some(json!({ "backup_code_id": id, "saved": true })))
            }
        };
        let (path, token) = (sign_in.path(below), sign_in.token.clone());
        let email = person.email.clone();
        Self { command, email, person: Some(person), sign_in: Some(sign_in), held: None, path, token, body }
    }

    /// Sends it, through whatever stands before the server.
    pub async fn send(
        &self,
        client: &reqwest::Client,
        base: &str,
        key: &str,
    ) -> Result<reqwest::Response, reqwest::Error> {
        let mut request = client.request(Method::POST, format!("{base}{}", self.path));
        request = request.header("Idempotency-Key", key);
        if !self.token.is_empty() {
            request = request.bearer_auth(&self.token);
        }
        if let Some(body) = &self.body {
            request = request.json(body);
        }
        request.send().await
    }

    /// What of the reply, and of the facts, is not as it must be once the command has been answered.
    pub async fn findings(&self, app: &TestApp, reply: &Reply) -> Vec<String> {
        // A sweep that meets the connection that was cut is made again, as the service's own loop does.
        if app.try_sweep().await.is_err() {
            app.sweep().await;
        }
        let expected = match self.command {
            Command::Register | Command::RequestReset => 202,
            Command::Verify | Command::SignIn | Command::RequestChallenge | Command::RequestBackupCode => 201,
            _ => 200,
        };
        if reply.status != expected {
            return vec![format!("{:?} was answered with {} {}", self.command, reply.status, reply.text)];
        }
        let mut findings = self.double_effects(app).await;
        if !self.is_true(app, reply).await {
            findings.push(format!("{:?} was answered with what is not so: {}", self.command, reply.text));
        }
        findings
    }

    /// Effects that do not stand there once.
    async fn double_effects(&self, app: &TestApp) -> Vec<String> {
        if let Some(held) = &self.held {
            let (name, found, expected) = held.effects(self.command, app).await;
            return self.unless_as_often(name, found, expected);
        }
        let Some(person) = &self.person else { return self.registrations(app).await };
        let (name, expected) = match self.command {
            Command::SignIn => ("sign_in.started", 1),
            Command::RequestChallenge => ("code.requested", 4),
            Command::AnswerCode => ("backup_code.issued", 1),
            Command::AnswerBackupCode => ("backup_code.redeemed", 1),
            Command::Reissue => ("backup_code.issued", 3),
            _ => ("sign_in.signed_in", 2),
        };
        self.unless_as_often(name, app.count(person.account, name).await, expected)
    }

    fn unless_as_often(&self, name: &str, found: usize, expected: usize) -> Vec<String> {
        if found == expected {
            return Vec::new();
        }
        vec![format!("{:?}: {name} stands {found} times for {}, not {expected}", self.command, self.email)]
    }

    async fn registrations(&self, app: &TestApp) -> Vec<String> {
        let mail = app.mail_to(&self.email).await.len();
        if mail == 1 {
            Vec::new()
        } else {
            vec![format!("{:?}: {mail} messages to one person", self.command)]
        }
    }

    /// Whether the reply leads on: what it shows is what the service takes.
    async fn is_true(&self, app: &TestApp, reply: &Reply) -> bool {
        if let Some(held) = &self.held {
            return held.is_true(self.command, app, reply).await;
        }
        match (self.command, &self.sign_in) {
            (Command::Register, _) => {
                let mail = app.mail_to(&self.email).await;
                let code = mail.first().and_then(|mail| digits_in(&mail.text)).unwrap_or_default();
                app.verify(reply.at("/token"), &code).await.status == 201
            }
            (Command::Verify, _) => {
                let credentials = json!({ "email": self.email, "password": PASSWORD });
                app.sign_in_with(credentials).await.status == 201
            }
            (Command::SignIn, _) => app.look(&SignIn::of(reply)).await.status == 200,
            (Command::RequestChallenge, Some(sign_in)) => {
                app.look(sign_in).await.at("/challenge/id") == reply.at("/id")
            }
            (Command::AnswerCode | Command::AnswerBackupCode | Command::Reissue, Some(sign_in)) => {
                app.confirm(sign_in, &BackupCode::shown(reply).id).await.status == 200
            }
            _ => app.get("/v1/me", reply.at("/session/access_token")).await.status == 200,
        }
    }
}
