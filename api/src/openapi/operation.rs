//! What an endpoint does, in words and shapes.

use serde_json::Value;

use super::answer::Answer;
use super::parameter::Parameter;
use crate::problem_code::ProblemCode;

/// What an endpoint does.
pub(crate) struct Operation {
    pub(super) id: &'static str,
    pub(super) topic: Topic,
    pub(super) summary: &'static str,
    pub(super) about: &'static str,
    pub(super) credential: Credential,
    pub(super) parameters: Vec<Parameter>,
    pub(super) body: Option<Body>,
    pub(super) answers: Vec<Answer>,
    problems: Vec<ProblemCode>,
    repeatable: bool,
    /// Whether it is below `/v1`: its place says so.
    pub(super) is_versioned: bool,
    pub(super) admission: Admission,
}

/// When an operation is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Admission {
    /// However much there is to do.
    Always,
    /// While there is a place for a request, and its address asks no more than it may.
    Limited,
    /// While there is a place for a hash, too.
    WithHash,
}

/// What operations are grouped by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Topic {
    Accounts,
    SignIns,
    Sessions,
    Me,
    Audit,
    Ledger,
    Documents,
    Operators,
}

/// The credential that an operation is asked for with, as `Authorization: Bearer …`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Credential {
    None,
    ClientKey,
    SignInToken,
    AccessToken,
    AuditorsKey,
}

/// The body of a request.
pub(super) struct Body {
    pub(super) schema: Value,
    pub(super) required: bool,
    /// Media types besides JSON that it is taken in.
    pub(super) forms: &'static [&'static str],
}

impl Operation {
    /// An operation that anybody can ask for.
    pub(crate) fn new(topic: Topic, id: &'static str, summary: &'static str) -> Self {
        Self {
            id,
            topic,
            summary,
            about: "",
            credential: Credential::None,
            parameters: Vec::new(),
            body: None,
            answers: Vec::new(),
            problems: Vec::new(),
            repeatable: false,
            is_versioned: false,
            admission: Admission::Limited,
        }
    }

    /// With more than fits into its summary.
    pub(crate) fn about(self, about: &'static str) -> Self {
        Self { about, ..self }
    }

    /// For who holds a credential.
    pub(crate) fn with(self, credential: Credential) -> Self {
        Self { credential, ..self }
    }

    /// With a parameter.
    pub(crate) fn parameter(mut self, parameter: Parameter) -> Self {
        self.parameters.push(parameter);
        self
    }

    /// With a body that must be there.
    pub(crate) fn body(self, schema: Value) -> Self {
        Self { body: Some(Body { schema, required: true, forms: &[] }), ..self }
    }

    /// With a body that says nothing: none at all, or an object without fields.
    pub(crate) fn empty_body(self) -> Self {
        let schema = super::schema::Object::new().closed();
        Self { body: Some(Body { schema, required: false, forms: &[] }), ..self }
    }

    /// With a body that is also taken as a form.
    pub(crate) fn form(mut self) -> Self {
        if let Some(body) = &mut self.body {
            body.forms = &["application/x-www-form-urlencoded"];
        }
        self
    }

    /// One that can be asked again under the same `Idempotency-Key`.
    pub(crate) fn repeatable(mut self) -> Self {
        self.repeatable = true;
        self.parameter(Parameter::idempotency_key())
    }

    /// One that is answered however much there is to do.
    pub(crate) fn outside_limits(self) -> Self {
        Self { admission: Admission::Always, ..self }
    }

    /// One that hashes a password: refused before anything is done for it while there is no place for a hash.
    pub(crate) fn hashes(self) -> Self {
        Self { admission: Admission::WithHash, ..self }
    }

    /// What is answered when all went well.
    pub(crate) fn answers(mut self, answer: Answer) -> Self {
        self.answers.push(answer);
        self
    }

    /// What else is answered, beside what follows from credential, parameters and body.
    pub(crate) fn or(mut self, problems: &[ProblemCode]) -> Self {
        self.problems.extend(problems);
        self
    }

    /// Whether it is below `/v1`.
    pub(super) fn versioned(self, is_versioned: bool) -> Self {
        Self { is_versioned, ..self }
    }

    /// Whether it is answered however much there is to do.
    pub(super) fn is_always_answered(&self) -> bool {
        self.admission == Admission::Always
    }

