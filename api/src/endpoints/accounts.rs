//! `/v1/accounts`.

use axum::http::StatusCode;

use crate::accounts;
use crate::openapi::schema::named;
use crate::openapi::{Answer, Credential, Endpoint, Header, Operation, Topic};
use crate::problem_code::ProblemCode;

pub(super) fn endpoints() -> [Endpoint; 2] {
    [
        Endpoint::post("/v1/accounts", accounts::register, register()),
        Endpoint::post("/v1/accounts/verification", accounts::verify, verify()),
    ]
}

fn register() -> Operation {
    Operation::new(Topic::Accounts, "register", "Ask for an account")
        .hashes()
        .about("The same answer for every address: whether there was an account already stands in the mail.")
        .with(Credential::ClientKey)
        .body(named("registration_request"))
        .repeatable()
        .answers(
            Answer::object(StatusCode::ACCEPTED, "A code was mailed.", "registration")
                .link("verify", "verify_account", &[])
                .sending(serde_json::json!({
                    "registration_token": "$response.body#/token",
                    "code": "000000",
                })),
        )
        .or(&[ProblemCode::PasswordTooWeak, ProblemCode::Overloaded])
}

fn verify() -> Operation {
    Operation::new(Topic::Accounts, "verify_account", "Prove control of the address")
        .with(Credential::ClientKey)
        .body(named("verification_request"))
        .repeatable()
        .answers(
            Answer::object(StatusCode::CREATED, "The account is there.", "account").header(Header::Version),
        )
        .or(&[
            ProblemCode::WrongState,
            ProblemCode::RegistrationExpired,
            ProblemCode::ChallengeExpired,
            ProblemCode::ChallengeExhausted,
            ProblemCode::CodeRejected,
        ])
}
