//! What each person's events must be: each command once, whatever was asked again.

use super::client::Lived;
use crate::process::facts::Facts;

/// What stands in the stream of somebody who came all the way, and how often.
const OF_ACCOUNT: [(&str, usize); 9] = [
    ("account.registered", 1),
    ("account.email_verified", 1),
    ("sign_in.started", 1),
    ("code.requested", 2),
    ("code.sent", 2),
    ("code.accepted", 2),
    ("backup_code.issued", 1),
    ("backup_code.save_confirmed", 1),
    ("sign_in.signed_in", 1),
];

/// What is lost or doubled.
pub(super) fn findings(lived: &[Lived], facts: &Facts) -> Vec<String> {
    let residents: Vec<_> = lived.iter().flat_map(|lived| &lived.residents).collect();
    let mut findings = Vec::new();
    for resident in &residents {
        for (name, expected) in OF_ACCOUNT {
            let events = facts.in_stream(&resident.account);
            let found = events.iter().filter(|fact| fact.event_type == name).count();
            if found != expected {
                findings.push(format!("{name} stands {found} times in {}, not {expected}", resident.account));
            }
        }
        let started = facts.in_stream(&resident.session).iter();
        let started = started.filter(|fact| fact.event_type == "session.started").count();
        if started != 1 {
            findings.push(format!("session.started stands {started} times in {}", resident.session));
        }
    }
    let registered = facts.named("account.registered").count();
    if registered != residents.len() {
        findings.push(format!("{registered} accounts for {} people", residents.len()));
    }
    findings
}
