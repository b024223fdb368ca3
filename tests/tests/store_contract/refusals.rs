//! Refusals: what can never be stored.

use countersign_domain::decider::Recorded;
use countersign_domain::secret::{Personal, Verifier};
use countersign_domain::time::Timestamp;
use countersign_stores::{AppendError, Loaded, Metadata, Refused, RefusedBecause};
use serde_json::{Value, json};

use crate::given::{a_store, metadata};
use crate::probe::{Probe, ProbeEvent, at, noted, personal};

/// What each value in the clear is refused for, and where.
async fn refused(event: ProbeEvent) -> Option<Refused> {
    let given = a_store().await;
    let outcome = given.try_append::<Probe>("pr_1", at(0, [event])).await;
    match outcome {
        Ok(_) => None,
        Err(AppendError::Refused(refused)) => {
            assert_eq!(given.count("events").await, 0);
            Some(refused)
        }
        Err(other) => panic!("{other}"),
    }
}

fn measured(value: Value) -> ProbeEvent {
    ProbeEvent::Measured { value }
}

fn at_path(path: &str, because: RefusedBecause) -> Refused {
    Refused { path: path.to_owned(), because }
}

#[tokio::test]
async fn a_text_that_begins_like_a_sealed_value_is_refused() {
    for text in ["s1p.", "s1v.00000000.AAAA", "s1w.x"] {
        assert_eq!(refused(noted(text)).await, Some(at_path("/payload/text", RefusedBecause::LooksSealed)));
    }
}

#[tokio::test]
async fn a_text_that_only_resembles_a_sealed_value_is_stored() {
    let given = a_store().await;
    let events = ["s1p", "as1p.x", "S1p.x", "s2p.x", " s1v.x"].map(noted);
    given.append("pr_1", events.clone()).await;
    assert_eq!(given.load("pr_1").await.state.events, events);
}

#[tokio::test]
async fn a_sealed_value_that_begins_like_a_sealed_value_is_stored() {
    let given = a_store().await;
    let event = ProbeEvent::Listed { names: vec![personal("s1p.00000000.AAAA")] };
    given.append("pr_1", [event.clone()]).await;
    assert_eq!(given.load("pr_1").await.state.events, [event]);
}

#[tokio::test]
async fn a_sealed_value_that_is_handed_back_is_refused() {
    let sealed: Personal<String> = serde_json::from_value(json!("s1p.00000000.AAAA")).unwrap();
    let event = ProbeEvent::Sealed { name: sealed, hash: Verifier::plain("hash") };
    assert_eq!(refused(event).await, Some(at_path("/payload/name", RefusedBecause::LooksSealed)));
}

#[tokio::test]
async fn an_erased_value_that_is_handed_back_is_refused() {
    let erased: Verifier = serde_json::from_value(json!({"$erased": true})).unwrap();
    let event = ProbeEvent::Sealed { name: personal("Ada"), hash: erased };
    assert_eq!(refused(event).await, Some(at_path("/payload/hash/$erased", RefusedBecause::NotPlain)));
}

#[tokio::test]
async fn a_key_that_begins_with_a_dollar_sign_is_refused() {
    let cases = [
        (json!({"$x": 1}), "/payload/value/$x"),
        (json!([{"a/b~": {"$": 1}}]), "/payload/value/0/a~1b~0/$"),
        (json!({"$s1p": "Ada", "more": 1}), "/payload/value/$s1p"),
    ];
    for (value, path) in cases {
        assert_eq!(refused(measured(value)).await, Some(at_path(path, RefusedBecause::ReservedKey)));
    }
}

#[tokio::test]
async fn numbers_that_readers_disagree_about_are_refused() {
    for value in [json!(0.5), json!(1.0), json!(9_007_199_254_740_993_u64), json!(-9_007_199_254_740_993_i64)]
    {
        assert_eq!(refused(measured(value)).await, Some(at_path("/payload/value", RefusedBecause::Number)));
    }
}

#[tokio::test]
async fn numbers_that_readers_agree_about_are_stored() {
    let given = a_store().await;
    let most = 9_007_199_254_740_992_i64;
    let event = measured(json!([0, -1, most, -most, true, null]));
    given.append("pr_1", [event.clone()]).await;
    assert_eq!(given.load("pr_1").await.state.events, [event]);
}

