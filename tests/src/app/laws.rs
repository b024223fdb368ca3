//! What holds after every story, whatever it was about: the promises that can be read off the events.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::record::AnyEvent;

/// The laws that the events break, each as a sentence. Where work is left on purpose, nothing that follows a
/// commit is asked for.
pub fn broken(events: &[AnyEvent], work_is_left: bool) -> Vec<String> {
    let mut broken = Vec::new();
    broken.extend(at_most_once(events, "code.accepted", "challenge"));
    broken.extend(at_most_once(events, "backup_code.redeemed", "backup_code"));
    broken.extend(at_most_once(events, "sign_in.signed_in", "sign_in"));
    broken.extend(at_most_once(events, "session.started", "sign_in"));
    broken.extend(nothing_after_the_end(events));
    broken.extend(one_session_a_redemption(events));
    broken.extend(every_session_was_earned(events));
    if !work_is_left {
        broken.extend(every_code_has_an_outcome(events));
        broken.extend(every_grant_was_followed(events));
    }
    broken
}

/// A code of any kind is accepted at most once.
fn at_most_once(events: &[AnyEvent], name: &str, field: &str) -> Vec<String> {
    let counts = counted(named(events, name).map(|event| event.field(field)));
    let twice = counts.into_iter().filter(|(_, count)| *count > 1);
    twice.map(|(id, count)| format!("{name} of {id} is there {count} times")).collect()
}

/// A session that was revoked is never refreshed.
fn nothing_after_the_end(events: &[AnyEvent]) -> Vec<String> {
    let mut ended = BTreeSet::new();
    let mut broken = Vec::new();
    for event in events {
        if event.name() == "session.revoked" {
            ended.insert(&event.stream);
        } else if event.name() == "session.refreshed" && ended.contains(&event.stream) {
            broken.push(format!("{} was refreshed after its end", event.stream));
        }
    }
    broken
}

/// A redeemed code yields at most one session, however often the gate was opened with it.
fn one_session_a_redemption(events: &[AnyEvent]) -> Vec<String> {
    let granted = counted(named(events, "sign_in.signed_in").map(|event| event.field("sign_in")));
    let mut sessions: BTreeMap<&str, usize> = BTreeMap::new();
    for event in events.iter().filter(|event| is_redemption(event)) {
        let of_it = granted.get(event.field("sign_in")).copied().unwrap_or_default();
        *sessions.entry(event.field("backup_code")).or_default() += of_it;
    }
    let many = sessions.into_iter().filter(|(_, sessions)| *sessions > 1);
    many.map(|(code, sessions)| format!("the redemption of {code} gave {sessions} sessions")).collect()
}

/// No session without the password, one more factor, and a backup code confirmed as saved.
fn every_session_was_earned(events: &[AnyEvent]) -> Vec<String> {
    let mut broken = Vec::new();
    let mut streams: BTreeMap<&str, Vec<&AnyEvent>> = BTreeMap::new();
    for event in events {
        let earlier = streams.entry(&event.stream).or_default();
        if event.name() == "sign_in.signed_in" && !is_earned(event.field("sign_in"), earlier) {
            broken.push(format!("{} was granted a session that it had not earned", event.field("sign_in")));
        }
        earlier.push(event);
    }
    broken
}

fn is_earned(sign_in: &str, earlier: &[&AnyEvent]) -> bool {
    let of_it =
        |name: &str| earlier.iter().any(|event| event.name() == name && event.field("sign_in") == sign_in);
    let saved = earlier.iter().any(|event| event.name() == "backup_code.save_confirmed");
    let proven =
        of_it("code.accepted") || of_it("backup_code.redeemed") || of_it("backup_code.gate_reopened");
    // Whoever recovers an account chose the password in the same commit, and proved two things before.
    let recovered = of_it("recovery.completed") && (proven || of_it("recovery.operator_code_accepted"));
    (of_it("sign_in.started") && proven || recovered) && saved
}

/// Every code that was asked for was sent, or will not be, once.
fn every_code_has_an_outcome(events: &[AnyEvent]) -> Vec<String> {
    let sending = |event: &AnyEvent| {
        format!("{}.{}", event.field("challenge"), event.payload.get("send").unwrap_or(&Value::Null))
    };
    let is_outcome = |event: &&AnyEvent| matches!(event.name(), "code.sent" | "code.delivery_failed");
    let outcomes = counted(events.iter().filter(is_outcome).map(sending));
    let requested = named(events, "code.requested").map(sending);
    let wrong = requested.filter_map(|wanted| {
        let count = outcomes.get(&wanted).copied().unwrap_or_default();
        (count != 1).then(|| format!("the sending {wanted} has {count} outcomes"))
    });
    wrong.collect()
}

