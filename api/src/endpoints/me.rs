//! `/v1/me`.

use axum::http::StatusCode;

use crate::openapi::{Answer, Credential, Endpoint, Header, Operation, Topic};
use crate::problem_code::ProblemCode;
use crate::{ledger, me};

pub(super) fn endpoints() -> [Endpoint; 2] {
    [
        Endpoint::get("/v1/me", me::show, show()),
        Endpoint::get("/v1/me/receipt", ledger::my_receipt, receipt()),
    ]
}

fn show() -> Operation {
    of_a_person("show_me", "Look at one's own account").answers(
        Answer::object(StatusCode::OK, "The account, without its secrets.", "account")
            .header(Header::Version),
    )
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
