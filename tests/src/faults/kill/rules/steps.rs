//! Rules of steps over two streams: a commit point, and what follows it.

use std::collections::BTreeSet;

use super::History;

pub(super) fn claimed_then_verified(history: &History) -> Vec<String> {
    let verified = history.facts.counted("account.email_verified", "stream");
    let claims = history.facts.named("email.claimed").map(|claimed| claimed.about("account"));
    let broken = claims.filter(|account| verified.get(account) != Some(&1));
    broken.map(str::to_owned).collect()
}

pub(super) fn granted_then_started(history: &History) -> Vec<String> {
    let granted = history.facts.counted("sign_in.signed_in", "session");
    let started = history.facts.counted("session.started", "stream");
    let sessions: BTreeSet<_> = granted.keys().chain(started.keys()).collect();
    let broken = sessions
        .into_iter()
        .filter(|session| (granted.get(*session), started.get(*session)) != (Some(&1), Some(&1)));
    broken.map(|session| (*session).to_owned()).collect()
}

pub(super) fn closed_then_released(history: &History) -> Vec<String> {
    let released = history.facts.counted("email.released", "account");
    let broken = history
        .facts
        .named("account.closed")
        .filter(|closed| released.get(closed.stream.as_str()) != Some(&1));
    broken.map(|closed| closed.stream.clone()).collect()
}

pub(super) fn closed_then_revoked(history: &History) -> Vec<String> {
    let closed = history.facts.counted("account.closed", "stream");
    let revoked = history.facts.counted("session.revoked", "stream");
    let sessions = history.facts.named("session.started");
    let of_closed = sessions.filter(|session| closed.contains_key(session.about("account")));
    let broken = of_closed.filter(|session| revoked.get(session.stream.as_str()) != Some(&1));
    broken.map(|session| session.stream.clone()).collect()
}
