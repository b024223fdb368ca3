//! `/v1/sign-ins`.

use axum::http::StatusCode;
use countersign_domain::id::kind;
use serde_json::json;

use crate::openapi::schema::{self, named};
use crate::openapi::{Answer, Credential, Endpoint, Header, Operation, Parameter, Topic};
use crate::problem_code::ProblemCode;
use crate::sign_ins;

/// The sign-in that a reply is.
const OF_THE_REPLY: &[(&str, &str)] = &[("id", "$response.body#/id")];
/// The sign-in that a request was about.
const OF_THE_REQUEST: &[(&str, &str)] = &[("id", "$request.path.id")];

pub(super) fn endpoints() -> [Endpoint; 7] {
    [
        Endpoint::post("/v1/sign-ins", sign_ins::start, start()),
        Endpoint::get("/v1/sign-ins/{id}", sign_ins::show, show()),
        Endpoint::delete("/v1/sign-ins/{id}", sign_ins::cancel, cancel()),
        Endpoint::post("/v1/sign-ins/{id}/challenges", sign_ins::request_challenge, request_challenge()),
        Endpoint::post("/v1/sign-ins/{id}/answers", sign_ins::answer, answer()),
        Endpoint::post("/v1/sign-ins/{id}/backup-code/reissue", sign_ins::reissue, reissue()),
        Endpoint::post("/v1/sign-ins/{id}/backup-code/confirmation", sign_ins::confirm, confirm()),
    ]
}

fn start() -> Operation {
    Operation::new(Topic::SignIns, "start_sign_in", "Start a sign-in with address and password")
        .hashes()
        .about("A code is mailed. An unknown address, a wrong password and an account that cannot sign in are answered alike.")
        .with(Credential::ClientKey)
        .body(named("sign_in_request"))
        .repeatable()
        .answers(
            Answer::object(StatusCode::CREATED, "The password was right: `next` says what is allowed now.", "sign_in")
                .header(Header::Version)
                .header(Header::Location)
                .link("show", "show_sign_in", OF_THE_REPLY)
                .link("cancel", "cancel_sign_in", OF_THE_REPLY)
                .link("request_challenge", "request_challenge", OF_THE_REPLY)
                .link("answer", "answer_sign_in", OF_THE_REPLY)
                .sending(json!({
                    "factor": "email_code",
                    "code": "000000",
                    "challenge_id": "$response.body#/challenge/id",
                })),
        )
        .or(&[ProblemCode::CredentialsRejected, ProblemCode::Overloaded])
}

fn show() -> Operation {
    of_a_sign_in("show_sign_in", "Look at a sign-in").answers(
        Answer::object(StatusCode::OK, "Where it stands, and what is allowed next.", "sign_in")
            .header(Header::Version),
    )
}

fn cancel() -> Operation {
    of_a_sign_in("cancel_sign_in", "Give a sign-in up")
        .answers(Answer::nothing(StatusCode::NO_CONTENT, "It is given up.").header(Header::Version).link(
            "show",
            "show_sign_in",
            OF_THE_REQUEST,
        ))
        .or(&[ProblemCode::WrongState])
}

fn request_challenge() -> Operation {
    of_a_sign_in("request_challenge", "Ask for a code")
        .about("While one lives it is sent again, with the same id, digits and expiry.")
        .body(named("challenge_request"))
        .repeatable()
        .answers(
            Answer::object(StatusCode::CREATED, "A code is on its way.", "challenge")
                .header(Header::Version)
                .link("answer", "answer_sign_in", OF_THE_REQUEST)
                .sending(json!({
                    "factor": "email_code",
                    "code": "000000",
                    "challenge_id": "$response.body#/id",
                })),
        )
        .or(&[
            ProblemCode::WrongState,
            ProblemCode::AuthenticatorDisabled,
            ProblemCode::SignInExpired,
            ProblemCode::ResendTooSoon,
            ProblemCode::Throttled,
        ])
}

fn answer() -> Operation {
    of_a_sign_in("answer_sign_in", "Answer with a code")
        .about("A backup code may be typed in any case, with or without dashes and spaces, `O` for `0` and `I` or `L` for `1`.")
        .body(named("answer_request"))
        .repeatable()
        .answers(
            Answer::object(
                StatusCode::OK,
                "`signed_in` with its `session`, or `save_required` with a `backup_code` to be saved.",
                "sign_in",
            )
            .header(Header::Version)
            .link("confirm", "confirm_backup_code", OF_THE_REPLY)
            .sending(json!({ "backup_code_id": "$response.body#/backup_code/id", "saved": true }))
            .link("reissue", "reissue_backup_code", OF_THE_REPLY)
            .link("show", "show_sign_in", OF_THE_REPLY)
            .link("refresh", "refresh_session", &[])
            .sending(json!({ "refresh_token": "$response.body#/session/refresh_token" })),
        )
        .or(&[
            ProblemCode::WrongState,
            ProblemCode::AuthenticatorDisabled,
            ProblemCode::ChallengeExpired,
            ProblemCode::ChallengeExhausted,
            ProblemCode::SignInExpired,
            ProblemCode::CodeRejected,
            ProblemCode::CodeMistyped,
            ProblemCode::Throttled,
        ])
}

fn reissue() -> Operation {
    of_a_sign_in("reissue_backup_code", "Replace a backup code that was not seen")
        .empty_body()
        .repeatable()
        .answers(
            Answer::object(StatusCode::OK, "The code that was not seen is void.", "backup_code")
                .header(Header::Version)
                .link("confirm", "confirm_backup_code", OF_THE_REQUEST)
                .sending(json!({ "backup_code_id": "$response.body#/id", "saved": true })),
        )
        .or(&[ProblemCode::WrongState, ProblemCode::ReissuesExhausted, ProblemCode::SignInExpired])
}

fn confirm() -> Operation {
    of_a_sign_in("confirm_backup_code", "Confirm that the backup code is saved")
        .body(named("confirmation_request"))
        .repeatable()
        .answers(
            Answer::object(StatusCode::OK, "`signed_in`, with its `session`.", "sign_in")
                .header(Header::Version)
                .link("show", "show_sign_in", OF_THE_REPLY)
                .link("me", "show_me", &[])
                .link("receipt", "show_my_receipt", &[])
                .link("refresh", "refresh_session", &[])
                .sending(json!({ "refresh_token": "$response.body#/session/refresh_token" })),
        )
        .or(&[
            ProblemCode::WrongState,
            ProblemCode::BackupCodeSuperseded,
            ProblemCode::SignInExpired,
            ProblemCode::NotSaved,
        ])
}

fn of_a_sign_in(id: &'static str, summary: &'static str) -> Operation {
    let parameter = Parameter::path("id", schema::id::<kind::SignIn>(), "The sign-in.");
    Operation::new(Topic::SignIns, id, summary).with(Credential::SignInToken).parameter(parameter)
}
