//! What the replies promised: for each, the event that must be there.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::process::api::{Exchange, Reply, text};
use crate::process::facts::Facts;

/// An event of a name, with a value of its payload, or its stream.
type Promise = (&'static str, &'static str, String);

/// What was promised, and how often.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Promises {
    events: BTreeMap<Promise, usize>,
    /// The version that each stream was said to have come to.
    versions: BTreeMap<String, u64>,
    replies: usize,
}

impl Promises {
    /// What these exchanges promised.
    pub fn of(exchanges: &[Exchange]) -> Self {
        let mut promises = Self::default();
        for exchange in exchanges {
            if let Some(reply) = &exchange.reply {
                promises.take(exchange, reply);
            }
        }
        promises
    }

    /// Promises one more event.
    pub fn add(&mut self, event_type: &'static str, key: &'static str, value: &str) {
        *self.events.entry((event_type, key, value.to_owned())).or_default() += 1;
    }

    /// How many replies there were.
    pub fn replies(&self) -> usize {
        self.replies
    }

    /// Promises that the events do not keep.
    pub fn broken(&self, facts: &Facts) -> Vec<String> {
        let mut stored: BTreeMap<(&str, &str), BTreeMap<&str, usize>> = BTreeMap::new();
        for (event_type, key, _) in self.events.keys() {
            stored.entry((event_type, key)).or_insert_with(|| facts.counted(event_type, key));
        }
        let mut broken = Vec::new();
        for ((event_type, key, value), promised) in &self.events {
            let counts = stored.get(&(*event_type, *key));
            let found = counts.and_then(|counts| counts.get(value.as_str())).copied().unwrap_or_default();
            if found < *promised {
                broken.push(format!(
                    "{event_type} with {key} {value}: {promised} acknowledged, {found} stored"
                ));
            }
        }
        broken.extend(self.versions_not_reached(facts));
        broken
    }

    fn versions_not_reached(&self, facts: &Facts) -> Vec<String> {
        let reached = |stream: &str| facts.in_stream(stream).last().map_or(0, |last| last.sequence);
        let lost = self.versions.iter().filter(|(stream, version)| reached(stream) < **version);
        lost.map(|(stream, version)| format!("{stream}: version {version} was acknowledged")).collect()
    }

    fn take(&mut self, exchange: &Exchange, reply: &Reply) {
        self.replies += 1;
        match (exchange.path.rsplit('/').next().unwrap_or_default(), reply.status) {
            ("accounts", 202) => self.add("account.registered", "registration", reply.text("/id")),
            ("verification", 201) => self.verified(reply),
            ("sign-ins", 201) => self.started(reply),
            ("answers", 200) => self.answered(&exchange.request, reply),
            ("answers", 422) => self.rejected(exchange, reply),
            ("confirmation", 200) => self.confirmed(&exchange.request, reply),
            ("reissue", 200) => self.add("backup_code.issued", "backup_code", reply.text("/id")),
            _ => {}
        }
        self.version(reply);
    }

    fn verified(&mut self, reply: &Reply) {
        let account = reply.text("/id");
        self.add("account.email_verified", "stream", account);
        self.add("email.claimed", "account", account);
    }

    fn started(&mut self, reply: &Reply) {
        self.add("sign_in.started", "sign_in", reply.text("/id"));
        self.add("code.requested", "challenge", reply.text("/challenge/id"));
    }

    fn answered(&mut self, request: &Value, reply: &Reply) {
        if text(request, "/factor") == "email_code" {
            self.add("code.accepted", "sign_in", reply.text("/id"));
        }
        if let Some(shown) = reply.body.pointer("/backup_code/id").and_then(Value::as_str) {
            self.add("backup_code.issued", "backup_code", shown);
        }
        self.granted(reply);
    }

    fn rejected(&mut self, exchange: &Exchange, reply: &Reply) {
        let sign_in = exchange.path.split('/').nth(3).unwrap_or_default();
        match (reply.text("/code"), text(&exchange.request, "/factor")) {
            ("code_rejected", "email_code") => self.add("code.rejected", "sign_in", sign_in),
            ("code_rejected", "backup_code") => self.add("backup_code.rejected", "sign_in", sign_in),
            _ => {}
        }
    }

    fn confirmed(&mut self, request: &Value, reply: &Reply) {
        self.add("backup_code.save_confirmed", "backup_code", text(request, "/backup_code_id"));
        self.granted(reply);
    }

    fn granted(&mut self, reply: &Reply) {
        if let Some(session) = reply.body.pointer("/session/id").and_then(Value::as_str) {
            self.add("sign_in.signed_in", "session", session);
            self.add("session.started", "stream", session);
        }
    }

    fn version(&mut self, reply: &Reply) {
        let stated = reply.version.as_ref().and_then(|version| version.rsplit_once(':'));
        let read = |(stream, version): (&str, &str)| Some((stream.to_owned(), version.parse::<u64>().ok()?));
        if let Some((stream, version)) = stated.and_then(read) {
            let known = self.versions.entry(stream).or_default();
            *known = version.max(*known);
        }
    }
}
