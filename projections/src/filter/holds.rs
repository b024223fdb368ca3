//! Whether a filter asks for an event, decided in memory.

use std::net::IpAddr;

use super::{Field, Filter, NameTest, NumberTest, Term};

/// What an event has in a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldValue<'a> {
    /// The value of a number field; a moment in milliseconds since 1970.
    Number(i64),
    /// The value of a text field, or the stored name of the event.
    Text(&'a str),
    /// The value of the address field.
    Address(IpAddr),
}

impl Filter {
    /// Whether it asks for the event whose fields have these values. A term about a field without a value
    /// does not hold, so its negation does.
    pub fn holds<'a>(&self, row: &impl Fn(Field) -> Option<FieldValue<'a>>) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.holds(row)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(row)),
            Self::Not(part) => !part.holds(row),
            Self::Term(term) => row(term.field()).is_some_and(|value| term.holds(value)),
        }
    }
}

impl Term {
    /// Whether a value of its field is what it has to be; a value of another kind is not.
    fn holds(&self, value: FieldValue<'_>) -> bool {
        match (self, value) {
            (Self::Number { test, .. }, FieldValue::Number(number)) => test.holds(number),
            (Self::Type(tests), FieldValue::Text(name)) => tests.iter().any(|test| test.holds(name)),
            (Self::Text { one_of, .. }, FieldValue::Text(text)) => one_of.iter().any(|one| one == text),
            (Self::Ip(networks), FieldValue::Address(ip)) => networks.iter().any(|block| block.contains(ip)),
            _ => false,
        }
    }
}

impl NumberTest {
    fn holds(&self, number: i64) -> bool {
        match self {
            Self::OneOf(numbers) => numbers.contains(&number),
            Self::AtLeast(least) => number >= *least,
            Self::Above(below) => number > *below,
            Self::AtMost(most) => number <= *most,
            Self::Below(above) => number < *above,
            Self::Between(first, last) => (*first..=*last).contains(&number),
        }
    }
}

impl NameTest {
    fn holds(&self, name: &str) -> bool {
        match self {
            Self::Is(whole) => name == whole,
            Self::StartsWith(beginning) => name.starts_with(beginning),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{NumberField, TextField, parse};
    use super::*;

    /// An event without a session.
    fn event(field: Field) -> Option<FieldValue<'static>> {
        match field {
            Field::Number(NumberField::Index) => Some(FieldValue::Number(7)),
            Field::Number(NumberField::At) => Some(FieldValue::Number(1_767_225_600_000)),
            Field::Type => Some(FieldValue::Text("sign_in.started")),
            Field::Text(TextField::Account) => Some(FieldValue::Text("acc_1")),
            Field::Ip => Some(FieldValue::Address(IpAddr::from([10, 1, 2, 3]))),
            _ => None,
        }
    }

    fn asked(text: &str) -> bool {
        parse(text).unwrap().holds(&event)
    }

    #[test]
    fn nothing_asked_is_everything_asked() {
        assert!(asked(""));
    }

    #[test]
    fn the_ends_of_a_comparison_are_where_they_are_said_to_be() {
        assert!(asked("index:7") && asked("index:6,7") && !asked("index:6,8"));
        assert!(asked("index:>=7") && !asked("index:>=8") && asked("index:>6") && !asked("index:>7"));
        assert!(asked("index:<=7") && !asked("index:<=6") && asked("index:<8") && !asked("index:<7"));
        assert!(asked("index:7..7") && asked("index:6..7") && !asked("index:8..9") && !asked("index:5..6"));
    }

    #[test]
    fn a_date_is_its_midnight() {
        assert!(asked("at:2026-01-01") && asked("at:<=2026-01-01") && !asked("at:>2026-01-01"));
    }

    #[test]
    fn the_beginning_of_a_name_ends_at_its_dot() {
        assert!(asked("type:sign_in.*") && asked("type:x.y,sign_in.started"));
        assert!(!asked("type:sign.*") && !asked("type:sign_in.start") && !asked("type:sign_in.started.*"));
    }

    #[test]
    fn an_address_is_asked_for_by_itself_or_a_block() {
        assert!(asked("ip:10.1.2.3") && asked("ip:::1,10.0.0.0/8") && asked("ip:::ffff:10.1.2.3"));
        assert!(!asked("ip:10.1.2.4") && !asked("ip:11.0.0.0/8"));
    }

    #[test]
    fn a_term_about_a_missing_value_does_not_hold_and_its_negation_does() {
        assert!(!asked("session:ses_1") && asked("-session:ses_1") && !asked("sequence:>=0"));
    }

    #[test]
    fn terms_are_joined_as_written() {
        assert!(asked("account:acc_1 index:7") && !asked("account:acc_1 index:8"));
        assert!(asked("account:acc_2 or index:7") && !asked("not (account:acc_2 or index:7)"));
        assert!(asked("index:7 or index:8 account:acc_2") && !asked("(index:7 or index:8) account:acc_2"));
    }

    #[test]
    fn a_value_of_another_kind_does_not_hold() {
        let filter = parse("index:7").unwrap();
        assert!(!filter.holds(&|_| Some(FieldValue::Text("7"))));
    }
}
