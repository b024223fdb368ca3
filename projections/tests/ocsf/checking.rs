use countersign_projections::ocsf::check;
use serde_json::{Value, json};

use crate::samples::{all_mapped, mapped};

/// What the schema requires of both classes, and of the objects in them, with what it inherits.
const REQUIRED: [&str; 10] = [
    "/activity_id",
    "/category_uid",
    "/class_uid",
    "/metadata",
    "/metadata/product",
    "/metadata/version",
    "/severity_id",
    "/time",
    "/type_uid",
    "/user",
];

fn split(pointer: &str) -> (&str, &str) {
    pointer.rsplit_once('/').expect("a pointer has a slash")
}

fn without(mut event: Value, pointer: &str) -> Value {
    let (object, field) = split(pointer);
    let object = event.pointer_mut(object).and_then(Value::as_object_mut).expect("the object is there");
    object.remove(field).unwrap_or_else(|| panic!("{pointer} was not there"));
    event
}

fn with(mut event: Value, pointer: &str, value: Value) -> Value {
    let (object, field) = split(pointer);
    let object = event.pointer_mut(object).and_then(Value::as_object_mut).expect("the object is there");
    object.insert(field.to_owned(), value);
    event
}

fn findings(event: &Value) -> Vec<String> {
    check(event).expect_err("it is not what the schema asks for")
}

#[test]
fn an_event_without_any_one_of_what_is_required_does_not_pass() {
    for event in all_mapped() {
        for pointer in REQUIRED {
            let (_, field) = split(pointer);
            let findings = findings(&without(event.clone(), pointer));
            assert!(findings.iter().any(|finding| finding.contains(field)), "{pointer}: {findings:?}");
        }
    }
}

#[test]
fn a_factor_without_its_type_does_not_pass() {
    let event = without(mapped("code.accepted"), "/auth_factors/0/factor_type_id");
    assert_eq!(findings(&event), ["auth_factors.0.factor_type_id is missing"]);
}

#[test]
fn an_attempt_at_neither_a_service_nor_an_endpoint_does_not_pass() {
    let event = without(mapped("sign_in.started"), "/service");
    assert_eq!(findings(&event), ["* needs at least one of service, dst_endpoint"]);
}

#[test]
fn a_change_of_an_account_needs_no_service() {
    let event = mapped("account.closed");
    assert_eq!(event.get("service"), None);
    assert_eq!(check(&event), Ok(()));
}

#[test]
fn an_object_without_what_tells_it_from_others_does_not_pass() {
    let event = mapped("sign_in.started");
    for pointer in
        ["/metadata/product/name", "/service/name", "/user/uid", "/actor/user/name", "/src_endpoint/ip"]
    {
        let findings = findings(&without(event.clone(), pointer));
        assert!(findings[0].contains("needs at least one of"), "{pointer}: {findings:?}");
    }
    let nobody = with(event, "/actor", json!({}));
    assert!(findings(&nobody)[0].starts_with("actor.* needs at least one of"));
}

#[test]
fn a_type_that_is_not_class_and_activity_does_not_pass() {
    let event = with(mapped("sign_in.started"), "/type_uid", json!(300_201));
    assert_eq!(findings(&event), ["type_uid is not class_uid * 100 + activity_id"]);
    let event = with(mapped("sign_in.started"), "/type_name", json!("Authentication: Logon"));
    assert_eq!(findings(&event), ["type_name is not the captions of class and activity"]);
}

#[test]
fn a_class_that_is_not_ours_does_not_pass() {
    let event = with(mapped("sign_in.started"), "/class_uid", json!(3003));
    assert_eq!(findings(&event), ["class_uid is not the uid of a class that we use"]);
}

#[test]
fn a_number_that_is_no_choice_does_not_pass() {
    let event = mapped("sign_in.started");
    let choices = [
        "/activity_id",
        "/category_uid",
        "/severity_id",
        "/status_id",
        "/user/type_id",
        "/actor/user/type_id",
        "/auth_factors/0/factor_type_id",
    ];
    for pointer in choices {
        let path = pointer.trim_start_matches('/').replace('/', ".");
        let findings = findings(&with_item(event.clone(), pointer, json!(55)));
        let expected = format!("{path} is not one of its choices, with its label");
        assert!(findings.contains(&expected), "{findings:?}");
    }
}

fn with_item(mut event: Value, pointer: &str, value: Value) -> Value {
    *event.pointer_mut(pointer).unwrap_or_else(|| panic!("{pointer} was not there")) = value;
    event
}

#[test]
fn a_number_with_the_label_of_another_does_not_pass() {
    let event = with(mapped("sign_in.started"), "/status", json!("Failure"));
    assert_eq!(findings(&event), ["status_id is not one of its choices, with its label"]);
}

#[test]
fn another_one_that_does_not_say_which_does_not_pass() {
    let event = without(mapped("sign_in.cancelled"), "/status");
    assert_eq!(findings(&event), ["status_id is not one of its choices, with its label"]);
}

#[test]
fn a_value_of_another_type_does_not_pass() {
    let event = mapped("sign_in.signed_in");
    let wrong = [
        ("/time", json!("2026-01-05T08:00:00.000Z"), "time is not a whole number"),
        ("/message", json!(""), "message is not a text"),
        ("/is_mfa", json!("yes"), "is_mfa is not true or false"),
        ("/src_endpoint/ip", json!("somewhere"), "src_endpoint.ip is not an address"),
        ("/session", json!("ss_1"), "session is not an object"),
        ("/auth_factors", json!({}), "auth_factors is not a list"),
        ("/unmapped", json!([]), "unmapped is not an object"),
    ];
    for (pointer, value, finding) in wrong {
        assert_eq!(findings(&with(event.clone(), pointer, value)), [finding]);
    }
}

#[test]
fn an_attribute_that_nobody_knows_does_not_pass() {
    let event = with(mapped("account.closed"), "/session", json!({ "uid": "ss_1" }));
    assert_eq!(findings(&event), ["session is nothing that we know of in events/iam/account_change.json"]);
}

#[test]
fn everything_that_is_wrong_is_said_at_once() {
    let event = without(without(mapped("account.closed"), "/time"), "/user");
    assert_eq!(findings(&event), ["user is missing", "time is missing"]);
}