#[tokio::test]
async fn control_characters_are_refused() {
    for character in ['\0', '\n', '\u{1b}', '\u{7f}', '\u{85}'] {
        let event = noted(format!("a{character}b"));
        assert_eq!(refused(event).await, Some(at_path("/payload/text", RefusedBecause::ControlCharacter)));
        let key = measured(json!({ character.to_string(): 1 }));
        assert_eq!(refused(key).await.map(|refused| refused.because), Some(RefusedBecause::ControlCharacter));
    }
}

#[tokio::test]
async fn what_is_going_to_be_sealed_is_checked_as_well() {
    let cases = [
        (json!({"half": 0.5}), "/payload/value/half", RefusedBecause::Number),
        (json!(["a\nb"]), "/payload/value/0", RefusedBecause::ControlCharacter),
        (json!({"$s1v": "x"}), "/payload/value/$s1v", RefusedBecause::ReservedKey),
    ];
    for (value, path, because) in cases {
        let event = ProbeEvent::Weighed { value: Personal::plain(value) };
        assert_eq!(refused(event).await, Some(at_path(path, because)));
    }
}

#[tokio::test]
async fn metadata_are_checked_as_well() {
    let given = a_store().await;
    let unsealed: Personal<String> = serde_json::from_value(json!("s1p.192.0.2.1")).unwrap();
    let cases = [
        (Metadata { actor: Some("a\nb".to_owned()), ..metadata() }, "/metadata/actor"),
        (Metadata { request_id: Some("s1v.x".to_owned()), ..metadata() }, "/metadata/request_id"),
        (Metadata { ip: Some(unsealed), ..metadata() }, "/metadata/ip"),
        (Metadata { user_agent: Some(personal("a\tb")), ..metadata() }, "/metadata/user_agent"),
    ];
    for (metadata, path) in cases {
        let appended =
            given.store.append(Loaded::<Probe>::fresh("pr_1"), at(0, [noted("x")]), &metadata).await;
        let Err(AppendError::Refused(refused)) = appended else { panic!("{path}: {appended:?}") };
        assert_eq!(refused.path, path);
    }
}

#[tokio::test]
async fn a_sealed_value_that_the_store_did_not_seal_does_not_slip_in() {
    let given = a_store().await;
    let ip: Personal<String> = serde_json::from_value(json!("s1p.1a2b3c4d.AAAA")).unwrap();
    let metadata = Metadata { ip: Some(ip), ..metadata() };
    let appended = given.store.append(Loaded::<Probe>::fresh("pr_1"), at(0, [noted("x")]), &metadata).await;
    let Err(AppendError::Refused(refused)) = appended else { panic!("{appended:?}") };
    assert_eq!(refused, at_path("/metadata/ip", RefusedBecause::NotPlain));
}

#[tokio::test]
async fn a_refusal_never_says_the_value() {
    let event = ProbeEvent::Weighed { value: Personal::plain(json!("hunter2\n")) };
    let refused = refused(event).await.unwrap();
    assert!(!format!("{refused:?} {refused}").contains("hunter2"), "{refused:?}");
}

#[tokio::test]
#[should_panic(expected = "time runs backwards")]
async fn an_event_that_is_older_than_the_last_is_a_mistake_of_ours() {
    let given = a_store().await;
    given.try_append::<Probe>("pr_1", at(1_000, [noted("one")])).await.unwrap();
    let older = vec![Recorded { at: Timestamp::from_millis(999), event: noted("two") }];
    let _ = given.try_append::<Probe>("pr_1", older).await;
}

#[tokio::test]
async fn a_stream_ends_where_the_adapters_cannot_count_further() {
    let given = a_store().await;
    let last = u64::try_from(i32::MAX).unwrap();
    let mut full = Loaded::<Probe>::fresh("pr_1");
    full.version = last;
    let appended = given.store.append(full, at(0, [noted("one more")]), &metadata()).await;
    let Err(AppendError::Refused(refused)) = appended else { panic!("{appended:?}") };
    assert_eq!(refused.because, RefusedBecause::StreamFull);
    let mut almost = Loaded::<Probe>::fresh("pr_1");
    almost.version = last - 1;
    given.store.append(almost, at(0, [noted("the last")]), &metadata()).await.unwrap();
}
