//! Somebody who registers, signs in, and saves backup codes.

use std::sync::Arc;
use std::time::Duration;

use countersign_service::entropy;
use serde_json::{Value, json};

use super::api::{Api, Reply, Unmet, text};
use super::mailbox::{Mail, Mailbox};

/// How long a message is waited for, unless somebody is in more of a hurry.
const MAIL_WITHIN: Duration = Duration::from_secs(30);

/// Somebody with an address and a password of their own.
#[derive(Debug, Clone)]
pub struct Person {
    /// The address.
    pub email: String,
    /// The password.
    pub password: String,
    api: Api,
    mailbox: Arc<Mailbox>,
    mail_within: Duration,
}

/// A sign-in, as its person holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignIn {
    /// Its id.
    pub id: String,
    /// Its token.
    pub token: String,
    /// The challenge that was sent at once.
    pub challenge: String,
}

/// A backup code, as it was shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupCode {
    /// Its id.
    pub id: String,
    /// The code.
    pub code: String,
}

/// What a right answer leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answered {
    /// A backup code that has to be saved first.
    Gate(BackupCode),
    /// A session, by its access token.
    In(String),
}

impl Person {
    pub(super) fn somebody(api: Api, mailbox: Arc<Mailbox>) -> Self {
        let unique = hex::encode(entropy::bytes::<6>());
        Self {
            email: format!("wren.{unique}@quillfeather.example"),
            password: format!("amber {unique} lantern drifts"),
            api,
            mailbox,
            mail_within: MAIL_WITHIN,
        }
    }

    /// Somebody else, who talks to the same server in the same way.
    #[must_use]
    pub fn another(&self) -> Self {
        let somebody = Self::somebody(self.api.clone(), Arc::clone(&self.mailbox));
        somebody.in_a_hurry(self.mail_within)
    }

    /// The same, who waits for messages only so long.
    #[must_use]
    pub fn in_a_hurry(self, mail_within: Duration) -> Self {
        Self { mail_within, ..self }
    }

    /// How they talk to the server.
    pub fn api(&self) -> &Api {
        &self.api
    }

    /// Asks for an account; the registration's token.
    pub async fn register(&self) -> Result<String, Unmet> {
        let asked = json!({ "email": self.email, "password": self.password });
        let registration = self.api.post("/v1/accounts", "", asked).await?.expecting(202)?;
        Ok(text(&registration, "/token").to_owned())
    }

    /// The code that was mailed for the registration.
    pub async fn registration_code(&self) -> Result<String, Unmet> {
        self.mailbox.code_to(&self.email, self.mail_within).await.ok_or(Unmet::NoMail)
    }

    /// The messages that they have.
    pub fn mails(&self) -> Vec<Mail> {
        self.mailbox.mails_to(&self.email)
    }

    /// The code of a message that is not among those that are known.
    pub async fn code_beyond(&self, known: &[Mail]) -> Result<String, Unmet> {
        self.mailbox.code_beyond(known, &self.email, self.mail_within).await.ok_or(Unmet::NoMail)
    }

    /// Proves control of the address; the account.
    pub async fn verify(&self, token: &str, code: &str) -> Result<String, Unmet> {
        let proof = json!({ "registration_token": token, "code": code });
        let account = self.api.post("/v1/accounts/verification", "", proof).await?.expecting(201)?;
        Ok(text(&account, "/id").to_owned())
    }

    /// All of the three: the account.
    pub async fn become_account(&self) -> Result<String, Unmet> {
        let token = self.register().await?;
        let code = self.registration_code().await?;
        self.verify(&token, &code).await
    }

    /// The same for an address that was mailed to before: the newest message is the one.
    pub async fn become_account_again(&self) -> Result<String, Unmet> {
        let known = self.mails();
        let token = self.register().await?;
        let code = self.code_beyond(&known).await?;
        self.verify(&token, &code).await
    }

    /// Starts a sign-in.
    pub async fn sign_in(&self) -> Result<SignIn, Unmet> {
        let asked = json!({ "email": self.email, "password": self.password });
        self.sign_in_with(asked).await
    }

