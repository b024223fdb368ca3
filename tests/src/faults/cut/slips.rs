//! Attempts with what is wrong: each is counted once, and what is right is taken afterwards.

#![expect(clippy::indexing_slicing, reason = "a field that is set is made")]

use serde_json::json;

use super::command::{Command, Ready};
use crate::app::mail::{digits_in, wrong};
use crate::app::person::PASSWORD;
use crate::app::{Person, TestApp};

/// A backup code that is nobody's.
const NOBODYS: &str = "0000-0000-0000-0000-0000-0000";

impl Ready {
    /// An attempt with what is wrong that everything which leads to it has been done for.
    pub(super) async fn of_slip(command: Command, app: &TestApp) -> Self {
        match command {
            Command::SlipAtVerification => Self::of_slip_at_verification(app).await,
            Command::SlipOfPassword => {
                let person = app.person().await;
                let mut typed = person.credentials();
                let right = Some(typed.clone());
                typed["password"] = json!("not the password of anybody");
                let ready = Self::without_token(command, person.email.clone(), "/v1/sign-ins", typed);
                Self { person: Some(person), right, ..ready }
            }
            _ => Self::of_slip_in_sign_in(command, app).await,
        }
    }

    async fn of_slip_at_verification(app: &TestApp) -> Self {
        let email = app.new_address();
        let asked = app.register(&email, PASSWORD).await.expect(202);
        let mail = app.mail_to(&email).await;
        let code = mail.first().and_then(|mail| digits_in(&mail.text)).expect("a code was mailed");
        let registered = format!(
            "SELECT aggregate_id FROM events WHERE event_type = 'account.registered' \
             AND CAST(payload AS text) LIKE '%{}%'",
            asked.at("/id")
        );
        let streams = app.database().texts(&registered).await;
        let account = streams.first().and_then(|stream| stream.parse().ok()).expect("it is registered");
        let proof = |code: &str| json!({ "registration_token": asked.at("/token"), "code": code });
        let path = "/v1/accounts/verification";
        let ready =
            Self::without_token(Command::SlipAtVerification, email.clone(), path, proof(&wrong(&code)));
        let person = Some(Person { email, password: PASSWORD.to_owned(), account });
        Self { person, right: Some(proof(&code)), ..ready }
    }

    async fn of_slip_in_sign_in(command: Command, app: &TestApp) -> Self {
        let (person, backup_code) = app.enrolled().await;
        let sign_in = app.start_sign_in(&person).await;
        let (factor, right, wrong) = if command == Command::SlipOfCode {
            let digits = app.digits_of(&sign_in.challenge).await;
            let wrong = wrong(&digits);
            ("email_code", digits, wrong)
        } else {
            ("backup_code", backup_code.code, NOBODYS.to_owned())
        };
        let answer = |code: String| Some(json!({ "factor": factor, "code": code }));
        let ready = Self::below(command, (person, sign_in), "/answers", answer(wrong));
        Self { right: answer(right), ..ready }
    }
}
