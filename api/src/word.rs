//! The closed words of the API, read and written.

use std::str::FromStr;

use countersign_domain::word::{Factor, SignInPurpose};

/// A factor as a request names it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FactorWord(pub(crate) Factor);

/// What is spared where sessions are ended: the one that asks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ExceptWord;

impl FromStr for ExceptWord {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        if text == "current" { Ok(Self) } else { Err("expected current") }
    }
}

/// What a sign-in is for, as a request names it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PurposeWord(pub(crate) SignInPurpose);

impl FromStr for FactorWord {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        match text {
            "email_code" => Ok(Self(Factor::EmailCode)),
            "backup_code" => Ok(Self(Factor::BackupCode)),
            _ => Err("expected email_code or backup_code"),
        }
    }
}

impl FromStr for PurposeWord {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        match text {
            "sign_in" => Ok(Self(SignInPurpose::SignIn)),
            "step_up" => Ok(Self(SignInPurpose::StepUp)),
            _ => Err("expected sign_in or step_up"),
        }
    }
}
