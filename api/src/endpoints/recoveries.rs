//! `/v1/recoveries`, and the page that says no to one.

use axum::http::StatusCode;
use serde_json::json;

use super::EXAMPLE_OF_A_BACKUP_CODE;
use crate::openapi::schema::{self, named};
use crate::openapi::{Answer, Credential, Endpoint, Header, Operation, Parameter, Topic};
use crate::problem_code::ProblemCode;
use crate::{recoveries, recovery_page};

/// The characters of what a link ends with.
const LINK_LENGTH: usize = 159;
/// The sign-in that a reply is.
const OF_THE_REPLY: &[(&str, &str)] = &[("id", "$response.body#/id")];

pub(super) fn endpoints() -> [Endpoint; 4] {
    const PAGE: &str = "/recovery/cancel/{token}";
    [
        Endpoint::post("/v1/recoveries", recoveries::request, request()),
        Endpoint::post("/v1/recoveries/completion", recoveries::complete, complete()),
        Endpoint::get(PAGE, recovery_page::ask, ask()),
        Endpoint::post(PAGE, recovery_page::cancel, cancel()),
    ]
}

fn request() -> Operation {
    Operation::new(Topic::Accounts, "request_recovery", "Ask to recover an account")
        .about("The same answer for every address. An active account is mailed a code; where the operator's code is shown, at the address that was stated with it.")
        .with(Credential::ClientKey)
        .body(named("recovery_request"))
        .repeatable()
        .answers(
            Answer::object(StatusCode::ACCEPTED, "A code may have been mailed.", "recovery")
                .link("complete", "complete_recovery", &[])
                .sending(json!({
                    "recovery_token": "$response.body#/token",
                    "code": "000000",
                    "backup_code": EXAMPLE_OF_A_BACKUP_CODE,
                    "password": "violet harbour sings loudly",
                })),
        )
        .or(&[ProblemCode::CodeMistyped])
}

fn complete() -> Operation {
    Operation::new(Topic::Accounts, "complete_recovery", "Recover an account")
        .hashes()
        .about("With exactly two of the mailed code, the backup code and an operator's code. All sessions and pending sign-ins end.")
        .with(Credential::ClientKey)
        .body(named("recovery_completion_request"))
        .repeatable()
        .answers(
            Answer::object(
                StatusCode::CREATED,
                "A sign-in at the gate: its backup code is to be saved and confirmed.",
                "sign_in",
            )
            .header(Header::Version)
            .header(Header::Location)
            .link("show", "show_sign_in", OF_THE_REPLY)
            .link("confirm", "confirm_backup_code", OF_THE_REPLY)
            .sending(json!({ "backup_code_id": "$response.body#/backup_code/id", "saved": true })),
        )
        .or(&[
            ProblemCode::ChallengeExpired,
            ProblemCode::CodeRejected,
            ProblemCode::CodeMistyped,
            ProblemCode::PasswordTooWeak,
        ])
}

fn ask() -> Operation {
    page("show_recovery_to_cancel", "See whether a recovery can be cancelled")
        .about("Where the link of a notice leads. Nothing is changed.")
}

fn cancel() -> Operation {
    page("cancel_recovery_by_link", "Say no to a recovery from the notice about it")
        .about("What the page's button does. Nothing more is asked of who has the link.")
}

fn page(id: &'static str, summary: &'static str) -> Operation {
    let token = schema::text_of(1, LINK_LENGTH);
    Operation::new(Topic::Accounts, id, summary)
        .parameter(Parameter::path("token", token, "What the link ends with."))
        .answers(
            Answer::of(StatusCode::OK, "A page.", "text/html", schema::text())
                .header(Header::NeverStored)
                .header(Header::NoReferrer),
        )
}
