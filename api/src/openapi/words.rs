//! The closed words of the API, as the code has them.

use countersign_domain::account::SignInState;
use countersign_domain::word::{Aal, Amr, Factor, SignInPurpose};
use countersign_projections::read_model::Verdict;
use serde_json::Value;

use super::schema;

/// Where a sign-in can stand.
pub(super) fn states() -> Value {
    schema::word(SignInState::ALL)
}

/// What a sign-in can be completed with.
pub(super) fn factors() -> Value {
    schema::word(Factor::ALL)
}

/// What a sign-in can be for.
pub(super) fn purposes() -> Value {
    schema::word(SignInPurpose::ALL)
}

/// How a person can authenticate.
pub(super) fn amr() -> Value {
    schema::word(Amr::ALL)
}

/// How sure a session can be of its person.
pub(super) fn aal() -> Value {
    schema::word(Aal::ALL)
}

/// What can come of trying to sign in.
pub(super) fn outcomes() -> Value {
    schema::word(Verdict::OUTCOMES)
}

/// What it can be tried with.
pub(super) fn tried() -> Value {
    schema::word(Verdict::FACTORS)
}
