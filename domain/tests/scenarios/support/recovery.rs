//! Commands of a recovery, named as a person would say them.

use countersign_domain::account::{
    Account, AccountCommand, BackupCodeMatch, Canceller, CodeCheck, CompleteRecovery, NewOperatorCode,
    RecoveryProofs, SecondProof, StatedAddress,
};
use countersign_domain::id::{BackupCodeId, OperatorCodeId, kind};
use countersign_domain::kit::{Past, Pattern, event, id};
use countersign_domain::secret::{Personal, Verifier};
use countersign_domain::time::Span;

use super::{OTHER_HASH, address_key, backup_code, ch, challenge, enrolled, key, keyed_hash, si, ss};

/// Operator code number *n*.
pub(crate) fn oc(number: u32) -> OperatorCodeId {
    id::<kind::OperatorCode>(number)
}

/// Have operator code *n* made.
pub(crate) fn issue_operator_code(number: u32) -> AccountCommand {
    issuing(number, None)
}

/// Have operator code *n* made for who lost the mailbox, with another address.
pub(crate) fn issue_operator_code_with_address(number: u32, email: &str) -> AccountCommand {
    let email = Personal::plain(email.parse().expect("an address"));
    issuing(number, Some(StatedAddress { email, email_key: address_key(2) }))
}

fn issuing(number: u32, stated: Option<StatedAddress>) -> AccountCommand {
    let code = NewOperatorCode { id: oc(number), verifier: keyed_hash(&oc(number)), key: key() };
    let reason = "showed a passport".parse().expect("a line of text");
    AccountCommand::IssueOperatorCode { code, reason, stated }
}

/// Say no, from the notice about operator code *n*.
pub(crate) fn cancel_by_mail(number: u32) -> AccountCommand {
    AccountCommand::CancelRecovery { by: Canceller::Mail(oc(number)) }
}

/// Say no, in session *n*.
pub(crate) fn cancel_in_session(number: u32) -> AccountCommand {
    AccountCommand::CancelRecovery { by: Canceller::Session(ss(number)) }
}

/// Say no, as an operator.
pub(crate) fn cancel_as_operator() -> AccountCommand {
    AccountCommand::CancelRecovery { by: Canceller::Operator }
}

/// Ask for recovery *n*.
pub(crate) fn request_recovery(number: u32) -> AccountCommand {
    AccountCommand::RequestRecovery {
        recovery: si(number),
        challenge: challenge(number),
        operator_code: None,
    }
}

/// Ask for recovery *n* with an operator code that fits.
pub(crate) fn request_recovery_with(code: OperatorCodeId, number: u32) -> AccountCommand {
    let operator_code = Some(code);
    AccountCommand::RequestRecovery { recovery: si(number), challenge: challenge(number), operator_code }
}

/// What came of comparing the code that was mailed for recovery *n*.
pub(crate) fn mailed(number: u32, fits: bool) -> CodeCheck {
    CodeCheck { challenge: Some(ch(number)), fits }
}

/// Complete recovery *n* with these proofs; backup code *n* would be the new one.
pub(crate) fn recover(number: u32, proofs: RecoveryProofs) -> AccountCommand {
    AccountCommand::CompleteRecovery(recovering(number, proofs))
}

/// What completes recovery *n*.
pub(crate) fn recovering(number: u32, proofs: RecoveryProofs) -> CompleteRecovery {
    CompleteRecovery {
        recovery: si(number),
        client: None,
        proofs,
        replacement: backup_code(super::bc(number)),
        password: Some(Verifier::plain(OTHER_HASH)),
        claimed: true,
    }
}

/// Mailed code and backup code, as they came of comparing.
pub(crate) fn mail_and_backup(number: u32, fits: bool, found: Option<BackupCodeId>) -> RecoveryProofs {
    RecoveryProofs::Mailed { check: mailed(number, fits), found: found_as(found) }
}

/// Operator code and mailed code, as they came of comparing.
pub(crate) fn operator_and_mail(code: Option<OperatorCodeId>, number: u32, fits: bool) -> RecoveryProofs {
    RecoveryProofs::Operator { code, second: SecondProof::MailedCode(mailed(number, fits)) }
}

/// Operator code and backup code, as they came of comparing.
pub(crate) fn operator_and_backup(
    code: Option<OperatorCodeId>,
    found: Option<BackupCodeId>,
) -> RecoveryProofs {
    RecoveryProofs::Operator { code, second: SecondProof::BackupCode(found_as(found)) }
}

fn found_as(found: Option<BackupCodeId>) -> BackupCodeMatch {
    found.map_or(BackupCodeMatch::None, BackupCodeMatch::Code)
}

/// An enrolled account whose operator code 1 has waited.
pub(crate) fn with_operator_code() -> Past<Account> {
    enrolled().command(issue_operator_code(1)).after(Span::hours(72))
}

/// An account whose operator code has waited, for which recovery 2 was asked for a minute ago.
pub(crate) fn asked_with_operator_code() -> Past<Account> {
    with_operator_code().command(request_recovery(2)).after(Span::minutes(1))
}

/// What operator code and mailed code come to.
pub(crate) fn recovered_without_a_backup_code() -> Vec<Pattern> {
    ["recovery.operator_code_accepted", "code.accepted", "backup_code.issued", "account.password_changed"]
        .into_iter()
        .chain(["account.sessions_revoked", "recovery.completed"])
        .map(event)
        .collect()
}
