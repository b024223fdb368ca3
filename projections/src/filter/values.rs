//! The characters of a filter, and its values as they stand, before their field says what they are.

use super::{FilterError, VALUES_MOST};

/// What is left of a text, and where that begins.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cursor<'a> {
    /// What is left.
    rest: &'a str,
    /// The column of its first character.
    pub(super) column: usize,
}

/// What stands after a field's colon.
#[derive(Debug)]
pub(super) enum Values {
    /// `a,b`.
    OneOf(Vec<Value>),
    /// `>=a` and the like.
    Compared(Comparison, Value),
    /// `a..b`.
    Between(Value, Value),
}

/// How a value is compared.
#[derive(Debug, Clone, Copy)]
pub(super) enum Comparison {
    AtLeast,
    Above,
    AtMost,
    Below,
}

/// One value, as it stands.
#[derive(Debug)]
pub(super) struct Value {
    /// Where it begins.
    pub(super) column: usize,
    /// Its text, without quotes and escapes.
    pub(super) text: String,
    /// Whether it stood in quotes.
    pub(super) quoted: bool,
}

/// The signs of comparison, the longer ones first.
const COMPARISONS: [(&str, Comparison); 4] = [
    (">=", Comparison::AtLeast),
    (">", Comparison::Above),
    ("<=", Comparison::AtMost),
    ("<", Comparison::Below),
];

/// Stands between the two ends of a range.
pub(super) const RANGE: &str = "..";

/// Whether a character can stand in a value without quotes.
pub(super) fn is_bare(char: char) -> bool {
    !char.is_whitespace() && !matches!(char, ',' | '(' | ')' | '"' | '<' | '>')
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { rest: text, column: 1 }
    }

    /// The next character.
    pub(super) fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    /// Takes a text if it is next.
    pub(super) fn eat(&mut self, text: &str) -> bool {
        let is_next = self.rest.starts_with(text);
        if is_next {
            self.take(text.len());
        }
        is_next
    }

    /// Takes the spaces that are next.
    pub(super) fn skip_space(&mut self) {
        self.take(self.rest.len() - self.rest.trim_start().len());
    }

    /// Takes what can be a keyword or the name of a field.
    pub(super) fn word(&mut self) -> &'a str {
        self.take(self.length_of(|char| is_bare(char) && char != ':'))
    }

    /// Takes what stands after a field's colon.
    pub(super) fn values(&mut self) -> Result<Values, FilterError> {
        if let Some((_, comparison)) = COMPARISONS.into_iter().find(|(sign, _)| self.eat(sign)) {
            return Ok(Values::Compared(comparison, self.value()?));
        }
        let first = self.value()?;
        if self.eat(RANGE) {
            return Ok(Values::Between(first, self.value()?));
        }
        let mut values = vec![first];
        while self.eat(",") {
            if values.len() == VALUES_MOST {
                return Err(FilterError::at(self.column, format!("at most {VALUES_MOST} values in a term")));
            }
            values.push(self.value()?);
        }
        Ok(Values::OneOf(values))
    }

    fn value(&mut self) -> Result<Value, FilterError> {
        let column = self.column;
        let quoted = self.eat("\"");
        let text = if quoted { self.quoted()? } else { self.bare()? };
        Ok(Value { column, text, quoted })
    }

    fn bare(&mut self) -> Result<String, FilterError> {
        let column = self.column;
        let to_range = self.rest.find(RANGE).unwrap_or(self.rest.len());
        let text = self.take(self.length_of(is_bare).min(to_range));
        if text.is_empty() { Err(FilterError::at(column, "a value")) } else { Ok(text.to_owned()) }
    }

    /// Takes a value after its first quote, and its last quote.
    fn quoted(&mut self) -> Result<String, FilterError> {
        let mut text = String::new();
        loop {
            text.push_str(self.take(self.length_of(|char| char != '"' && char != '\\')));
            if self.eat("\"") {
                return Ok(text);
            }
            if !self.eat("\\") {
                return Err(FilterError::at(self.column, "a closing quote"));
            }
            match self.peek() {
                Some(char @ ('"' | '\\')) => text.push(char),
                _ => return Err(FilterError::at(self.column, "\" or \\ after a backslash")),
            }
            self.take(1);
        }
    }

    /// How many bytes long the characters are that are next and like this.
    fn length_of(&self, like: impl Fn(char) -> bool) -> usize {
        self.rest.find(|char| !like(char)).unwrap_or(self.rest.len())
    }

    /// Takes so many bytes, which end between two characters.
    fn take(&mut self, length: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at(length);
        self.rest = rest;
        self.column += taken.chars().count();
        taken
    }
}
