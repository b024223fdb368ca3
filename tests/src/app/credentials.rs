//! What people do about their credentials: prove once more who they are, reset a password; and what operators do to them.

use countersign_domain::word::Reason;
use countersign_service::context::Context;
use countersign_service::flow::Administration;
use serde_json::{Value, json};

use super::person::{BackupCode, Person, Session, SignIn};
use super::reply::Reply;
use super::server::Server;

/// A password reset that was asked for, as its client keeps it, and the digits that were mailed.
#[derive(Debug, Clone)]
pub struct Reset {
    /// Its token.
    pub token: String,
    /// The digits.
    pub digits: String,
}

impl Reset {
    /// What completes it.
    pub fn completion(&self, backup_code: &str, password: &str) -> Value {
        let proof = json!({ "factor": "backup_code", "code": backup_code });
        json!({ "reset_token": self.token, "code": self.digits, "proof": proof, "password": password })
    }
}

impl Server {
    /// Does to an account what an operator can, for a reason.
    pub async fn administer(&self, person: &Person, what: impl Fn(Reason) -> Administration) {
        let reason = "as the law demands".parse().expect("it is one line");
        let done = self.service.administer(Context::operator(), person.account, what(reason)).await;
        done.expect("an active account can be administered");
    }

    /// A session of an enrolled person who proved once more who they are.
    pub async fn stepped_up(&self, person: &Person) -> Session {
        let Person { email, password, .. } = person;
        let typed = json!({ "email": email, "password": password, "purpose": "step_up" });
        let sign_in = SignIn::of(&self.sign_in_with(typed).await.expect(201));
        Session::granted(&self.answer_by_mail(&sign_in).await.expect_state("signed_in"))
    }

    /// A reset that an active account's person asked for.
    pub async fn reset(&self, person: &Person) -> Reset {
        let asked = self.post("/v1/password-resets", "", json!({ "email": person.email })).await.expect(202);
        self.reset_of(person, &asked).await
    }

    /// The reset that a reply tells of; its digits are those of the newest message.
    pub async fn reset_of(&self, person: &Person, asked: &Reply) -> Reset {
        Reset { token: asked.at("/token").to_owned(), digits: self.newest_digits(person).await }
    }

    /// The digits that were requested last for a person's account.
    pub async fn newest_digits(&self, person: &Person) -> String {
        let requested = self.last(person.account, "code.requested").await;
        let challenge = requested.payload.get("challenge").and_then(Value::as_str);
        self.digits_of(challenge.expect("a code is for a challenge")).await
    }

    /// A backup code that is asked for in a session that was stepped up.
    pub async fn ask_for_backup_code(&self, session: &Session) -> BackupCode {
        let shown = self.ask(reqwest::Method::POST, "/v1/me/backup-code", &session.access, None).await;
        BackupCode::shown(&shown.expect(201))
    }
}