    /// Starts a sign-in with more than address and password.
    pub async fn sign_in_with(&self, asked: Value) -> Result<SignIn, Unmet> {
        let started = self.api.post("/v1/sign-ins", "", asked).await?.expecting(201)?;
        Ok(SignIn {
            id: text(&started, "/id").to_owned(),
            token: text(&started, "/token").to_owned(),
            challenge: text(&started, "/challenge/id").to_owned(),
        })
    }

    /// The code that was mailed for a sign-in.
    pub async fn sign_in_code(&self, sign_in: &SignIn) -> Result<String, Unmet> {
        self.mailbox.code_about(&sign_in.challenge, self.mail_within).await.ok_or(Unmet::NoMail)
    }

    /// Answers with the code that was mailed.
    pub async fn answer_with_mail(&self, sign_in: &SignIn) -> Result<Answered, Unmet> {
        let code = self.sign_in_code(sign_in).await?;
        self.answer(sign_in, "email_code", &code).await
    }

    /// Answers with a backup code.
    pub async fn answer_with_backup_code(&self, sign_in: &SignIn, code: &str) -> Result<Answered, Unmet> {
        self.answer(sign_in, "backup_code", code).await
    }

    async fn answer(&self, sign_in: &SignIn, factor: &str, code: &str) -> Result<Answered, Unmet> {
        answered(self.try_answer(sign_in, factor, code).await?)
    }

    /// Answers, right or wrong.
    pub async fn try_answer(&self, sign_in: &SignIn, factor: &str, code: &str) -> Result<Reply, Unmet> {
        let answer = json!({ "factor": factor, "code": code });
        self.api.post(&sign_in.path("answers"), &sign_in.token, answer).await
    }

    /// Confirms that a backup code is saved; the session's access token.
    pub async fn confirm(&self, sign_in: &SignIn, backup_code: &str) -> Result<String, Unmet> {
        let reply = self.try_confirm(sign_in, backup_code).await?;
        Ok(text(&reply.expecting(200)?, "/session/access_token").to_owned())
    }

    /// Confirms that a backup code is saved, whatever comes of it.
    pub async fn try_confirm(&self, sign_in: &SignIn, backup_code: &str) -> Result<Reply, Unmet> {
        let saved = json!({ "backup_code_id": backup_code, "saved": true });
        self.api.post(&sign_in.path("backup-code/confirmation"), &sign_in.token, saved).await
    }

    /// Replaces a backup code that was not seen.
    pub async fn reissue(&self, sign_in: &SignIn) -> Result<BackupCode, Unmet> {
        let path = sign_in.path("backup-code/reissue");
        let reply = self.api.post(&path, &sign_in.token, Value::Null).await?;
        let code = reply.expecting(200)?;
        Ok(BackupCode { id: text(&code, "/id").to_owned(), code: text(&code, "/code").to_owned() })
    }

    /// Signs in for the first time, with a mailed code, to the gate.
    pub async fn come_to_gate(&self) -> Result<(SignIn, BackupCode), Unmet> {
        let sign_in = self.sign_in().await?;
        match self.answer_with_mail(&sign_in).await? {
            Answered::Gate(code) => Ok((sign_in, code)),
            Answered::In(_) => panic!("a first sign-in comes to the gate"),
        }
    }

    /// Looks at their own account.
    pub async fn me(&self, access_token: &str) -> Result<Reply, Unmet> {
        self.api.get("/v1/me", access_token).await
    }
}

impl SignIn {
    fn path(&self, what: &str) -> String {
        format!("/v1/sign-ins/{}/{what}", self.id)
    }
}

/// What a right answer's reply says.
fn answered(reply: Reply) -> Result<Answered, Unmet> {
    let body = reply.expecting(200)?;
    Ok(match text(&body, "/state") {
        "save_required" => Answered::Gate(BackupCode {
            id: text(&body, "/backup_code/id").to_owned(),
            code: text(&body, "/backup_code/code").to_owned(),
        }),
        _ => Answered::In(text(&body, "/session/access_token").to_owned()),
    })
}
