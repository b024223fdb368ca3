//! What a person types to prove something: the six digits of a verification code, a backup code, an operator code.

use std::fmt;
use std::str::FromStr;

use zeroize::{Zeroize, ZeroizeOnDrop};

/// The digits of a verification code.
pub const DIGITS: usize = 6;
/// The characters of a backup code, the check character among them.
pub const BACKUP_CODE_CHARACTERS: usize = 24;
/// The random characters of a backup code: 23 × 5 = 115 bits, above the 112 from which NIST
/// SP 800-63B-4 3.1.2.2 lets a keyed hash stand in for a password hash.
pub const BACKUP_CODE_RANDOM: usize = 23;
/// How many characters stand together when a backup code is shown.
const GROUP: usize = 4;
/// Crockford's base 32: no I, L, O, U.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// The six digits of a verification code.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct Digits(String);

/// A text that is not six digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidDigits;

/// A backup code, as its 24 characters without dashes.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct BackupCode(String);

/// A code that an operator had made for somebody's recovery: of a backup code's form, and never one.
#[derive(Clone, PartialEq, Eq)]
pub struct OperatorCode(BackupCode);

/// A text that cannot be a backup code: a slip of the pen, told before any attempt is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MistypedBackupCode;

impl fmt::Display for InvalidDigits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("expected six digits")
    }
}

impl std::error::Error for InvalidDigits {}

impl fmt::Display for MistypedBackupCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("this is not a backup code: check each character")
    }
}

impl std::error::Error for MistypedBackupCode {}

impl Digits {
    /// The digits that a number stands for: its last six decimal places.
    pub fn from_number(number: u64) -> Self {
        Self(format!("{:06}", number % 1_000_000))
    }

    /// The digits as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Digits {
    type Err = InvalidDigits;

    /// Reads exactly six ASCII digits; white space around and between them is forgiven.
    fn from_str(text: &str) -> Result<Self, InvalidDigits> {
        let digits: String = text.chars().filter(|c| !c.is_ascii_whitespace()).collect();
        let six = digits.len() == DIGITS && digits.bytes().all(|byte| byte.is_ascii_digit());
        if six { Ok(Self(digits)) } else { Err(InvalidDigits) }
    }
}

impl BackupCode {
    /// The code with these random values, each taken modulo 32, and the check character behind them.
    pub fn from_random(random: [u8; BACKUP_CODE_RANDOM]) -> Self {
        let values = random.map(|byte| u32::from(byte) % 32);
        let check = check_value(&values);
        Self(values.iter().copied().chain([check]).map(character).collect())
    }

    /// The 24 characters, in the form that the code's MAC is made over.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The code as a person sees it: six groups of four.
    pub fn grouped(&self) -> String {
        let mut text = String::with_capacity(BACKUP_CODE_CHARACTERS + BACKUP_CODE_CHARACTERS / GROUP);
        for (place, character) in self.0.chars().enumerate() {
            if place > 0 && place.is_multiple_of(GROUP) {
                text.push('-');
            }
            text.push(character);
        }
        text
    }
}

impl FromStr for BackupCode {
    type Err = MistypedBackupCode;

    /// Reads a code in any case, with or without dashes and spaces, `O` for `0`, `I` and `L` for `1`.
    fn from_str(text: &str) -> Result<Self, MistypedBackupCode> {
        let typed = text.chars().filter(|c| !c.is_whitespace() && *c != '-');
        let values = typed.map(value).collect::<Option<Vec<u32>>>().ok_or(MistypedBackupCode)?;
        let (check, random) = values.split_last().ok_or(MistypedBackupCode)?;
        if random.len() != BACKUP_CODE_RANDOM || check_value(random) != *check {
            return Err(MistypedBackupCode);
        }
        Ok(Self(values.into_iter().map(character).collect()))
    }
}

impl OperatorCode {
    /// The code with these random values, as a backup code has them.
    pub fn from_random(random: [u8; BACKUP_CODE_RANDOM]) -> Self {
        Self(BackupCode::from_random(random))
    }

