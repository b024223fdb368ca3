//! Filters as SQL over `sign_in_history h`.
//!
//! An address on the network is sealed, so that the database cannot compare it: a filter about one becomes
//! a condition that lets more through, and the rest is decided in memory.

use countersign_projections::filter::{Field, Filter, NameTest, NumberField, NumberTest, Term, TextField};

use crate::database::sql::Statement;

/// SQL that grows with its values.
pub(super) struct Condition {
    pub(super) sql: String,
    values: Vec<Bound>,
}

enum Bound {
    Text(String),
    Integer(i64),
}

impl Condition {
    pub(super) fn new(sql: &str) -> Self {
        Self { sql: sql.to_owned(), values: Vec::new() }
    }

    /// Adds `AND (…)` for a filter, or for more than it where it asks about addresses.
    pub(super) fn and_filter(&mut self, filter: &Filter) {
        self.sql.push_str(" AND ");
        self.filter(filter, false);
    }

    /// Adds SQL with a place for a number at its end.
    pub(super) fn and_integer(&mut self, sql: &str, value: i64) {
        self.sql.push_str(sql);
        self.integer(value);
    }

    pub(super) fn statement(self) -> Statement {
        self.values.into_iter().fold(Statement::new(self.sql), |statement, value| match value {
            Bound::Text(text) => statement.text(text),
            Bound::Integer(integer) => statement.integer(integer),
        })
    }

    /// `negated` says that what is not known must count as not holding, which SQL does by itself only
    /// where nothing is negated.
    fn filter(&mut self, filter: &Filter, negated: bool) {
        match filter {
            Filter::All(parts) => self.joined(parts, " AND ", "TRUE", negated),
            Filter::Any(parts) => self.joined(parts, " OR ", "FALSE", negated),
            Filter::Not(part) if part.fields().contains(&Field::Ip) => self.sql.push_str("TRUE"),
            Filter::Not(part) => {
                self.sql.push_str("NOT ");
                self.filter(part, true);
            }
            Filter::Term(term) if negated => {
                self.sql.push_str("COALESCE(");
                self.term(term);
                self.sql.push_str(", FALSE)");
            }
            Filter::Term(term) => self.term(term),
        }
    }

    fn joined(&mut self, parts: &[Filter], with: &str, nothing: &str, negated: bool) {
        self.sql.push('(');
        for (place, part) in parts.iter().enumerate() {
            if place > 0 {
                self.sql.push_str(with);
            }
            self.filter(part, negated);
        }
        if parts.is_empty() {
            self.sql.push_str(nothing);
        }
        self.sql.push(')');
    }

    fn term(&mut self, term: &Term) {
        match term {
            Term::Number { field, test } => self.number(number_column(*field), test),
            Term::Text { field, one_of } => self.one_of(text_column(*field), one_of, Self::text),
            Term::Type(tests) => self.names(tests),
            Term::Ip(_) => self.sql.push_str("TRUE"),
        }
    }

    fn number(&mut self, column: &str, test: &NumberTest) {
        let mut compare = |comparison: &str, value: i64| {
            self.and_integer(&[column, comparison, ""].join(" "), value);
        };
        match test {
            NumberTest::OneOf(numbers) => self.one_of(column, numbers, |sql, number| sql.integer(*number)),
            NumberTest::AtLeast(least) => compare(">=", *least),
            NumberTest::Above(below) => compare(">", *below),
            NumberTest::AtMost(most) => compare("<=", *most),
            NumberTest::Below(above) => compare("<", *above),
            NumberTest::Between(first, last) => {
                self.sql.push('(');
                self.and_integer(&format!("{column} >= "), *first);
                self.and_integer(&format!(" AND {column} <= "), *last);
                self.sql.push(')');
            }
        }
    }

    fn names(&mut self, tests: &[NameTest]) {
        self.sql.push('(');
        for (place, test) in tests.iter().enumerate() {
            if place > 0 {
                self.sql.push_str(" OR ");
            }
            match test {
                NameTest::Is(name) => {
                    self.sql.push_str("h.event_type = ");
                    self.text(name);
                }
                NameTest::StartsWith(beginning) => {
                    let length = i64::try_from(beginning.chars().count()).unwrap_or(i64::MAX);
                    self.and_integer("substr(h.event_type, 1, CAST(", length);
                    self.sql.push_str(" AS integer)) = ");
                    self.text(beginning);
                }
            }
        }
        self.sql.push(')');
    }

    fn one_of<T>(&mut self, column: &str, values: &[T], bind: impl Fn(&mut Self, &T)) {
        self.sql.push_str(column);
        self.sql.push_str(" IN (");
        for (place, value) in values.iter().enumerate() {
            if place > 0 {
                self.sql.push_str(", ");
            }
            bind(self, value);
        }
        self.sql.push(')');
    }

    #[expect(clippy::ptr_arg, reason = "as `one_of` hands it over")]
    fn text(&mut self, text: &String) {
        self.values.push(Bound::Text(text.clone()));
        self.place();
    }

    fn integer(&mut self, integer: i64) {
        self.values.push(Bound::Integer(integer));
        self.place();
    }

    fn place(&mut self) {
        self.sql.push('$');
        self.sql.push_str(&self.values.len().to_string());
    }
}

fn number_column(field: NumberField) -> &'static str {
    match field {
        NumberField::Index => "h.idx",
        NumberField::At => "h.at",
        NumberField::Sequence => "h.sequence",
    }
}

fn text_column(field: TextField) -> &'static str {
    match field {
        TextField::Account => "h.account",
        TextField::SignIn => "h.sign_in",
        TextField::Session => "h.session",
        TextField::Client => "h.client",
        TextField::Stream => "h.stream",
        TextField::Actor => "h.actor",
        TextField::RequestId => "h.request_id",
        TextField::Outcome => "h.outcome",
        TextField::Factor => "h.factor",
    }
}
