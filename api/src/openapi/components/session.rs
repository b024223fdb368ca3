//! Sessions and their tokens.

use countersign_domain::id::kind;
use serde_json::Value;

use super::Shape;
use super::sign_in::context;
use crate::openapi::schema::{self, Object};
use crate::openapi::words;

/// The most characters of a token.
const TOKEN_LONGEST: usize = 4_096;

pub(super) fn shapes() -> Vec<Shape> {
    vec![
        ("session_grant", schema::told(grant(Object::new()).open(), "Only in the reply that granted it.")),
        ("refreshed_session", grant(Object::of("session")).open()),
        ("session", session()),
        ("session_list", Object::new().field("data", schema::list(schema::named("session"))).open()),
        (
            "refresh_request",
            Object::new().field("refresh_token", token()).optional("context", context()).closed(),
        ),
        ("introspection_request", introspection_request()),
        ("introspection", introspection()),
        ("key_set", key_set()),
    ]
}

fn token() -> Value {
    schema::text_of(1, TOKEN_LONGEST)
}

fn grant(object: Object) -> Object {
    object
        .field("id", schema::id::<kind::Session>())
        .field("access_token", token())
        .field("refresh_token", token())
        .field("token_type", schema::only("Bearer"))
        .field("expires_in", schema::told(schema::whole(), "Seconds that the access token is good for."))
        .field("amr", schema::list(words::amr()))
        .field("aal", words::aal())
}

fn session() -> Value {
    let device = Object::new().field("label", schema::text());
    Object::of("session")
        .field("id", schema::id::<kind::Session>())
        .field("created_at", schema::time())
        .field("last_refreshed_at", schema::nullable(schema::time()))
        .field("expires_at", schema::told(schema::time(), "Unless it is refreshed before."))
        .field("client", schema::nullable(schema::id::<kind::Client>()))
        .field("amr", schema::list(words::amr()))
        .field("aal", words::aal())
        .field("device", schema::nullable(device.open()))
        .field("current", schema::told(schema::flag(), "Whether it is the one that asks."))
        .open()
}

fn introspection_request() -> Value {
    let hint = schema::told(schema::text_of(0, TOKEN_LONGEST), "Not needed, and not believed.");
    Object::new().field("token", schema::text_of(0, TOKEN_LONGEST)).optional("token_type_hint", hint).closed()
}

/// Of a token that is not good there is `active` alone.
fn introspection() -> Value {
    Object::new()
        .field("active", schema::flag())
        .optional("iss", schema::text())
        .optional("sub", schema::id::<kind::Account>())
        .optional("aud", schema::text())
        .optional("client_id", schema::text())
        .optional("sid", schema::id::<kind::Session>())
        .optional("amr", schema::list(words::amr()))
        .optional("aal", words::aal())
        .optional("auth_time", schema::whole())
        .optional("iat", schema::whole())
        .optional("exp", schema::whole())
        .optional("jti", schema::text())
        .optional("token_type", schema::only("Bearer"))
        .open()
}

fn key_set() -> Value {
    let key = Object::new()
        .field("kty", schema::only("OKP"))
        .field("crv", schema::only("Ed25519"))
        .field("alg", schema::only("EdDSA"))
        .field("use", schema::only("sig"))
        .field("kid", schema::text())
        .field("x", schema::text());
    Object::new().field("keys", schema::list(key.open())).open()
}
