//! Passwords that are chosen anew, and accounts that are recovered.

use countersign_domain::id::kind;
use serde_json::Value;

use super::Shape;
use super::sign_in::{BACKUP_CODE, TYPED_LONGEST, context, email, locale, password};
use crate::openapi::schema::{self, Object};

pub(super) fn shapes() -> Vec<Shape> {
    let reset = || Object::of("password_reset").field("id", schema::id::<kind::SignIn>());
    let shown = Object::new()
        .field("id", schema::id::<kind::BackupCode>())
        .field("code", schema::pattern(BACKUP_CODE));
    let completed = reset().field("state", schema::only("completed")).field("backup_code", shown.open());
    let request =
        Object::new().field("email", email()).optional("locale", locale()).optional("context", context());
    vec![
        ("password_request", Object::new().field("password", password()).closed()),
        ("password_reset_request", request.closed()),
        ("reset_completion_request", completion_request()),
        ("recovery_request", recovery_request()),
        ("recovery_completion_request", recovery_completion_request()),
        ("recovery", requested_as("recovery").open()),
        ("password_reset", requested_as("password_reset").open()),
        ("completed_password_reset", completed.open()),
    ]
}

fn requested_as(name: &str) -> Object {
    Object::of(name)
        .field("id", schema::id::<kind::SignIn>())
        .field("token", schema::text_of(1, TYPED_LONGEST))
        .field("expires_at", schema::time())
}

fn recovery_request() -> Value {
    let about = "The code that an operator had made, once it has waited: for a stated address, and where strangers ask too.";
    Object::new()
        .field("email", email())
        .optional("locale", locale())
        .optional("operator_code", schema::told(schema::text_of(1, TYPED_LONGEST), about))
        .optional("context", context())
        .closed()
}

/// Two of the three codes.
fn recovery_completion_request() -> Value {
    let code = |about: &str| schema::told(schema::text_of(1, TYPED_LONGEST), about);
    Object::new()
        .field("recovery_token", schema::text_of(1, TYPED_LONGEST))
        .field("password", password())
        .optional("code", code("The six digits from the mail. Exactly two of the three codes are given."))
        .optional("backup_code", code("The saved backup code."))
        .optional("operator_code", code("The code that an operator had made, once it has waited."))
        .optional("context", context())
        .closed()
}

fn completion_request() -> Value {
    let proof = Object::new()
        .field("factor", schema::only("backup_code"))
        .field("code", schema::text_of(1, TYPED_LONGEST));
    Object::new()
        .field("reset_token", schema::text_of(1, TYPED_LONGEST))
        .field("code", schema::told(schema::text_of(1, TYPED_LONGEST), "The six digits from the mail."))
        .field("proof", schema::told(proof.closed(), "What is not mail."))
        .field("password", password())
        .optional("context", context())
        .closed()
}
