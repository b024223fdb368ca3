//! The canonical text of a filter: no word or parenthesis that could be left out.

use std::fmt;

use super::values::{RANGE, is_bare};
use super::{Filter, NameTest, NumberField, NumberTest, Term, moment};

/// Of a filter that was parsed, the text that is read as the same filter.
impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All(parts) => joined(f, parts, " ", |part| matches!(part, Self::All(_) | Self::Any(_))),
            Self::Any(parts) => joined(f, parts, " or ", |part| matches!(part, Self::Any(_))),
            Self::Not(part) => match part.as_ref() {
                Self::Term(term) => write!(f, "-{term}"),
                Self::Not(_) => write!(f, "not {part}"),
                Self::All(_) | Self::Any(_) => write!(f, "not ({part})"),
            },
            Self::Term(term) => write!(f, "{term}"),
        }
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.field().name())?;
        match self {
            Self::Number { field, test } => number_test(f, *field, test),
            Self::Type(tests) => listed(f, tests.iter().map(NameTest::to_string)),
            Self::Text { one_of, .. } => listed(f, one_of.iter().map(|text| value(text))),
            Self::Ip(networks) => listed(f, networks.iter().map(ToString::to_string)),
        }
    }
}

impl fmt::Display for NameTest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Is(name) => f.write_str(name),
            Self::StartsWith(beginning) => write!(f, "{beginning}*"),
        }
    }
}

/// The parts with a text between them, those in parentheses that need them.
fn joined(
    f: &mut fmt::Formatter<'_>,
    parts: &[Filter],
    between: &str,
    needs_parentheses: fn(&Filter) -> bool,
) -> fmt::Result {
    for (place, part) in parts.iter().enumerate() {
        f.write_str(if place == 0 { "" } else { between })?;
        if needs_parentheses(part) {
            write!(f, "({part})")?;
        } else {
            write!(f, "{part}")?;
        }
    }
    Ok(())
}

fn number_test(f: &mut fmt::Formatter<'_>, field: NumberField, test: &NumberTest) -> fmt::Result {
    let number = |number: &i64| match field {
        NumberField::At => moment::write(*number),
        NumberField::Index | NumberField::Sequence => number.to_string(),
    };
    match test {
        NumberTest::OneOf(numbers) => listed(f, numbers.iter().map(number)),
        NumberTest::AtLeast(least) => write!(f, ">={}", number(least)),
        NumberTest::Above(below) => write!(f, ">{}", number(below)),
        NumberTest::AtMost(most) => write!(f, "<={}", number(most)),
        NumberTest::Below(above) => write!(f, "<{}", number(above)),
        NumberTest::Between(first, last) => write!(f, "{}{RANGE}{}", number(first), number(last)),
    }
}

fn listed(f: &mut fmt::Formatter<'_>, values: impl Iterator<Item = String>) -> fmt::Result {
    f.write_str(&values.collect::<Vec<_>>().join(","))
}

/// A text, in quotes if it would be read as something else without.
fn value(text: &str) -> String {
    let plain = |char| is_bare(char) && char != '*';
    if !text.is_empty() && text.chars().all(plain) && !text.contains(RANGE) {
        return text.to_owned();
    }
    format!("\"{}\"", text.replace('\\', r"\\").replace('"', "\\\""))
}
