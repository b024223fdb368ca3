//! `/v1/audit`.

use axum::http::StatusCode;
use countersign_domain::id::kind;
use countersign_stores::audit::LIMIT_MOST;

use crate::audit;
use crate::openapi::schema::{self, named};
use crate::openapi::{Answer, Credential, Endpoint, Header, Operation, Parameter, Topic, filter};
use crate::problem_code::ProblemCode;

pub(super) fn endpoints() -> [Endpoint; 7] {
    [
        Endpoint::get("/v1/audit/events", audit::page, page()),
        Endpoint::get("/v1/audit/events/stream", audit::tail, tail()),
        Endpoint::get("/v1/audit/events/{index}", audit::show, show()),
        Endpoint::get("/v1/audit/accounts/{id}/state", audit::account_state, account_state()),
        Endpoint::get("/v1/audit/sign-ins/{id}/replay", audit::sign_in, replay()),
        Endpoint::get("/v1/audit/summary", audit::summary, summary()),
        Endpoint::post("/v1/audit/exports", audit::export, export()),
    ]
}

fn page() -> Operation {
    of_an_auditor("list_events", "Read events by filter")
        .about("Lines come to who accepts `application/x-ndjson` or `text/csv`.")
        .parameter(q())
        .parameter(Parameter::query(
            "account",
            schema::id::<kind::Account>(),
            "The account that they are about.",
        ))
        .parameter(Parameter::query("from", schema::time(), "Not before."))
        .parameter(Parameter::query("to", schema::time(), "Before."))
        .parameter(Parameter::query(
            "order",
            schema::word(["newest", "oldest"]),
            "Which come first; the newest.",
        ))
        .parameter(Parameter::query("limit", schema::between(1, LIMIT_MOST), "How many at most; 50."))
        .parameter(Parameter::query("after", schema::whole(), "What `next` of the page before said."))
        .parameter(Parameter::wait_for())
        .answers(
            Answer::object(StatusCode::OK, "A page, and where the next one is.", "event_page")
                .or("application/x-ndjson", schema::text())
                .or("text/csv", schema::text())
                .header(Header::NextPage)
                .link("next", "list_events", &[("after", "$response.body#/next")])
                .link("first", "show_event", &[("index", "$response.body#/data/0/index")])
                .link("state", "show_account_state", &[("id", "$response.body#/data/0/account")])
                .link("replay", "replay_sign_in", &[("id", "$response.body#/data/0/sign_in")]),
        )
        .or(&[ProblemCode::Overloaded])
}

fn tail() -> Operation {
    of_an_auditor("tail_events", "Read events as they come")
        .about("Server-sent events: `id` is the index, `data` the event. At most 32 at once.")
        .parameter(q())
        .parameter(Parameter::header("Last-Event-ID", schema::whole(), "Goes on behind this index."))
        .answers(Answer::of(
            StatusCode::OK,
            "Events, for as long as somebody listens.",
            "text/event-stream",
            schema::text(),
        ))
        .or(&[ProblemCode::Overloaded])
}

fn show() -> Operation {
    of_an_auditor("show_event", "Look at an event")
        .parameter(Parameter::path("index", schema::whole(), "Its place in the ledger."))
        .answers(Answer::object(
            StatusCode::OK,
            "The event, and what proves that it is under the newest signed head.",
            "proven_event",
        ))
}

fn account_state() -> Operation {
    let as_of =
        schema::pattern(r"([0-9]{1,15}|[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z)");
    of_an_auditor("show_account_state", "Look at what an account amounted to at a moment")
        .parameter(Parameter::path("id", schema::id::<kind::Account>(), "The account."))
        .parameter(Parameter::query("as_of", as_of, "An index of the ledger, inclusive, or a moment; now."))
        .parameter(Parameter::wait_for())
        .answers(Answer::object(StatusCode::OK, "What it amounted to.", "account_state"))
        .or(&[ProblemCode::Overloaded])
}

fn replay() -> Operation {
    of_an_auditor("replay_sign_in", "Replay a sign-in step by step")
        .parameter(Parameter::path("id", schema::id::<kind::SignIn>(), "The sign-in."))
        .parameter(Parameter::wait_for())
        .answers(Answer::object(
            StatusCode::OK,
            "Each event, with the sign-in before and after it.",
            "sign_in_replay",
        ))
        .or(&[ProblemCode::Overloaded])
}

fn summary() -> Operation {
    let by = schema::pattern("(outcome|factor|client)(,(outcome|factor|client))*");
    of_an_auditor("summarise_events", "Count what came of signing in")
        .parameter(Parameter::query("from", schema::time(), "Not before its hour."))
        .parameter(Parameter::query("to", schema::time(), "Before its hour."))
        .parameter(Parameter::query(
            "bucket",
            schema::word(["hour", "day", "all"]),
            "What is counted together; an hour.",
        ))
        .parameter(Parameter::query("by", by, "What counts are told apart by; the outcome."))
        .parameter(Parameter::wait_for())
        .answers(Answer::object(StatusCode::OK, "Counts, and what a filter can be narrowed by.", "summary"))
        .or(&[ProblemCode::Overloaded])
}

fn export() -> Operation {
    of_an_auditor("export_events", "Take events along as a file")
        .about("An archive of the file, `manifest.json` and `manifest.note`, sent as it is made. At most four at once on a server.")
        .body(named("export_request"))
        .answers(
            Answer::of(StatusCode::OK, "The archive.", "application/zip", schema::bytes())
                .header(Header::Disposition),
        )
        .or(&[ProblemCode::Overloaded])
}

fn q() -> Parameter {
    Parameter::query("q", filter(), "A filter, as `docs/audit.md` has it.").example("type:sign_in.*")
}

fn of_an_auditor(id: &'static str, summary: &'static str) -> Operation {
    Operation::new(Topic::Audit, id, summary).with(Credential::AuditorsKey)
}
