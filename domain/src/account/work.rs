//! Events that leave work behind: a message to send, an event of another stream to append, a reply to forget.

use super::events::AccountEvent;

impl AccountEvent {
    /// Whether something outside of the commit must follow: a message, an event of another stream, or that a reply is
    /// forgotten.
    ///
    /// The database writes a row for each such event in the same commit, so that a crash forgets nothing.
    pub fn leaves_work(&self) -> bool {
        matches!(
            self,
            Self::CodeRequested { .. }
                | Self::BackupCodeRedeemed { .. }
                | Self::BackupCodeIssued { .. }
                | Self::SaveConfirmed { .. }
                | Self::PasswordChanged { .. }
                | Self::EmailChanged { .. }
                | Self::SignedIn { .. }
                | Self::Closed { .. }
                | Self::OperatorCodeIssued { .. }
                | Self::RecoveryCancelled { .. }
                | Self::RecoveryCompleted { .. }
        )
    }
}
