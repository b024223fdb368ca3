//! Whether a new password can be chosen, and if not, why, and what would help.

use countersign_domain::email::Email;
use countersign_domain::password::{NewPassword, Password, UnsuitablePassword};
use zxcvbn::{Score, zxcvbn};

/// The score from which a password is accepted: 10^8 guesses and more.
const SCORE_LEAST: Score = Score::Three;
/// How much of a password its strength is judged by: judging takes time that grows with the length.
const JUDGED_CHARACTERS: usize = 72;

/// Why a password cannot be chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WeakPassword {
    /// What is wrong with it.
    pub reason: String,
    /// What would help.
    pub guidance: Vec<String>,
}

/// Accepts a new password, or says why not (NIST SP 800-63B-4 3.1.1.2: length, blocklist, guidance; no
/// rules of composition).
pub fn accept(password: Password, email: Option<&Email>) -> Result<NewPassword, WeakPassword> {
    let chosen = NewPassword::choose(password).map_err(too_short_or_long)?;
    let judged: String = chosen.password().as_str().chars().take(JUDGED_CHARACTERS).collect();
    let email = email.map(Email::as_str);
    let parts: Vec<&str> = email
        .into_iter()
        .flat_map(|email| email.split(['@', '.', '+', '-', '_']))
        .chain(email)
        .chain(["countersign"])
        .collect();
    let estimate = zxcvbn(&judged, &parts);
    if estimate.score() >= SCORE_LEAST {
        return Ok(chosen);
    }
    let feedback = estimate.feedback();
    let warning = feedback.and_then(zxcvbn::feedback::Feedback::warning).map(|warning| warning.to_string());
    Err(WeakPassword {
        reason: warning.unwrap_or_else(|| "This password is easy to guess.".to_owned()),
        guidance: feedback
            .into_iter()
            .flat_map(zxcvbn::feedback::Feedback::suggestions)
            .map(ToString::to_string)
            .collect(),
    })
}

fn too_short_or_long(unsuitable: UnsuitablePassword) -> WeakPassword {
    let hint = match unsuitable {
        UnsuitablePassword::TooShort => {
            "A few unrelated words make a long password that is easy to remember."
        }
        UnsuitablePassword::TooLong => "A few unrelated words are enough.",
    };
    let length = unsuitable.to_string();
    WeakPassword { reason: format!("Please {length}."), guidance: vec![hint.to_owned()] }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(password: &str) -> Result<(), WeakPassword> {
        accept(Password::typed(password), Some(&"ada.lovelace@example.org".parse().unwrap())).map(|_| ())
    }

    #[test]
    fn a_long_password_of_unrelated_words_is_accepted_without_rules_of_composition() {
        assert_eq!(judge("violet harbour sings quietly"), Ok(()));
    }

    #[test]
    fn a_weak_password_is_refused_with_a_reason_and_guidance() {
        for weak in ["short", "passwordpassword", "aaaaaaaaaaaaaaaaaaaa", "ada.lovelace@example.org"] {
            let refused = judge(weak).expect_err(weak);
            assert!(!refused.reason.is_empty() && !refused.guidance.is_empty(), "{weak}: {refused:?}");
        }
    }
}
