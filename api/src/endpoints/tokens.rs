//! `/v1/tokens`, and the keys that access tokens are checked with.

use axum::http::StatusCode;

use crate::openapi::schema::named;
use crate::openapi::{Answer, Credential, Endpoint, Header, Operation, Topic};
use crate::problem_code::ProblemCode;
use crate::tokens;

pub(super) fn endpoints() -> [Endpoint; 3] {
    [
        Endpoint::post("/v1/tokens/refresh", tokens::refresh, refresh()),
        Endpoint::post("/v1/tokens/introspect", tokens::introspect, introspect()),
        Endpoint::get("/.well-known/jwks.json", tokens::keys, keys()),
    ]
}

fn refresh() -> Operation {
    Operation::new(Topic::Sessions, "refresh_session", "Exchange a refresh token for new tokens")
        .with(Credential::ClientKey)
        .body(named("refresh_request"))
        .repeatable()
        .answers(Answer::object(StatusCode::OK, "The old refresh token is spent.", "refreshed_session"))
        .or(&[ProblemCode::RefreshTokenRejected])
}

fn introspect() -> Operation {
    Operation::new(Topic::Sessions, "introspect_token", "Ask what a token stands for")
        .about("As RFC 7662 has it: a token that is not good, or another client's, is only not active.")
        .with(Credential::ClientKey)
        .body(named("introspection_request"))
        .form()
        .answers(Answer::object(StatusCode::OK, "What it stands for.", "introspection"))
}

fn keys() -> Operation {
    Operation::new(Topic::Sessions, "show_keys", "Read the keys that access tokens are checked with")
        .answers(Answer::object(StatusCode::OK, "A JWK set (RFC 7517).", "key_set").header(Header::Stored))
}
