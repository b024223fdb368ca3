//! `/v1/ledger`, `/checkpoint` and `/tile`.

use axum::http::StatusCode;

use crate::ledger;
use crate::openapi::{Answer, Endpoint, Header, Operation, Parameter, Topic, schema};
use crate::problem_code::ProblemCode;

pub(super) fn endpoints() -> [Endpoint; 5] {
    [
        Endpoint::get("/v1/ledger/tree-head", ledger::tree_head, tree_head()),
        Endpoint::get("/v1/ledger/inclusion", ledger::inclusion, inclusion()),
        Endpoint::get("/v1/ledger/consistency", ledger::consistency, consistency()),
        Endpoint::get("/checkpoint", ledger::checkpoint, checkpoint()),
        Endpoint::get("/tile/{*path}", ledger::tile, tile()),
    ]
}

fn tree_head() -> Operation {
    signed("show_tree_head", "Look at the newest signed head").answers(Answer::object(
        StatusCode::OK,
        "The newest head, and the key to check it with.",
        "tree_head",
    ))
}

fn inclusion() -> Operation {
    signed("prove_inclusion", "Prove that an event is in the tree")
        .parameter(Parameter::query("index", schema::whole(), "The event's index.").required())
        .parameter(Parameter::query(
            "size",
            schema::whole(),
            "The tree's size; the newest head's if none is given.",
        ))
        .answers(Answer::object(StatusCode::OK, "The proof (RFC 9162).", "inclusion_proof"))
}

fn consistency() -> Operation {
    signed("prove_consistency", "Prove that one tree is the beginning of another")
        .parameter(Parameter::query("from", schema::whole(), "The smaller tree's size.").required())
        .parameter(Parameter::query(
            "to",
            schema::whole(),
            "The larger tree's size; the newest head's if none is given.",
        ))
        .answers(Answer::object(StatusCode::OK, "The proof (RFC 9162).", "consistency_proof"))
}

fn checkpoint() -> Operation {
    signed("show_checkpoint", "Look at the newest head as a signed note").answers(
        Answer::of(StatusCode::OK, "The note, as C2SP has it.", "text/plain", schema::text())
            .header(Header::Stored),
    )
}

fn tile() -> Operation {
    signed("show_tile", "Take a tile of the tree")
        .about("Its path has slashes, as C2SP has it: `0/000`, or `entries/000.p/12`.")
        .parameter(Parameter::path("path", schema::text_of(1, 200), "The tile.").example("0/000.p/1"))
        .answers(
            Answer::of(
                StatusCode::OK,
                "The tile, once a signed tree has it.",
                "application/octet-stream",
                schema::bytes(),
            )
            .header(Header::Stored),
        )
}

/// What is there once a signed head is over it.
fn signed(id: &'static str, summary: &'static str) -> Operation {
    Operation::new(Topic::Ledger, id, summary).or(&[ProblemCode::NotFound])
}
