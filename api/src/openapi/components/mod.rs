//! The shapes that have a name: each object of the API, and what is in several of them.

mod audit;
mod ledger;
mod password;
mod session;
mod sign_in;

pub(crate) use audit::filter;

use serde_json::{Map, Value, json};

use super::schema::{self, Object};
use super::{Credential, problem};
use crate::problem_code::ProblemCode;

/// All of them, as the document has them.
pub(super) fn components() -> Value {
    let shapes = [
        sign_in::shapes(),
        session::shapes(),
        password::shapes(),
        audit::shapes(),
        ledger::shapes(),
        errors(),
    ]
    .concat();
    let shapes = shapes.into_iter().map(|(name, shape)| (name.to_owned(), shape));
    let shapes: Map<_, _> = shapes.chain(problem::shapes()).collect();
    let schemes = Credential::ALL.into_iter().map(|credential| {
        let scheme = json!({ "type": "http", "scheme": "bearer", "description": credential.about() });
        (credential.name().to_owned(), scheme)
    });
    json!({ "schemas": shapes, "securitySchemes": Value::Object(schemes.collect()) })
}

/// A shape and its name.
type Shape = (&'static str, Value);

fn errors() -> Vec<Shape> {
    let codes = ProblemCode::ALL.map(ProblemCode::name);
    let error = Object::new()
        .field(
            "pointer",
            schema::told(schema::text(), "Where it is, as a JSON pointer; empty for all of it."),
        )
        .field("detail", schema::told(schema::text(), "What was expected there."));
    vec![
        ("field_error", error.open()),
        ("problem_code", schema::told(schema::word(codes), "Every code that a problem can have.")),
    ]
}