    /// The 24 characters, in the form that the code's MAC is made over.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The code as a person sees it: six groups of four.
    pub fn grouped(&self) -> String {
        self.0.grouped()
    }
}

impl FromStr for OperatorCode {
    type Err = MistypedBackupCode;

    /// Reads a code however it is typed, as a backup code is read.
    fn from_str(text: &str) -> Result<Self, MistypedBackupCode> {
        text.parse().map(Self)
    }
}

/// The check character of Luhn's algorithm modulo 32: every second value from the right is doubled and
/// its digits to base 32 are added. It finds every single wrong character and nearly every swap.
fn check_value(values: &[u32]) -> u32 {
    let weighted = values.iter().rev().enumerate().map(|(place, value)| {
        let product = value * if place.is_multiple_of(2) { 2 } else { 1 };
        product / 32 + product % 32
    });
    (32 - weighted.sum::<u32>() % 32) % 32
}

fn character(value: u32) -> char {
    let place = usize::try_from(value % 32).unwrap_or(0);
    char::from(ALPHABET.get(place).copied().unwrap_or(b'0'))
}

fn value(character: char) -> Option<u32> {
    let character = match character.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    };
    let place = ALPHABET.iter().position(|letter| char::from(*letter) == character)?;
    u32::try_from(place).ok()
}

/// Codes are secrets: what is printed for a developer is not the code.
impl fmt::Debug for Digits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Digits([secret])")
    }
}

impl fmt::Debug for BackupCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BackupCode([secret])")
    }
}

impl fmt::Debug for OperatorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OperatorCode([secret])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn a_code() -> BackupCode {
        BackupCode::from_random(std::array::from_fn(|place| u8::try_from(place * 7 % 256).unwrap()))
    }

    #[test]
    fn a_backup_code_is_read_however_it_is_typed() {
        let code = a_code();
        let grouped = code.grouped();
        assert_eq!(grouped.len(), 29);
        let sloppy = grouped.to_lowercase().replace('-', " ").replace('0', "o").replace('1', "l");
        for typed in [grouped.as_str(), code.as_str(), sloppy.as_str()] {
            assert_eq!(typed.parse(), Ok(code.clone()), "{typed}");
        }
    }

    #[test]
    fn one_wrong_character_is_always_told_at_once() {
        let code = a_code();
        for place in 0..BACKUP_CODE_CHARACTERS {
            for letter in ALPHABET.iter().copied().map(char::from) {
                let mut typed: Vec<char> = code.as_str().chars().collect();
                if typed[place] == letter {
                    continue;
                }
                typed[place] = letter;
                let typed: String = typed.into_iter().collect();
                assert_eq!(typed.parse::<BackupCode>(), Err(MistypedBackupCode), "{typed}");
            }
        }
    }

    #[test]
    fn two_neighbours_swapped_are_told_at_once() {
        let code = a_code();
        for place in 0..BACKUP_CODE_CHARACTERS - 1 {
            let mut typed: Vec<char> = code.as_str().chars().collect();
            typed.swap(place, place + 1);
            let pair = (typed[place], typed[place + 1]);
            let typed: String = typed.into_iter().collect();
            let blind = pair.0 == pair.1 || matches!(pair, ('0', 'Z') | ('Z', '0'));
            assert_eq!(typed.parse::<BackupCode>().is_err(), !blind, "{typed}");
        }
    }

    #[test]
    fn a_text_of_another_length_or_alphabet_is_told_at_once() {
        for typed in ["", "-", "0", "U", &"0".repeat(23), &"0".repeat(25), &"é".repeat(24)] {
            assert_eq!(typed.parse::<BackupCode>(), Err(MistypedBackupCode), "{typed}");
        }
    }

    #[test]
    fn six_digits_are_six_ascii_digits() {
        assert_eq!(" 012 345\n".parse(), Ok(Digits::from_number(7_012_345)));
        for typed in ["", "1", "12345", "1234567", "12345a", "１２３４５６", "-12345"] {
            assert_eq!(typed.parse::<Digits>(), Err(InvalidDigits), "{typed}");
        }
    }
}
