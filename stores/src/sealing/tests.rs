//! The stored form, against texts that another implementation computed: it can never change.

use serde_json::{Value, json};

use super::*;
use crate::error::StoreError;

const STREAM: &str = "acc_01890000-0000-7000-8000-000000000001";
const EMAIL: &str =
    "s1p.99fd080c.ZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXp7E2C5QnKJ3fLfHp7Qt8LECOKRVxhCmZ2lqa0zBmUv4xAS";
const PASSWORD: &str =
    "s1v.99fd080c.ZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXp7_2cz85DfM-8M17dErD-sceefE2KafNHUfEtoTnFTl-MP2-WBAQ";
const STATE: &str = "s1w.99fd080c.ZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXp7ZY9HpHLr0hKCXX-c_n1SOQIBEM4nGFd5kBVkLly0\
                     HiuDbhvDd5e2eJRbYLyblE5qB2g8RGsl_L4uFUYfW90yOyanKHD4uc53l8wVAKo";

const BOTH: [Class; 2] = [Class::Personal, Class::Verifier];

fn key() -> SubjectKey {
    SubjectKey::new(&[7; 32])
}

fn opened(mut payload: Value, sequence: u64, classes: &[Class]) -> Result<Value, StoreError> {
    let place = EventPlace { stream: STREAM, sequence };
    open_values(&mut payload, "/payload", place, Held::Key(&key()), classes).map(|()| payload)
}

#[test]
fn an_event_that_was_stored_opens_for_ever() {
    let stored = json!({"email": EMAIL, "password": PASSWORD, "send": 1});
    let plain = json!({
        "email": {"$s1p": "ada@example.org"}, "password": {"$s1v": "$argon2id$v=19$hash"}, "send": 1
    });
    assert_eq!(opened(stored, 3, &BOTH).unwrap(), plain);
}

#[test]
fn a_snapshot_that_was_stored_opens_for_ever() {
    let place = bound(&[STREAM.as_bytes(), &64_u64.to_be_bytes(), &1_u32.to_be_bytes()]);
    let body = key().open(Class::Whole, &place, STATE).unwrap();
    assert_eq!(body[..], *br#"{"last_at":"2026-01-31T08:15:00.000Z","state":"unregistered"}"#);
}

#[test]
fn what_is_sealed_now_has_the_stored_form() {
    let mut payload =
        json!({"email": {"$s1p": "ada@example.org"}, "password": {"$s1v": "$argon2id$v=19$hash"}});
    let place = EventPlace { stream: STREAM, sequence: 3 };
    seal_values(&mut payload, "/payload", place, Some(&key())).unwrap();
    for (field, like) in [("email", EMAIL), ("password", PASSWORD)] {
        let sealed = payload[field].as_str().unwrap();
        assert_eq!(sealed.len(), like.len());
        assert_eq!(sealed[..13], like[..13]);
    }
    assert!(opened(payload, 3, &BOTH).is_ok());
}

#[test]
fn nothing_opens_at_another_place() {
    let moved = [
        (json!({"email": EMAIL}), 4),
        (json!({"phone": EMAIL}), 3),
        (json!({"email": [EMAIL]}), 3),
        (json!({"a": {"email": EMAIL}}), 3),
        (json!({"email": EMAIL.replace("s1p", "s1v")}), 3),
        (json!({"email": EMAIL.replace("99fd", "99fe")}), 3),
    ];
    for (payload, sequence) in moved {
        assert!(opened(payload.clone(), sequence, &BOTH).is_err(), "{payload} {sequence}");
    }
}

#[test]
fn what_no_class_was_asked_for_stays_sealed() {
    let stored = json!({"email": EMAIL, "password": PASSWORD});
    assert_eq!(opened(stored.clone(), 3, &[]).unwrap(), stored);
    let personal = opened(stored, 3, &[Class::Personal]).unwrap();
    assert_eq!(personal, json!({"email": {"$s1p": "ada@example.org"}, "password": PASSWORD}));
}

#[test]
fn the_parts_of_a_place_cannot_be_shifted_against_each_other() {
    assert_ne!(bound(&[b"ab", b"c"]), bound(&[b"a", b"bc"]));
    assert_ne!(bound(&[b"ab"]), bound(&[b"ab", b""]));
}
