//! Values as their field understands them.

use super::values::{Comparison, Value, Values};
use super::{Field, FilterError, NameTest, Network, NumberField, NumberTest, Term, TextField, moment};

impl Term {
    /// What the values of a field mean; the first of them begins at a column.
    pub(super) fn of(field: Field, values: Values, column: usize) -> Result<Self, FilterError> {
        match field {
            Field::Number(field) => Ok(Self::Number { field, test: number_test(field, values)? }),
            Field::Type => Ok(Self::Type(each(values, column, name_test)?)),
            Field::Text(field) => {
                Ok(Self::Text { field, one_of: each(values, column, |it| text(field, it))? })
            }
            Field::Ip => Ok(Self::Ip(each(values, column, network)?)),
        }
    }
}

/// The values of a field without order.
fn each<T>(
    values: Values,
    column: usize,
    read: impl Fn(Value) -> Result<T, FilterError>,
) -> Result<Vec<T>, FilterError> {
    match values {
        Values::OneOf(values) => values.into_iter().map(read).collect(),
        Values::Compared(..) | Values::Between(..) => {
            let expected = "values: only index, sequence and at have comparisons and ranges (or quote it)";
            Err(FilterError::at(column, expected))
        }
    }
}

fn number_test(field: NumberField, values: Values) -> Result<NumberTest, FilterError> {
    let read = |value| number(field, &value);
    match values {
        Values::OneOf(values) => {
            values.into_iter().map(read).collect::<Result<_, _>>().map(NumberTest::OneOf)
        }
        Values::Compared(Comparison::AtLeast, value) => read(value).map(NumberTest::AtLeast),
        Values::Compared(Comparison::Above, value) => read(value).map(NumberTest::Above),
        Values::Compared(Comparison::AtMost, value) => read(value).map(NumberTest::AtMost),
        Values::Compared(Comparison::Below, value) => read(value).map(NumberTest::Below),
        Values::Between(first, last) => between(field, &first, &last),
    }
}

fn between(field: NumberField, first: &Value, last: &Value) -> Result<NumberTest, FilterError> {
    let (from, to) = (number(field, first)?, number(field, last)?);
    if from > to {
        return Err(FilterError::at(last.column, "an end that is not before the beginning"));
    }
    Ok(NumberTest::Between(from, to))
}

fn number(field: NumberField, value: &Value) -> Result<i64, FilterError> {
    let (read, expected) = match field {
        NumberField::At => {
            (moment::read(&value.text), "a UTC time like 2026-01-31T08:15:00.000Z, or a date like 2026-01-31")
        }
        NumberField::Index | NumberField::Sequence => (whole_number(&value.text), "a whole number"),
    };
    read.ok_or_else(|| FilterError::at(value.column, expected))
}

/// Digits only: the standard library would read a sign.
fn whole_number(text: &str) -> Option<i64> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { None }
}

fn name_test(value: Value) -> Result<NameTest, FilterError> {
    let (beginning, is_whole) = match value.text.strip_suffix(".*") {
        Some(beginning) => (beginning, false),
        None => (value.text.as_str(), true),
    };
    if !beginning.split('.').all(is_word) {
        return Err(FilterError::at(value.column, "the name of an event like sign_in.started, or sign_in.*"));
    }
    let starts_with = || NameTest::StartsWith(format!("{beginning}."));
    Ok(if is_whole { NameTest::Is(value.text) } else { starts_with() })
}

/// Whether a text can stand between the dots of a stored name.
fn is_word(text: &str) -> bool {
    let in_names = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    !text.is_empty() && text.bytes().all(in_names)
}

fn text(field: TextField, value: Value) -> Result<String, FilterError> {
    if !value.quoted && value.text.contains('*') {
        let expected = format!("a whole {}: only type takes a * (or quote it)", field.name());
        return Err(FilterError::at(value.column, expected));
    }
    Ok(value.text)
}

#[expect(clippy::needless_pass_by_value, reason = "the same shape as its neighbours, which keep the text")]
fn network(value: Value) -> Result<Network, FilterError> {
    let expected = "an address like 192.0.2.1, or a block like 10.0.0.0/8";
    value.text.parse().map_err(|_| FilterError::at(value.column, expected))
}
