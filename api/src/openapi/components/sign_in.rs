//! What persons and their clients see, and what they send.

use countersign_domain::email::EMAIL_LONGEST;
use countersign_domain::id::kind;
use countersign_domain::policy::PASSWORD_LONGEST;
use serde_json::{Value, json};

use super::Shape;
use crate::openapi::schema::{self, Object};
use crate::openapi::words;
use crate::text::LABEL_LONGEST;

/// The most characters of a code as it is typed.
pub(super) const TYPED_LONGEST: usize = 4_096;
/// A backup code as it is shown.
pub(super) const BACKUP_CODE: &str = "[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){5}";

pub(super) fn shapes() -> Vec<Shape> {
    [requests(), replies()].concat()
}

fn requests() -> Vec<Shape> {
    vec![
        ("registration_request", registration_request()),
        ("verification_request", verification_request()),
        ("sign_in_request", sign_in_request()),
        ("challenge_request", Object::new().field("factor", schema::only("email_code")).closed()),
        ("answer_request", answer_request()),
        ("confirmation_request", confirmation_request()),
    ]
}

fn replies() -> Vec<Shape> {
    vec![
        ("registration", registration()),
        ("account", account()),
        ("sign_in", sign_in()),
        ("next_action", next_action()),
        ("challenge", challenge()),
        ("backup_code", shown_code(Object::of("backup_code")).open()),
    ]
}

pub(super) fn email() -> Value {
    json!({ "type": "string", "format": "email", "minLength": 3, "maxLength": EMAIL_LONGEST })
}

pub(super) fn password() -> Value {
    json!({ "type": "string", "format": "password", "minLength": 1, "maxLength": PASSWORD_LONGEST.value })
}

pub(super) fn locale() -> Value {
    let tag = json!({ "type": "string", "minLength": 2, "maxLength": 35, "pattern": "^[A-Za-z0-9]{1,8}(-[A-Za-z0-9]{1,8})*$" });
    schema::told(tag, "The language of mails, such as `en` or `de-CH`.")
}

fn registration_request() -> Value {
    Object::new()
        .field("email", email())
        .field("password", password())
        .optional("locale", locale())
        .optional("context", context())
        .closed()
}

fn verification_request() -> Value {
    Object::new()
        .field("registration_token", schema::text_of(1, TYPED_LONGEST))
        .field("code", schema::told(schema::text_of(1, TYPED_LONGEST), "The six digits from the mail."))
        .optional("context", context())
        .closed()
}

pub(super) fn context() -> Value {
    let context = Object::new()
        .optional("ip", schema::told(schema::text_of(2, 45), "An IP address."))
        .optional("user_agent", schema::text_of(0, TYPED_LONGEST));
    schema::told(context.closed(), "Where the person is, as the client sees it.")
}

fn sign_in_request() -> Value {
    let device = Object::new()
        .optional("token", schema::text_of(0, TYPED_LONGEST))
        .optional("label", schema::told(schema::text_of(1, LABEL_LONGEST), "What the person calls it."))
        .closed();
    Object::new()
        .field("email", email())
        .field("password", password())
        .optional("device", schema::told(device, "What a person signed in with before."))
        .optional("locale", locale())
        .optional("purpose", words::purposes())
        .optional("context", context())
        .closed()
}

fn answer_request() -> Value {
    Object::new()
        .field("factor", words::factors())
        .field("code", schema::text_of(1, TYPED_LONGEST))
        .optional("challenge_id", schema::told(schema::id::<kind::Challenge>(), "None means the live one."))
        .closed()
}

fn confirmation_request() -> Value {
    Object::new()
        .field("backup_code_id", schema::id::<kind::BackupCode>())
        .field("saved", schema::told(schema::flag(), "I have saved this code for future use."))
        .closed()
}

fn registration() -> Value {
    Object::of("registration")
        .field("id", schema::id::<kind::Registration>())
        .field("token", schema::text_of(1, TYPED_LONGEST))
        .field("expires_at", schema::time())
        .open()
}

fn account() -> Value {
    let moments = Object::new()
        .field("issued_at", schema::nullable(schema::time()))
        .field("confirmed_at", schema::nullable(schema::time()))
        .field("used_at", schema::nullable(schema::time()));
    let prepared = Object::new()
        .field("requested_at", schema::time())
        .field("valid_from", schema::time())
        .field("expires_at", schema::time());
    Object::of("account")
        .field("id", schema::id::<kind::Account>())
        .field("email", schema::text_of(3, EMAIL_LONGEST))
        .field("locale", locale())
        .field("factors", schema::list(words::factors()))
        .field("backup_code", moments.open())
        .field(
            "recovery",
            schema::told(
                schema::nullable(prepared.open()),
                "One that an operator prepared; it can be cancelled.",
            ),
        )
        .open()
}

fn sign_in() -> Value {
    let device = Object::new().field("id", schema::id::<kind::Device>()).field("token", schema::token("dt"));
    Object::of("sign_in")
        .field("id", schema::id::<kind::SignIn>())
        .field("state", words::states())
        .field("version", schema::told(schema::whole(), "The version of the account's stream."))
        .field("created_at", schema::time())
        .field("expires_at", schema::time())
        .field("next", schema::list(schema::named("next_action")))
        .field("challenge", schema::nullable(schema::named("challenge")))
        .optional("token", schema::told(schema::token("st"), "Only in the reply that made it."))
        .optional(
            "backup_code",
            schema::told(shown_code(Object::new()).open(), "Only in the reply that issued it."),
        )
        .optional("session", schema::named("session_grant"))
        .optional("device", schema::told(device.open(), "There if the device was not known before."))
        .open()
}

fn next_action() -> Value {
    let actions = ["answer", "request_challenge", "confirm_backup_code", "reissue_backup_code", "cancel"];
    Object::new()
        .field("action", schema::word(actions))
        .field("method", schema::word(["POST", "DELETE"]))
        .field("href", schema::text())
        .optional("factors", schema::list(words::factors()))
        .open()
}

fn challenge() -> Value {
    Object::of("challenge")
        .field("id", schema::id::<kind::Challenge>())
        .field("factor", schema::only("email_code"))
        .field("sent_to", schema::told(schema::text(), "The address, mostly hidden."))
        .field("expires_at", schema::time())
        .field("resend_after", schema::time())
        .open()
}

fn shown_code(object: Object) -> Object {
    object.field("id", schema::id::<kind::BackupCode>()).field("code", schema::pattern(BACKUP_CODE))
}