/// Every session that was granted began.
fn every_grant_was_followed(events: &[AnyEvent]) -> Vec<String> {
    let started: BTreeSet<_> = named(events, "session.started").map(|event| event.stream.as_str()).collect();
    let granted = named(events, "sign_in.signed_in").map(|event| event.field("session"));
    let lost = granted.filter(|session| !started.contains(session));
    lost.map(|session| format!("{session} was granted and never began")).collect()
}

fn counted<T: Ord>(these: impl Iterator<Item = T>) -> BTreeMap<T, usize> {
    let mut counts = BTreeMap::new();
    for this in these {
        *counts.entry(this).or_default() += 1;
    }
    counts
}

fn named<'a>(events: &'a [AnyEvent], name: &'a str) -> impl Iterator<Item = &'a AnyEvent> {
    events.iter().filter(move |event| event.name() == name)
}

fn is_redemption(event: &AnyEvent) -> bool {
    matches!(event.name(), "backup_code.redeemed" | "backup_code.gate_reopened")
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn events(stream: &str, payloads: &[Value]) -> Vec<AnyEvent> {
        let event = |payload: &Value| AnyEvent { stream: stream.to_owned(), payload: payload.clone() };
        payloads.iter().map(event).collect()
    }

    fn honest() -> Vec<AnyEvent> {
        let mut all = events(
            "acc_1",
            &[
                json!({"type": "sign_in.started", "sign_in": "si_1"}),
                json!({"type": "code.requested", "challenge": "ch_1", "send": 1}),
                json!({"type": "code.sent", "challenge": "ch_1", "send": 1}),
                json!({"type": "code.accepted", "challenge": "ch_1", "sign_in": "si_1"}),
                json!({"type": "backup_code.save_confirmed", "backup_code": "bc_1", "sign_in": "si_1"}),
                json!({"type": "sign_in.signed_in", "sign_in": "si_1", "session": "ss_1"}),
            ],
        );
        all.extend(events("ss_1", &[json!({"type": "session.started", "sign_in": "si_1"})]));
        all
    }

    #[test]
    fn an_honest_sign_in_breaks_no_law() {
        assert_eq!(broken(&honest(), false), [""; 0]);
    }

    #[test]
    fn a_recovery_that_nothing_was_proven_in_earns_no_session() {
        let mut recovered = honest();
        recovered[0] = events("acc_1", &[json!({"type": "recovery.completed", "sign_in": "si_1"})]).remove(0);
        assert_eq!(broken(&recovered, false), [""; 0]);
        recovered.remove(3);
        assert!(broken(&recovered, false).iter().any(|law| law.contains("had not earned")));
    }

    #[test]
    fn each_law_notices_an_event_that_is_missing() {
        let noticed = [
            (0, "had not earned"),
            (2, "has 0 outcomes"),
            (3, "had not earned"),
            (4, "had not earned"),
            (6, "never began"),
        ];
        for (place, expected) in noticed {
            let mut events = honest();
            events.remove(place);
            let told = broken(&events, false);
            assert!(told.len() == 1 && told[0].contains(expected), "{place}: {told:?}");
        }
    }

    #[test]
    fn each_law_notices_an_event_that_is_there_twice() {
        for place in [2, 3, 5, 6] {
            let mut events = honest();
            events.insert(place, events[place].clone());
            assert!(!broken(&events, false).is_empty(), "{place}");
        }
    }

    #[test]
    fn a_refresh_after_the_end_is_noticed() {
        let mut all = honest();
        all.extend(events(
            "ss_1",
            &[json!({"type": "session.refreshed"}), json!({"type": "session.revoked"})],
        ));
        assert_eq!(broken(&all, true), [""; 0]);
        all.extend(events("ss_1", &[json!({"type": "session.refreshed"})]));
        assert!(broken(&all, true).iter().any(|law| law.contains("after its end")));
    }

    #[test]
    fn two_sessions_for_one_redemption_are_noticed() {
        let mut all = honest();
        all.extend(events(
            "acc_1",
            &[
                json!({"type": "backup_code.redeemed", "backup_code": "bc_0", "sign_in": "si_1"}),
                json!({"type": "backup_code.gate_reopened", "backup_code": "bc_0", "sign_in": "si_2"}),
                json!({"type": "sign_in.signed_in", "sign_in": "si_2", "session": "ss_2"}),
            ],
        ));
        assert!(broken(&all, true).iter().any(|law| law.contains("gave 2 sessions")));
    }
}
