use countersign_domain::word::{Amr, Authenticator};
use countersign_projections::ocsf::{LEFT_OUT, VERSION, check, ocsf};
use serde_json::{Value, json};

use crate::samples::{
    ACCOUNT, CLIENT, LEAF, SESSION, SIGN_IN, all_mapped, audit_event, audit_event_with, catalogue, mapped,
    opened_audit_event,
};

fn classified(event: &Value) -> [&Value; 3] {
    [&event["type_uid"], &event["activity_name"], &event["status"]]
}

fn factors(event: &Value) -> Vec<(&Value, &Value)> {
    let factors = event["auth_factors"].as_array().map(Vec::as_slice).unwrap_or_default();
    factors.iter().map(|factor| (&factor["factor_type_id"], &factor["factor_type"])).collect()
}

#[test]
fn every_event_of_the_catalogue_becomes_something_or_is_left_out_on_purpose() {
    for (name, ..) in catalogue() {
        let is_mapped = ocsf(&audit_event(&name), "0.1.0").is_some();
        let is_left_out = LEFT_OUT.iter().any(|(left_out, _)| *left_out == name);
        assert!(is_mapped != is_left_out, "{name}: mapped {is_mapped}, left out {is_left_out}");
    }
}

#[test]
fn what_is_left_out_is_in_the_catalogue() {
    let catalogue = catalogue();
    for (name, _) in LEFT_OUT {
        assert!(catalogue.iter().any(|(known, ..)| known == name), "no event is called {name}");
    }
}

#[test]
fn a_name_that_nobody_knows_becomes_nothing() {
    let mut event = audit_event("sign_in.started");
    event["type"] = json!("sign_in.paused");
    assert_eq!(ocsf(&event, "0.1.0"), None);
}

#[test]
fn every_event_that_becomes_something_is_what_the_schema_asks_for() {
    let mapped = all_mapped();
    assert_eq!(mapped.len(), catalogue().len() - LEFT_OUT.len());
    for event in mapped {
        assert_eq!(check(&event), Ok(()), "{event:#}");
    }
}

#[test]
fn a_rejected_password_is_written_whole() {
    let event = opened_audit_event("sign_in.password_rejected");

    let written = ocsf(&event, "0.1.0");

    let expected = json!({
        "category_uid": 3,
        "category_name": "Identity & Access Management",
        "class_uid": 3002,
        "class_name": "Authentication",
        "activity_id": 1,
        "activity_name": "Logon",
        "type_uid": 300_201,
        "type_name": "Authentication: Logon",
        "severity_id": 2,
        "severity": "Low",
        "status_id": 2,
        "status": "Failure",
        "status_code": "rejected",
        "status_detail": "wrong",
        "message": "The password was rejected.",
        "time": 1_767_600_000_000_i64,
        "metadata": {
            "version": VERSION,
            "product": { "name": "Countersign", "vendor_name": "Countersign", "version": "0.1.0" },
            "uid": format!("{ACCOUNT}/7"),
            "sequence": 41,
            "event_code": "sign_in.password_rejected",
            "log_name": "ledger",
        },
        "user": { "uid": ACCOUNT, "type_id": 1, "type": "User" },
        "actor": { "user": { "name": "service", "type_id": 4, "type": "Service" }, "app_uid": CLIENT },
        "src_endpoint": { "ip": "192.0.2.7" },
        "http_request": { "uid": "rq-1", "user_agent": "Mozilla/5.0" },
        "service": { "name": "Countersign" },
        "auth_factors": [{ "factor_type_id": 11, "factor_type": "Password" }],
        "unmapped": {
            "index": 41,
            "type": "sign_in.password_rejected",
            "version": "1",
            "leaf": LEAF,
            "stream": { "type": "Account", "id": ACCOUNT, "sequence": 7 },
            "request_id": "rq-1",
            "client": CLIENT,
            "outcome": "rejected",
            "factor": "password",
        },
    });
    assert_eq!(written, Some(expected));
}

#[test]
fn a_completed_sign_in_is_one_logon_though_its_session_begins_too() {
    let [signed_in, started] = ["sign_in.signed_in", "session.started"].map(mapped);
    assert_eq!(classified(&signed_in), [&json!(300_201), &json!("Logon"), &json!("Success")]);
    assert_eq!(classified(&started), [&json!(300_299), &json!("Session Started"), &json!("Success")]);
}

#[test]
fn the_steps_before_a_sign_in_is_complete_are_no_logons() {
    for name in [
        "sign_in.started",
        "code.sent",
        "code.accepted",
        "backup_code.redeemed",
        "recovery.operator_code_accepted",
    ] {
        assert_eq!(
            classified(&mapped(name)),
            [&json!(300_206), &json!("Preauth"), &json!("Success")],
            "{name}"
        );
    }
}

#[test]
fn whatever_fails_in_a_sign_in_is_a_failed_logon() {
    for name in ["sign_in.password_rejected", "sign_in.denied", "code.rejected", "backup_code.rejected"] {
        assert_eq!(
            classified(&mapped(name)),
            [&json!(300_201), &json!("Logon"), &json!("Failure")],
            "{name}"
        );
    }
}

