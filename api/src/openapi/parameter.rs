//! What a request can say beside its body.

use serde_json::{Value, json};

use super::{samples, schema};
use crate::problem_code::ProblemCode;

/// Something that a request can say in its address or in a header.
pub(crate) struct Parameter {
    pub(super) name: &'static str,
    pub(super) place: Place,
    pub(super) about: &'static str,
    schema: Value,
    required: bool,
    example: Option<Value>,
}

/// Where a parameter stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Path,
    Query,
    Header,
}

impl Place {
    /// Its name.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Path => "path",
            Self::Query => "query",
            Self::Header => "header",
        }
    }
}

impl Parameter {
    /// A part of the path. What does not fit there names nothing.
    pub(crate) fn path(name: &'static str, schema: Value, about: &'static str) -> Self {
        Self { name, place: Place::Path, about, schema, required: true, example: None }
    }

    /// A field of the query that may be there.
    pub(crate) fn query(name: &'static str, schema: Value, about: &'static str) -> Self {
        Self { name, place: Place::Query, about, schema, required: false, example: None }
    }

    /// A header that may be there.
    pub(crate) fn header(name: &'static str, schema: Value, about: &'static str) -> Self {
        Self { name, place: Place::Header, about, schema, required: false, example: None }
    }

    /// The same, which must be there.
    pub(crate) fn required(self) -> Self {
        Self { required: true, ..self }
    }

    /// The same, with an example.
    pub(crate) fn example(self, example: impl Into<Value>) -> Self {
        Self { example: Some(example.into()), ..self }
    }

    /// What makes a request one that can be asked again.
    pub(crate) fn idempotency_key() -> Self {
        let schema = json!({ "type": "string", "minLength": 16, "maxLength": 128, "pattern": "^[!-~]+$" });
        let about = "A new one for each new request; the same one to send the very same request again.";
        Self::header("Idempotency-Key", schema, about).example("5f1d0c7e-9a53-4c1e-8f61-2b7f3a9e4d10")
    }

    /// What waits until a read has what a command did.
    pub(crate) fn wait_for() -> Self {
        let about = "What a `Countersign-Version` header said: waits, at most five seconds, until what is read from has it.";
        Self::query("wait_for", schema::version(), about)
            .example("acc_01938c5e-3f6a-7cc2-9d1b-6f0a4e8b2c71:17")
    }

    /// What a request is answered with in which it does not fit.
    pub(super) fn problem(&self) -> ProblemCode {
        match self.place {
            Place::Path => ProblemCode::NotFound,
            Place::Query | Place::Header => ProblemCode::InvalidRequest,
        }
    }

    /// As the document has it.
    pub(super) fn document(&self) -> Value {
        let mut told = json!({
            "name": self.name,
            "in": self.place.name(),
            "description": self.about,
            "required": self.required,
            "schema": self.schema,
        });
        let example = self.example.clone().or_else(|| samples::of_parameter(self.name, &self.schema));
        if let (Some(fields), Some(example)) = (told.as_object_mut(), example) {
            fields.insert("example".to_owned(), example);
        }
        told
    }
}
