//! Which event becomes what.
//!
//! A completed sign-in is one *Logon* that succeeded, and each proof that is rejected one that failed. What
//! succeeds before the sign-in is complete is *Preauth*, so that the Logons that succeeded count sign-ins.

use super::choices::{OTHER, SEVERITY, STATUS};
use super::schema::{ACCOUNT_CHANGE, AUTHENTICATION, Class};
use super::source::Source;

use Activity::{
    Attempt, Change, Create, Delete, Disable, Enable, FactorEnable, Logoff, Logon, PasswordChange, Preauth,
};
use Severity::{High, Informational, Low, Medium};
use Status::{Failure, Stated, Success};

/// What becomes of an event.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row {
    pub(super) activity: Activity,
    pub(super) status: Status,
    pub(super) severity: Severity,
    pub(super) message: &'static str,
}

/// What was done; the class follows from it. What has no id of its own is named by us.
#[derive(Debug, Clone, Copy)]
pub(super) enum Activity {
    Create,
    Enable,
    PasswordChange,
    Disable,
    Delete,
    FactorEnable,
    Change(&'static str),
    Logon,
    Logoff,
    Preauth,
    Attempt(&'static str),
}

/// What came of it. What is neither is stated in our words.
#[derive(Debug, Clone, Copy)]
pub(super) enum Status {
    Success,
    Failure,
    Stated(&'static str),
}

/// How much it should worry whoever reads it.
#[derive(Debug, Clone, Copy)]
pub(super) enum Severity {
    Informational,
    Low,
    Medium,
    High,
}

const REHASH: Activity = Change("Password Rehash");
const PREPARE: Activity = Change("Recovery Prepared");
const FORESTALL: Activity = Change("Recovery Cancelled");
const RECOVER: Activity = Change("Account Recovered");
const READDRESS: Activity = Change("Address Changed");
const CONFIRM: Activity = Change("Backup Code Confirmed");
const VERIFY: Activity = Attempt("Address Verification");
const THROTTLE: Activity = Attempt("Authenticator Throttled");
const EXHAUST: Activity = Attempt("Authenticator Disabled");
const BEGIN: Activity = Attempt("Session Started");
const REFRESH: Activity = Attempt("Session Refreshed");
const REUSE: Activity = Attempt("Refresh Token Reused");
const CANCELLED: Status = Stated("Cancelled");

/// The events that become nothing, and why.
pub const LEFT_OUT: &[(&str, &str)] = &[
    ("code.requested", "`code.sent` or `code.delivery_failed` says what came of it"),
    ("notice.sent", "a message about something that is an event itself"),
    ("email.claimed", "`account.email_verified` says it of the account"),
    ("email.released", "`account.closed` or `account.email_changed` says it of the account"),
    ("email.moved", "a change of keys, about nobody"),
    ("client.registered", "about a program, not about a person's account"),
    ("client.key_rotated", "about a program, not about a person's account"),
    ("client.revoked", "about a program, not about a person's account"),
    ("audit.read", "about an auditor, not about a person's account"),
];

/// What becomes of an event; nothing where OCSF has no class of ours for it.
pub(super) fn row(source: Source<'_>) -> Option<Row> {
    let name = source.name()?;
    account(name, source.text("/payload/cause"))
        .or_else(|| sign_in(name, source.text("/payload/cause")))
        .or_else(|| code(name, source.text("/sign_in").is_some()))
        .or_else(|| backup_code(name))
        .or_else(|| recovery(name))
        .or_else(|| session(name))
}

fn account(name: &str, cause: Option<&str>) -> Option<Row> {
    Some(match (name, cause) {
        ("account.registered", _) => of(Create, Success, Informational, "An account was asked for."),
        ("account.email_verified", _) => {
            of(Enable, Success, Informational, "The account's address was proven.")
        }
        ("account.password_changed", Some("rehashed")) => {
            of(REHASH, Success, Informational, "The same password was hashed at a higher cost.")
        }
        ("account.password_changed", _) => of(PasswordChange, Success, Low, "The password was changed."),
        ("account.email_changed", _) => of(READDRESS, Success, Medium, "The account has another address."),
        ("account.suspended", _) => of(Disable, Success, Low, "An operator suspended the account."),
        ("account.reinstated", _) => of(Enable, Success, Low, "An operator reinstated the account."),
        ("account.closed", _) => of(Delete, Success, Low, "The account was closed."),
        _ => return None,
    })
}

fn sign_in(name: &str, cause: Option<&str>) -> Option<Row> {
    Some(match (name, cause) {
        ("sign_in.started", _) => of(Preauth, Success, Informational, "The password was accepted."),
        ("sign_in.password_rejected", Some("suspended")) => {
            of(Logon, Failure, Medium, "The password was right, and the account is suspended.")
        }
        ("sign_in.password_rejected", _) => of(Logon, Failure, Low, "The password was rejected."),
        ("sign_in.signed_in", _) => of(Logon, Success, Informational, "The person was signed in."),
        ("sign_in.cancelled", _) => of(Logon, CANCELLED, Informational, "The sign-in was given up."),
        ("sign_in.denied", _) => {
            of(Logon, Failure, Medium, "What happened to the account ended the sign-in.")
        }
        ("authenticator.throttled", _) => of(THROTTLE, Failure, Medium, "Too many failures: attempts wait."),
        ("authenticator.disabled", _) => {
            of(EXHAUST, Failure, High, "Too many failures: attempts are refused.")
        }
        _ => return None,
    })
}

/// Codes are mailed in a sign-in, and to prove the address of a registration.
fn code(name: &str, in_sign_in: bool) -> Option<Row> {
    Some(match (name, in_sign_in) {
        ("code.sent", _) => of(Preauth, Success, Informational, "A code was mailed."),
        ("code.delivery_failed", _) => of(Preauth, Failure, Low, "A code could not be mailed."),
        ("code.accepted", true) => of(Preauth, Success, Informational, "The mailed code was accepted."),
        ("code.accepted", false) => {
            of(VERIFY, Success, Informational, "The code for an address was accepted.")
        }
        ("code.rejected", true) => of(Logon, Failure, Low, "The mailed code was rejected."),
        ("code.rejected", false) => of(VERIFY, Failure, Low, "The code for an address was rejected."),
        _ => return None,
    })
}

fn backup_code(name: &str) -> Option<Row> {
    Some(match name {
        "backup_code.issued" => of(FactorEnable, Success, Informational, "A backup code was issued."),
        "backup_code.save_confirmed" => {
            of(CONFIRM, Success, Informational, "The backup code is said to be saved.")
        }
        "backup_code.redeemed" => of(Preauth, Success, Low, "A backup code was accepted, and is used up."),
        "backup_code.rejected" => of(Logon, Failure, Low, "The backup code was rejected."),
        "backup_code.gate_reopened" => {
            of(Preauth, Success, Medium, "A redeemed backup code got a new one once more.")
        }
        _ => return None,
    })
}

fn recovery(name: &str) -> Option<Row> {
    Some(match name {
        "recovery.operator_code_issued" => {
            of(PREPARE, Success, Medium, "An operator had a code made to recover the account with.")
        }
        "recovery.operator_code_accepted" => {
            of(Preauth, Success, Medium, "The operator's code was accepted.")
        }
        "recovery.operator_code_rejected" => of(Logon, Failure, Medium, "The operator's code was rejected."),
        "recovery.cancelled" => of(FORESTALL, Success, Medium, "The operator's code was cancelled."),
        "recovery.completed" => of(RECOVER, Success, Medium, "The account was recovered, and bound anew."),
        _ => return None,
    })
}

fn session(name: &str) -> Option<Row> {
    Some(match name {
        "session.started" => of(BEGIN, Success, Informational, "The session began."),
        "session.refreshed" => of(REFRESH, Success, Informational, "The refresh token was exchanged."),
        "session.refresh_token_reused" => {
            of(REUSE, Failure, High, "A refresh token that was exchanged before came again: two have it.")
        }
        "session.revoked" => of(Logoff, Success, Low, "The session was ended before its time."),
        "account.sessions_revoked" => of(Logoff, Success, Low, "The account's older sessions were ended."),
        _ => return None,
    })
}

fn of(activity: Activity, status: Status, severity: Severity, message: &'static str) -> Row {
    Row { activity, status, severity, message }
}

impl Activity {
    pub(super) fn class(self) -> &'static Class {
        match self {
            Create | Enable | PasswordChange | Disable | Delete | FactorEnable | Change(_) => &ACCOUNT_CHANGE,
            Logon | Logoff | Preauth | Attempt(_) => &AUTHENTICATION,
        }
    }

    pub(super) fn id(self) -> i64 {
        match self {
            Create | Logon => 1,
            Enable | Logoff => 2,
            PasswordChange => 3,
            Disable => 5,
            Delete | Preauth => 6,
            FactorEnable => 10,
            Change(_) | Attempt(_) => OTHER,
        }
    }

    /// What the schema calls it: of one that is named by us, only that it is another one.
    pub(super) fn caption(self) -> Option<&'static str> {
        self.class().activities.caption(self.id())
    }

    pub(super) fn label(self) -> Option<&'static str> {
        match self {
            Change(name) | Attempt(name) => Some(name),
            _ => self.caption(),
        }
    }
}

impl Status {
    pub(super) fn id(self) -> i64 {
        match self {
            Success => 1,
            Failure => 2,
            Stated(_) => OTHER,
        }
    }

    pub(super) fn label(self) -> Option<&'static str> {
        match self {
            Stated(name) => Some(name),
            Success | Failure => STATUS.caption(self.id()),
        }
    }
}

impl Severity {
    pub(super) fn id(self) -> i64 {
        match self {
            Informational => 1,
            Low => 2,
            Medium => 3,
            High => 4,
        }
    }

    pub(super) fn label(self) -> Option<&'static str> {
        SEVERITY.caption(self.id())
    }
}
