//! What an event says of trying to sign in: the outcome, and the factor that it was tried with.

use crate::fact::Fact;

/// What an event says of trying to sign in.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Verdict<'a> {
    /// What came of it.
    pub outcome: Option<&'static str>,
    /// What it was tried with.
    pub factor: Option<&'a str>,
}

impl<'a> Verdict<'a> {
    /// Every word for what came of it.
    pub const OUTCOMES: [&'static str; 9] = [
        "accepted",
        "rejected",
        "signed_in",
        "cancelled",
        "denied",
        "sent",
        "undelivered",
        "throttled",
        "disabled",
    ];
    /// Every word for what it was tried with.
    pub const FACTORS: [&'static str; 4] = ["password", "email_code", "backup_code", "operator_code"];

    /// What an event says; nothing where it is about something else.
    pub fn of(fact: &'a Fact) -> Self {
        let (outcome, factor) = match fact.event_type.as_str() {
            "sign_in.started" => ("accepted", Some("password")),
            "sign_in.password_rejected" => ("rejected", Some("password")),
            "sign_in.signed_in" => ("signed_in", None),
            "sign_in.cancelled" => ("cancelled", None),
            "sign_in.denied" => ("denied", None),
            "code.sent" => ("sent", Some("email_code")),
            "code.delivery_failed" => ("undelivered", Some("email_code")),
            "code.accepted" => ("accepted", Some("email_code")),
            "code.rejected" => ("rejected", Some("email_code")),
            "backup_code.redeemed" => ("accepted", Some("backup_code")),
            "backup_code.rejected" => ("rejected", Some("backup_code")),
            "recovery.operator_code_accepted" => ("accepted", Some("operator_code")),
            "recovery.operator_code_rejected" => ("rejected", Some("operator_code")),
            "authenticator.throttled" => ("throttled", fact.stated("authenticator")),
            "authenticator.disabled" => ("disabled", fact.stated("authenticator")),
            _ => return Self::default(),
        };
        Self { outcome: Some(outcome), factor }
    }
}
