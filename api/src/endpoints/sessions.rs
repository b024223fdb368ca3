//! `/v1/sessions`.

use axum::http::StatusCode;
use countersign_domain::id::kind;

use crate::openapi::schema;
use crate::openapi::{Answer, Credential, Endpoint, Header, Operation, Parameter, Topic};
use crate::problem_code::ProblemCode;
use crate::sessions;

pub(super) fn endpoints() -> [Endpoint; 3] {
    [
        Endpoint::get("/v1/sessions", sessions::list, list()),
        Endpoint::delete("/v1/sessions", sessions::end_all, end_all()),
        Endpoint::delete("/v1/sessions/{id}", sessions::end_one, end_one()),
    ]
}

fn list() -> Operation {
    of_a_person("list_sessions", "Look at one's own sessions").answers(
        Answer::object(StatusCode::OK, "Those that are good, the newest first.", "session_list").link(
            "end",
            "end_session",
            &[("id", "$response.body#/data/0/id")],
        ),
    )
}

fn end_all() -> Operation {
    let except = Parameter::query("except", schema::only("current"), "What is spared: the one that asks.");
    of_a_person("end_sessions", "End one's own sessions")
        .parameter(except)
        .answers(Answer::nothing(StatusCode::NO_CONTENT, "They are over.").header(Header::Version))
        .or(&[ProblemCode::WrongState])
}

fn end_one() -> Operation {
    of_a_person("end_session", "End a session")
        .about("Also where it was over. Another person's is not there.")
        .parameter(Parameter::path("id", schema::id::<kind::Session>(), "The session."))
        .answers(Answer::nothing(StatusCode::NO_CONTENT, "It is over."))
}

fn of_a_person(id: &'static str, summary: &'static str) -> Operation {
    Operation::new(Topic::Sessions, id, summary).with(Credential::AccessToken)
}
