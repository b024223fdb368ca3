//! The commands: those of the flow, those about credentials (`credentials`), and attempts with what is wrong (`slips`);
//! what leads to each, and what must be true behind it.

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
    /// Answer with the code that was mailed, and come to the gate.
    AnswerCode,
    /// The same, and be granted the session.
    AnswerCodeToSession,
    /// Answer with a backup code.
    AnswerBackupCode,
    /// Ask for another backup code in place of one that was not seen.
    Reissue,
    /// Confirm that the code is saved.
    Confirm,
    /// Give the sign-in up.
    Cancel,
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
    /// Ask for a recovery.
    RequestRecovery,
    /// Complete it, with the mailed code and a backup code.
    CompleteRecovery,
    /// Verify with a wrong code.
    SlipAtVerification,
    /// Sign in with a wrong password.
    SlipOfPassword,
    /// Answer with a wrong code.
    SlipOfCode,
    /// Answer with a backup code that is nobody's.
    SlipOfBackupCode,
}

/// Every command, in the order of the flow.
pub const COMMANDS: [Command; 22] = [
    Command::Register,
    Command::Verify,
    Command::SignIn,
    Command::RequestChallenge,
    Command::AnswerCode,
    Command::AnswerCodeToSession,
    Command::AnswerBackupCode,
    Command::Reissue,
    Command::Confirm,
    Command::Cancel,
    Command::Refresh,
    Command::RequestReset,
    Command::CompleteReset,
    Command::ChangePassword,
    Command::RequestBackupCode,
    Command::ConfirmBackupCode,
    Command::RequestRecovery,
    Command::CompleteRecovery,
    Command::SlipAtVerification,
    Command::SlipOfPassword,
    Command::SlipOfCode,
    Command::SlipOfBackupCode,
];

impl Command {
    /// How it is answered where nothing is in its way.
    pub fn expected(self) -> u16 {
        match self {
            Self::Register | Self::RequestReset | Self::RequestRecovery => 202,
            Self::Verify
            | Self::SignIn
            | Self::RequestChallenge
            | Self::RequestBackupCode
            | Self::CompleteRecovery => 201,
            Self::Cancel => 204,
            Self::SlipAtVerification | Self::SlipOfPassword | Self::SlipOfCode | Self::SlipOfBackupCode => {
                422
            }
            _ => 200,
        }
    }
}

/// A request of a command that is ready to be sent, and who sends it.
#[derive(Debug)]
pub struct Ready {
    pub(super) command: Command,
    pub(super) email: String,
    pub(super) person: Option<Person>,
    pub(super) sign_in: Option<SignIn>,
    pub(super) held: Option<Held>,
    /// For an attempt with what is wrong, what is right.
    pub(super) right: Option<Value>,
    /// How it is sent.
    pub method: Method,
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
            | Command::AnswerCodeToSession
            | Command::AnswerBackupCode
            | Command::Reissue
            | Command::Confirm
            | Command::Cancel => Self::in_sign_in(command, app).await,
            Command::SlipAtVerification
            | Command::SlipOfPassword
            | Command::SlipOfCode
            | Command::SlipOfBackupCode => Self::of_slip(command, app).await,
            _ => Self::of_credentials(command, app).await,
        }
    }

    pub(super) fn without_token(command: Command, email: String, path: &str, body: Value) -> Self {
        Self {
            command,
            email,
            person: None,
            sign_in: None,
            held: None,
            right: None,
            method: Method::POST,
            path: path.to_owned(),
            token: String::new(),
            body: Some(body),
        }
    }

    /// Below the address of a sign-in.
    pub(super) fn below(
        command: Command,
        (person, sign_in): (Person, SignIn),
        below: &str,
        body: Option<Value>,
    ) -> Self {
        let ready = Self::without_token(command, person.email.clone(), &sign_in.path(below), Value::Null);
        Self { token: sign_in.token.clone(), person: Some(person), sign_in: Some(sign_in), body, ..ready }
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
            Command::AnswerCode | Command::AnswerCodeToSession => {
                let code = app.digits_of(&sign_in.challenge).await;
                ("/answers", Some(json!({ "factor": "email_code", "code": code })))
            }
            Command::AnswerBackupCode => ("/answers", Some(json!({ "factor": "backup_code", "code": code }))),
            Command::Reissue => {
                app.answer_backup_code(&sign_in, &code).await.expect_state("save_required");
                ("/backup-code/reissue", None)
            }
            Command::Cancel => ("", None),
            _ => {
                let reply = app.answer_backup_code(&sign_in, &code).await.expect_state("save_required");
                let id = BackupCode::shown(&reply).id;
                ("/backup-code/confirmation", Some(json!({ "backup_code_id": id, "saved": true })))
            }
        };
        let ready = Self::below(command, (person, sign_in), below, body);
        if command == Command::Cancel { Self { method: Method::DELETE, ..ready } } else { ready }
    }

    /// Sends it, through whatever stands before the server.
    pub async fn send(
        &self,
        client: &reqwest::Client,
        base: &str,
        key: Option<&str>,
    ) -> Result<reqwest::Response, reqwest::Error> {
        let mut request = client.request(self.method.clone(), format!("{base}{}", self.path));
        if let Some(key) = key {
            request = request.header("Idempotency-Key", key);
        }
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
        if reply.status != self.command.expected() {
            return vec![format!("{:?} was answered with {} {}", self.command, reply.status, reply.text)];
        }
        let mut findings = self.double_effects(app, reply).await;
        if !self.is_true(app, reply).await {
            findings.push(format!("{:?} was answered with what is not so: {}", self.command, reply.text));
        }
        findings
    }

    /// Effects that do not stand there once.
    async fn double_effects(&self, app: &TestApp, reply: &Reply) -> Vec<String> {
        if let Some(held) = &self.held {
            let (name, found, expected) = held.effects(self.command, app).await;
            return self.unless_as_often(name, found, expected);
        }
        let Some(person) = &self.person else { return self.registrations(app, reply).await };
        let (name, expected) = match self.command {
            Command::SignIn => ("sign_in.started", 1),
            Command::RequestChallenge => ("code.requested", 4),
            Command::AnswerCode => ("backup_code.issued", 1),
            Command::AnswerBackupCode => ("backup_code.redeemed", 1),
            Command::Reissue => ("backup_code.issued", 3),
            Command::Cancel => ("sign_in.cancelled", 1),
            Command::SlipAtVerification | Command::SlipOfCode => ("code.rejected", 1),
            Command::SlipOfPassword => ("sign_in.password_rejected", 1),
            Command::SlipOfBackupCode => ("backup_code.rejected", 1),
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

    async fn registrations(&self, app: &TestApp, reply: &Reply) -> Vec<String> {
        let mail = app.mail_to(&self.email).await.len();
        let mut findings = self.unless_as_often("a message", mail, 1);
        if self.command == Command::Verify
            && let Ok(account) = reply.at("/id").parse()
        {
            let name = "account.email_verified";
            findings.extend(self.unless_as_often(name, app.count(account, name).await, 1));
        }
        findings
    }

    /// Whether the reply leads on: what it shows is what the service takes.
    async fn is_true(&self, app: &TestApp, reply: &Reply) -> bool {
        if let Some(held) = &self.held {
            return held.is_true(self.command, app, reply).await;
        }
        if let Some(right) = &self.right {
            return app.post(&self.path, &self.token, right.clone()).await.status < 300;
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
            (Command::Cancel, Some(sign_in)) => app.look(sign_in).await.at("/state") == "cancelled",
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
