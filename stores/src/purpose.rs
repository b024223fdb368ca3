//! What keys are derived for: each purpose has a label of its own, so that no key serves two.

/// What a derived key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Purpose {
    /// To wrap the keys that personal values and verifiers are sealed with.
    SubjectKeys,
    /// To name the stream of an e-mail address.
    AddressKeys,
    /// To derive the digits of verification codes.
    Codes,
    /// To hash backup codes.
    BackupCodes,
    /// To hash the tokens of registrations and sign-ins.
    Tokens,
    /// To hash the tokens of devices.
    DeviceTokens,
    /// To hash refresh tokens.
    RefreshTokens,
    /// To hash the keys of API clients.
    ClientKeys,
    /// To seal replies that are kept for a repeated request, and to hash idempotency keys.
    Replies,
    /// To sign the heads of the ledger.
    Ledger,
    /// To sign access tokens.
    AccessTokens,
    /// To derive the refresh token that takes another's place.
    RefreshChildren,
    /// To hash operator codes.
    OperatorCodes,
    /// To hash the links that cancel a recovery.
    RecoveryCancels,
}

impl Purpose {
    /// Every purpose.
    pub const ALL: [Self; 14] = [
        Self::SubjectKeys,
        Self::AddressKeys,
        Self::Codes,
        Self::BackupCodes,
        Self::Tokens,
        Self::DeviceTokens,
        Self::RefreshTokens,
        Self::ClientKeys,
        Self::Replies,
        Self::Ledger,
        Self::AccessTokens,
        Self::RefreshChildren,
        Self::OperatorCodes,
        Self::RecoveryCancels,
    ];

    /// The label that the key is derived with; it can never change.
    pub fn label(self) -> &'static str {
        match self {
            Self::SubjectKeys => "countersign/subject-keys/1",
            Self::AddressKeys => "countersign/address-keys/1",
            Self::Codes => "countersign/codes/1",
            Self::BackupCodes => "countersign/backup-codes/1",
            Self::Tokens => "countersign/tokens/1",
            Self::DeviceTokens => "countersign/device-tokens/1",
            Self::RefreshTokens => "countersign/refresh-tokens/1",
            Self::ClientKeys => "countersign/client-keys/1",
            Self::Replies => "countersign/replies/1",
            Self::Ledger => "countersign/ledger/1",
            Self::AccessTokens => "countersign/access-tokens/1",
            Self::RefreshChildren => "countersign/refresh-children/1",
            Self::OperatorCodes => "countersign/operator-codes/1",
            Self::RecoveryCancels => "countersign/recovery-cancels/1",
        }
    }
}
