//! What people do who lost their way in, and what an operator does for them.

use countersign_domain::time::Span;
use countersign_service::context::Context;
use countersign_service::error::ServiceError;
use countersign_service::view::IssuedOperatorCode;
use serde_json::{Value, json};

use super::person::Person;
use super::reply::Reply;
use super::server::Server;

/// The password that is chosen in a recovery.
pub const CHOSEN: &str = "quiet lanterns over the estuary";

/// How long an operator's code has to wait.
pub const WAIT: Span = Span::hours(72);

/// A recovery that was asked for, as its client keeps it, and the digits that were mailed.
#[derive(Debug, Clone)]
pub struct Recovery {
    /// Its id.
    pub id: String,
    /// Its token.
    pub token: String,
    /// The digits that were mailed.
    pub digits: String,
}

impl Recovery {
    /// What completes it, with two proofs.
    pub fn with(&self, proofs: &[(&str, &str)]) -> Value {
        completion(&self.token, proofs)
    }
}

/// What completes a recovery, with whatever proofs.
pub fn completion(token: &str, proofs: &[(&str, &str)]) -> Value {
    let always = [("recovery_token", token), ("password", CHOSEN)];
    let fields = always.iter().chain(proofs).map(|(name, value)| ((*name).to_owned(), json!(value)));
    Value::Object(fields.collect())
}

impl Server {
    /// An operator has a code made, who has looked at who the person is.
    pub async fn operator_code(&self, person: &Person) -> String {
        let issued = self.try_operator_code(person, None).await;
        issued.expect("an active account can be prepared").code.expose().to_owned()
    }

    /// The same for a person who lost the mailbox, with another address.
    pub async fn operator_code_for(&self, person: &Person, email: &str) -> String {
        let issued = self.try_operator_code(person, Some(email)).await;
        issued.expect("an active account can be prepared").code.expose().to_owned()
    }

    /// The same where it may be refused.
    pub async fn try_operator_code(
        &self,
        person: &Person,
        email: Option<&str>,
    ) -> Result<IssuedOperatorCode, ServiceError> {
        let reason = "showed a passport".parse().expect("a line of text");
        let email = email.map(|email| email.parse().expect("an address"));
        self.service.issue_operator_code(Context::operator(), person.account, reason, email).await
    }

    /// Asks for a recovery.
    pub async fn ask_to_recover(&self, email: &str) -> Reply {
        self.post("/v1/recoveries", "", json!({ "email": email, "locale": "en" })).await
    }

    /// A recovery that was asked for by an active account's person.
    pub async fn recovery(&self, person: &Person) -> Recovery {
        let reply = self.ask_to_recover(&person.email).await.expect(202);
        self.asked(person, &reply).await
    }

    /// A recovery that was asked for with an operator's code.
    pub async fn recovery_with(&self, person: &Person, operators: &str) -> Recovery {
        let typed = json!({ "email": person.email, "operator_code": operators });
        let reply = self.post("/v1/recoveries", "", typed).await.expect(202);
        self.asked(person, &reply).await
    }

    async fn asked(&self, person: &Person, reply: &Reply) -> Recovery {
        assert_eq!(reply.at("/object"), "recovery");
        let requested = self.last(person.account, "code.requested").await;
        assert_eq!(text(&requested.payload, "/sign_in"), reply.at("/id"));
        let challenge = text(&requested.payload, "/challenge");
        let digits = self.digits_of(challenge).await;
        Recovery { id: reply.at("/id").to_owned(), token: reply.at("/token").to_owned(), digits }
    }

    /// Completes a recovery with these proofs.
    pub async fn recover(&self, recovery: &Recovery, proofs: &[(&str, &str)]) -> Reply {
        self.complete_recovery(recovery.with(proofs)).await
    }

    /// Completes a recovery with a body.
    pub async fn complete_recovery(&self, body: Value) -> Reply {
        self.post("/v1/recoveries/completion", "", body).await
    }

    /// The path of the link that the notice about the newest operator's code holds.
    pub async fn cancel_path(&self, person: &Person) -> String {
        let issued = self.last(person.account, "recovery.operator_code_issued").await;
        let code = text(&issued.payload, "/operator_code");
        self.cancel_path_in(&person.email, code).await
    }

    /// The path of the link about an operator's code in a mailbox.
    pub async fn cancel_path_in(&self, email: &str, code: &str) -> String {
        let about = code.trim_start_matches("oc_").replace('-', "");
        let mail = self.mail_to(email).await;
        let mut links = mail.iter().flat_map(|message| message.text.lines()).filter_map(|line| {
            let (_, path) = line.split_once("/recovery/cancel/")?;
            path.replace('-', "").contains(&about).then(|| format!("/recovery/cancel/{path}"))
        });
        links.next().expect("a notice with a link was mailed")
    }
}

fn text<'a>(payload: &'a Value, pointer: &str) -> &'a str {
    payload.pointer(pointer).and_then(Value::as_str).expect("the event says it")
}
