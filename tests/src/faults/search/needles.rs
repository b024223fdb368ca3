//! What is looked for: whatever of a person, and whatever secret, travelled in a run.

use std::collections::BTreeSet;

use countersign_domain::code::BackupCode;
use serde_json::Value;

use crate::process::api::{Exchange, USER_AGENT};
use crate::process::installation::Installation;

/// How a password hash begins.
const HASH: &str = "$argon2";
/// Characters of a token's end that are looked for by themselves: the part that cannot be guessed.
const TOKEN_END: usize = 24;

/// Something that must be found nowhere.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Needle {
    /// What it is.
    pub kind: Kind,
    /// The text.
    pub text: String,
}

/// What a needle is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A password.
    Password,
    /// The six digits of a verification code, which only count where they stand alone.
    Digits,
    /// A backup code or an operator's code, with dashes or without.
    BackupCode,
    /// An e-mail address, or a part of one.
    Email,
    /// An address of the network, a user agent, the name of a device.
    Personal,
    /// A token or a key.
    Token,
    /// The beginning of a password hash.
    Hash,
}

/// Everything that must be found nowhere.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Needles(BTreeSet<Needle>);

impl Needles {
    /// Whatever travelled in these exchanges and messages, and what no run may leave anywhere.
    pub fn of(installation: &Installation, exchanges: &[Exchange]) -> Self {
        let mut needles = Self::default();
        needles.add(Kind::Hash, HASH);
        needles.add(Kind::Personal, USER_AGENT);
        needles.add(Kind::Token, installation.secret_key());
        for exchange in exchanges {
            needles.collect("", &exchange.request);
            needles.collect("", exchange.reply.as_ref().map_or(&Value::Null, |reply| &reply.body));
        }
        for mail in installation.mailbox().mails() {
            needles.take("email", &mail.to);
            needles.take("code", mail.code.as_deref().unwrap_or_default());
        }
        needles
    }

    /// One more.
    pub fn add(&mut self, kind: Kind, text: &str) {
        if !text.is_empty() {
            self.0.insert(Needle { kind, text: text.to_owned() });
        }
    }

    /// All of them.
    pub fn all(&self) -> impl Iterator<Item = &Needle> {
        self.0.iter()
    }

    /// The kinds that there are.
    pub fn kinds(&self) -> BTreeSet<Kind> {
        self.0.iter().map(|needle| needle.kind).collect()
    }

    /// Those that no other test can have written.
    #[must_use]
    pub fn of_this_run_alone(&self) -> Self {
        let alone = |needle: &&Needle| needle.kind != Kind::Hash && needle.text != USER_AGENT;
        Self(self.0.iter().filter(alone).cloned().collect())
    }

    fn collect(&mut self, key: &str, value: &Value) {
        match value {
            Value::String(text) => self.take(key, text),
            Value::Array(items) => items.iter().for_each(|item| self.collect(key, item)),
            Value::Object(fields) => fields.iter().for_each(|(key, value)| self.collect(key, value)),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn take(&mut self, key: &str, text: &str) {
        match key {
            "password" => self.add(Kind::Password, text),
            "code" | "backup_code" | "operator_code" => self.take_code(text),
            "email" => self.take_email(text),
            "ip" | "user_agent" | "label" => self.add(Kind::Personal, text),
            "token" | "registration_token" | "reset_token" | "recovery_token" | "access_token"
            | "refresh_token" => self.take_token(text),
            _ => {}
        }
    }

    /// A problem's code is under the same key, and is none; an operator's code is written like a backup code.
    fn take_code(&mut self, text: &str) {
        if text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_digit()) {
            self.add(Kind::Digits, text);
        } else if let Ok(code) = text.parse::<BackupCode>() {
            self.add(Kind::BackupCode, code.as_str());
            self.add(Kind::BackupCode, &code.grouped());
        }
    }

    fn take_email(&mut self, text: &str) {
        self.add(Kind::Email, text);
        if let Some((local, _)) = text.split_once('@') {
            self.add(Kind::Email, local);
        }
    }

    fn take_token(&mut self, text: &str) {
        self.add(Kind::Token, text);
        let end = text.len().saturating_sub(TOKEN_END);
        self.add(Kind::Token, text.get(end..).unwrap_or_default());
    }
}