#[test]
fn a_code_outside_a_sign_in_verifies_an_address() {
    for (name, status) in [("code.accepted", "Success"), ("code.rejected", "Failure")] {
        let event = audit_event_with(name, &json!({ "sign_in": null }));
        let written = ocsf(&event, "0.1.0").expect("it is mapped");
        assert_eq!(classified(&written), [&json!(300_299), &json!("Address Verification"), &json!(status)]);
        assert_eq!(check(&written), Ok(()));
    }
}

#[test]
fn a_sign_in_that_was_given_up_neither_succeeded_nor_failed() {
    let cancelled = mapped("sign_in.cancelled");
    assert_eq!((&cancelled["status_id"], &cancelled["status"]), (&json!(99), &json!("Cancelled")));
}

#[test]
fn a_right_password_of_a_suspended_account_is_told_from_a_wrong_one() {
    let event = audit_event_with("sign_in.password_rejected", &json!({ "cause": "suspended" }));
    let written = ocsf(&event, "0.1.0").expect("it is mapped");
    assert_eq!(written["message"], "The password was right, and the account is suspended.");
    assert_eq!((&written["severity"], &written["status_detail"]), (&json!("Medium"), &json!("suspended")));
}

#[test]
fn a_password_that_was_only_hashed_anew_was_not_changed() {
    assert_eq!(mapped("account.password_changed")["activity_name"], "Password Rehash");
    let mut event = audit_event("account.password_changed");
    event["payload"]["cause"] = json!("asked_for");
    let written = ocsf(&event, "0.1.0").expect("it is mapped");
    assert_eq!(classified(&written), [&json!(300_103), &json!("Password Change"), &json!("Success")]);
}

#[test]
fn what_an_operator_does_to_an_account_has_the_schemas_names() {
    let names = [
        ("account.suspended", 300_105, "Disable"),
        ("account.reinstated", 300_102, "Enable"),
        ("account.closed", 300_106, "Delete"),
    ];
    for (name, type_uid, activity) in names {
        assert_eq!(
            classified(&mapped(name)),
            [&json!(type_uid), &json!(activity), &json!("Success")],
            "{name}"
        );
    }
}

#[test]
fn an_operator_is_an_admin_and_a_person_is_no_actor() {
    let mut event = audit_event("account.suspended");
    event["actor"] = json!("operator");
    event["metadata"]["client"] = Value::Null;
    let written = ocsf(&event, "0.1.0").expect("it is mapped");
    assert_eq!(written["actor"], json!({ "user": { "name": "operator", "type_id": 2, "type": "Admin" } }));

    event["actor"] = Value::Null;
    let written = ocsf(&event, "0.1.0").expect("it is mapped");
    assert_eq!(written.get("actor"), None);
    assert_eq!(check(&written), Ok(()));
}

#[test]
fn each_authenticator_is_a_factor_of_the_schema() {
    for authenticator in [Authenticator::Password, Authenticator::EmailCode, Authenticator::BackupCode] {
        let expected = match authenticator {
            Authenticator::Password => (json!(11), json!("Password")),
            Authenticator::EmailCode => (json!(8), json!("Email")),
            Authenticator::BackupCode => (json!(99), json!("Backup Code")),
        };
        let event = audit_event_with("authenticator.throttled", &json!({ "authenticator": authenticator }));
        let written = ocsf(&event, "0.1.0").expect("it is mapped");
        assert_eq!(factors(&written), [(&expected.0, &expected.1)], "{authenticator:?}");
    }
}

#[test]
fn each_method_is_a_factor_or_says_that_there_were_several() {
    for method in [Amr::Pwd, Amr::Otp, Amr::Email, Amr::Mfa] {
        let (expected, is_mfa) = match method {
            Amr::Pwd => (Some(11), false),
            Amr::Otp => (Some(99), false),
            Amr::Email => (Some(8), false),
            Amr::Mfa => (None, true),
        };
        let event = audit_event_with("sign_in.signed_in", &json!({ "amr": [method] }));
        let written = ocsf(&event, "0.1.0").expect("it is mapped");
        let ids: Vec<_> = factors(&written).into_iter().map(|(id, _)| id.as_i64()).collect();
        assert_eq!(ids, expected.map(Some).into_iter().collect::<Vec<_>>(), "{method:?}");
        assert_eq!(written["is_mfa"], is_mfa, "{method:?}");
    }
}

#[test]
fn a_session_and_the_sign_in_that_granted_it_are_found_by_their_ids() {
    for name in ["sign_in.signed_in", "session.started"] {
        let event = mapped(name);
        assert_eq!(event["session"], json!({ "uid": SESSION }), "{name}");
        assert_eq!(event["metadata"]["correlation_uid"], SIGN_IN, "{name}");
        assert_eq!(event["user"]["uid"], ACCOUNT, "{name}");
    }
}

#[test]
fn an_event_whose_time_cannot_be_read_does_not_pass() {
    let mut event = audit_event("sign_in.started");
    event["at"] = json!("yesterday");
    let written = ocsf(&event, "0.1.0").expect("it is mapped");
    assert_eq!(check(&written), Err(vec!["time is missing".to_owned()]));
}
