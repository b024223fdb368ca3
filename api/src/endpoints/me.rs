//! `/v1/me`.

use axum::http::StatusCode;
use serde_json::json;

use crate::openapi::schema::named;
use crate::openapi::{Answer, Credential, Endpoint, Header, Operation, Topic};
use crate::problem_code::ProblemCode;
use crate::{ledger, me};

pub(super) fn endpoints() -> [Endpoint; 6] {
    [
        Endpoint::get("/v1/me", me::show, show()),
        Endpoint::post("/v1/me/password", me::change_password, change_password()),
        Endpoint::post("/v1/me/backup-code", me::request_backup_code, request_backup_code()),
        Endpoint::post("/v1/me/backup-code/confirmation", me::confirm_backup_code, confirm_backup_code()),
        Endpoint::delete("/v1/me/recovery", me::cancel_recovery, cancel_recovery()),
        Endpoint::get("/v1/me/receipt", ledger::my_receipt, receipt()),
    ]
}

fn show() -> Operation {
    of_a_person("show_me", "Look at one's own account").answers(
        Answer::object(StatusCode::OK, "The account, without its secrets.", "account")
            .header(Header::Version),
    )
}

fn change_password() -> Operation {
    of_a_person("change_password", "Choose another password")
        .hashes()
        .about("After a step-up. All other sessions and pending sign-ins end.")
        .body(named("password_request"))
        .repeatable()
        .answers(
            Answer::object(StatusCode::OK, "The password is another one.", "account").header(Header::Version),
        )
        .or(&[ProblemCode::StepUpRequired, ProblemCode::PasswordTooWeak])
}

fn request_backup_code() -> Operation {
    of_a_person("request_backup_code", "Ask for another backup code")
        .about("After a step-up. The one before is good until this one is confirmed.")
        .empty_body()
        .repeatable()
        .answers(
            Answer::object(StatusCode::CREATED, "The code, to be saved and confirmed.", "backup_code")
                .header(Header::Version)
                .link("confirm", "confirm_requested_backup_code", &[])
                .sending(json!({ "backup_code_id": "$response.body#/id", "saved": true })),
        )
        .or(&[ProblemCode::StepUpRequired, ProblemCode::WrongState, ProblemCode::ReissuesExhausted])
}

fn confirm_backup_code() -> Operation {
    of_a_person("confirm_requested_backup_code", "Confirm that the other backup code is saved")
        .body(named("confirmation_request"))
        .repeatable()
        .answers(
            Answer::object(StatusCode::OK, "The code is the one in force.", "account")
                .header(Header::Version),
        )
        .or(&[ProblemCode::StepUpRequired, ProblemCode::BackupCodeSuperseded, ProblemCode::NotSaved])
}

fn cancel_recovery() -> Operation {
    of_a_person("cancel_recovery", "Say no to a recovery that an operator prepared")
        .about("The operator's code is void. No step-up is asked: cancelling is the safe direction.")
        .answers(Answer::nothing(StatusCode::NO_CONTENT, "It is cancelled.").header(Header::Version))
        .or(&[ProblemCode::NotFound, ProblemCode::WrongState])
}

fn receipt() -> Operation {
    of_a_person("show_my_receipt", "Take the receipt of the sign-in that granted the session")
        .about("It is verified offline by `docs/verify/verify.py`; there is none before a signed head is over it.")
        .answers(Answer::object(StatusCode::OK, "The event, and what proves its place.", "receipt"))
        .or(&[ProblemCode::NotFound])
}

fn of_a_person(id: &'static str, summary: &'static str) -> Operation {
    Operation::new(Topic::Me, id, summary).with(Credential::AccessToken)
}
