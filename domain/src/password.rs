//! Passwords: what a person typed, and what the domain asks of a new one.

use std::fmt;

use unicode_normalization::UnicodeNormalization;
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::policy;

/// A password as typed, in NFC. It can be checked; whether it may be chosen is [`NewPassword`].
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Password(String);

/// A password that is long enough, and not too long, to be chosen.
#[derive(Debug, Clone)]
pub struct NewPassword(Password);

/// Why a password cannot be chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnsuitablePassword {
    /// It has fewer characters than the policy asks for.
    TooShort,
    /// It has more characters than are ever hashed.
    TooLong,
}

impl fmt::Display for UnsuitablePassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooShort => write!(f, "use at least {} characters", policy::PASSWORD_SHORTEST.value),
            Self::TooLong => write!(f, "use at most {} characters", policy::PASSWORD_LONGEST.value),
        }
    }
}

impl std::error::Error for UnsuitablePassword {}

impl Password {
    /// What was typed, normalised so that the same characters are the same password on every keyboard.
    pub fn typed(text: &str) -> Self {
        Self(text.nfc().collect())
    }

    /// The password's bytes, for hashing alone.
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// The password's text, for judging its strength alone.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is longer than any password that could have been chosen.
    pub fn is_too_long(&self) -> bool {
        self.0.chars().count() > policy::PASSWORD_LONGEST.value
    }
}

impl NewPassword {
    /// The password, if its length in code points lets it be chosen (NIST SP 800-63B-4 3.1.1.2).
    pub fn choose(password: Password) -> Result<Self, UnsuitablePassword> {
        let length = password.0.chars().count();
        if length < policy::PASSWORD_SHORTEST.value {
            Err(UnsuitablePassword::TooShort)
        } else if password.is_too_long() {
            Err(UnsuitablePassword::TooLong)
        } else {
            Ok(Self(password))
        }
    }

    /// The password itself.
    pub fn password(&self) -> &Password {
        &self.0
    }
}

/// Passwords are secrets: what is printed for a developer is not the password.
impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password([secret])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_length_of_a_password_counts_characters_not_bytes() {
        let choose = |text: &str| NewPassword::choose(Password::typed(text)).map(|_| ());
        assert_eq!(choose(&"ü".repeat(14)), Err(UnsuitablePassword::TooShort));
        assert_eq!(choose(&"ü".repeat(15)), Ok(()));
        assert_eq!(choose(&"ü".repeat(256)), Ok(()));
        assert_eq!(choose(&"ü".repeat(257)), Err(UnsuitablePassword::TooLong));
    }

    #[test]
    fn a_password_is_the_same_however_a_keyboard_composes_it() {
        assert_eq!(Password::typed("u\u{308}").as_bytes(), Password::typed("ü").as_bytes());
    }
}
