//! Secrets on their way to the one reply that shows them.

use std::fmt;

use zeroize::{Zeroize, ZeroizeOnDrop};

/// A secret that is shown in one reply and kept nowhere.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct Shown(String);

impl Shown {
    /// A secret to be shown.
    pub fn new(secret: String) -> Self {
        Self(secret)
    }

    /// The secret, for the reply alone.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}