    /// Whether the same request can be asked again.
    pub(super) fn is_repeatable(&self) -> bool {
        self.repeatable
    }

    /// Every problem that it can be answered with, each once, in the order of their statuses.
    pub(super) fn problems(&self) -> Vec<ProblemCode> {
        let follows = self.problems_that_follow();
        let all = ProblemCode::ALL.into_iter();
        all.filter(|code| self.problems.contains(code) || follows.contains(code)).collect()
    }

    fn problems_that_follow(&self) -> Vec<ProblemCode> {
        let mut codes = vec![
            ProblemCode::InternalError,
            ProblemCode::InvalidRequest,
            ProblemCode::UriTooLong,
            ProblemCode::HeadersTooLarge,
        ];
        if !self.is_always_answered() {
            codes.extend([ProblemCode::RateLimited, ProblemCode::Overloaded, ProblemCode::Unavailable]);
        }
        if self.is_versioned {
            codes.push(ProblemCode::NotAcceptable);
        }
        if self.credential != Credential::None {
            codes.push(ProblemCode::Unauthenticated);
        }
        if self.body.is_some() {
            codes.extend([ProblemCode::PayloadTooLarge, ProblemCode::RequestTimeout]);
        }
        if self.body.as_ref().is_some_and(|body| body.required) {
            codes.push(ProblemCode::UnsupportedMediaType);
        }
        if self.repeatable {
            codes.extend([ProblemCode::IdempotencyInProgress, ProblemCode::IdempotencyKeyReused]);
        }
        codes.extend(self.parameters.iter().map(Parameter::problem));
        codes
    }
}

impl Topic {
    /// Every topic, in the order in which they are shown.
    pub(crate) const ALL: [Self; 8] = [
        Self::Accounts,
        Self::SignIns,
        Self::Sessions,
        Self::Me,
        Self::Audit,
        Self::Ledger,
        Self::Documents,
        Self::Operators,
    ];

    /// Its name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Accounts => "accounts",
            Self::SignIns => "sign-ins",
            Self::Sessions => "sessions",
            Self::Me => "me",
            Self::Audit => "audit",
            Self::Ledger => "ledger",
            Self::Documents => "documents",
            Self::Operators => "operators",
        }
    }

    /// What it is about.
    pub(crate) fn about(self) -> &'static str {
        match self {
            Self::Accounts => "Register, and prove control of the address.",
            Self::SignIns => "Start one, look at it, prove, save, be in.",
            Self::Sessions => "Refresh them, check their tokens, look at them, end them.",
            Self::Me => "What a signed-in person sees of their own account.",
            Self::Audit => "What auditors read: events, states, counts, files.",
            Self::Ledger => "Heads, proofs and tiles, for anybody: what they hold of an event is a hash.",
            Self::Documents => "Pages that explain.",
            Self::Operators => "For whoever keeps the service running.",
        }
    }
}

impl Credential {
    /// Every credential that is one.
    pub(super) const ALL: [Self; 4] =
        [Self::ClientKey, Self::SignInToken, Self::AccessToken, Self::AuditorsKey];

    /// Its name as a security scheme.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::ClientKey => "client_key",
            Self::SignInToken => "sign_in_token",
            Self::AccessToken => "access_token",
            Self::AuditorsKey => "auditors_key",
        }
    }

    /// Its name for a person.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::ClientKey => "client key",
            Self::SignInToken => "sign-in token",
            Self::AccessToken => "access token",
            Self::AuditorsKey => "auditor's key",
        }
    }

    /// Where it comes from, and what it is for.
    pub(super) fn about(self) -> &'static str {
        match self {
            Self::None => "",
            Self::ClientKey => {
                "A client's key, `ck_…`, from `countersign client add`. None is asked for in development mode."
            }
            Self::SignInToken => {
                "The sign-in's token, `st_…`, from the reply that made it; for that sign-in alone."
            }
            Self::AccessToken => "The session's access token, a JWT, from the reply that granted it.",
            Self::AuditorsKey => {
                "The key of an auditor or an operator, `ck_…`, from `countersign client add --role auditor`. None is asked for in development mode."
            }
        }
    }

    /// Whether development mode does without it.
    pub(super) fn is_a_key(self) -> bool {
        matches!(self, Self::ClientKey | Self::AuditorsKey)
    }
}
