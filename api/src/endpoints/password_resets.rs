//! `/v1/password-resets`.

use axum::http::StatusCode;
use serde_json::json;

use super::EXAMPLE_OF_A_BACKUP_CODE;
use crate::openapi::schema::named;
use crate::openapi::{Answer, Credential, Endpoint, Header, Operation, Topic};
use crate::password_resets;
use crate::problem_code::ProblemCode;

pub(super) fn endpoints() -> [Endpoint; 2] {
    [
        Endpoint::post("/v1/password-resets", password_resets::request, request()),
        Endpoint::post("/v1/password-resets/completion", password_resets::complete, complete()),
    ]
}

fn request() -> Operation {
    Operation::new(Topic::Accounts, "request_password_reset", "Ask to choose another password")
        .about("The same answer for every address. An active account is mailed a code.")
        .with(Credential::ClientKey)
        .body(named("password_reset_request"))
        .repeatable()
        .answers(
            Answer::object(StatusCode::ACCEPTED, "A code may have been mailed.", "password_reset")
                .link("complete", "complete_password_reset", &[])
                .sending(json!({
                    "reset_token": "$response.body#/token",
                    "code": "000000",
                    "proof": { "factor": "backup_code", "code": EXAMPLE_OF_A_BACKUP_CODE },
                    "password": "violet harbour sings loudly",
                })),
        )
}

fn complete() -> Operation {
    Operation::new(Topic::Accounts, "complete_password_reset", "Choose another password")
        .hashes()
        .about("With the mailed code and the backup code. All sessions and pending sign-ins end.")
        .with(Credential::ClientKey)
        .body(named("reset_completion_request"))
        .repeatable()
        .answers(
            Answer::object(StatusCode::OK, "The password is another one.", "completed_password_reset")
                .header(Header::Version),
        )
        .or(&[
            ProblemCode::ChallengeExpired,
            ProblemCode::CodeRejected,
            ProblemCode::CodeMistyped,
            ProblemCode::PasswordTooWeak,
        ])
}
