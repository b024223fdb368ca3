//! From a text to a filter, by recursive descent: one function for each rule of the grammar.

use super::values::Cursor;
use super::{FILTER_CHARS_MOST, Field, Filter, FilterError, NESTING_MOST, TERMS_MOST, Term};

/// What is expected where a term could begin and does not.
const ONE: &str = "a term like account:acc_1, not, or a parenthesis";

/// Reads a filter; the empty text asks for everything.
///
/// Its canonical text, which it is written as, is read as the same filter.
pub fn parse(text: &str) -> Result<Filter, FilterError> {
    if text.chars().nth(FILTER_CHARS_MOST).is_some() {
        let expected = format!("the end after at most {FILTER_CHARS_MOST} characters");
        return Err(FilterError::at(FILTER_CHARS_MOST + 1, expected));
    }
    if let Some(place) = text.chars().position(|char| char == '\0') {
        // PostgreSQL has no text with it, and would fail instead of finding nothing.
        return Err(FilterError::at(place + 1, "no character U+0000"));
    }
    let mut parser = Parser { cursor: Cursor::new(text), terms: 0, nesting: 0 };
    let filter = parser.filter()?;
    if filter.to_string().chars().nth(FILTER_CHARS_MOST).is_some() {
        let expected =
            format!("a filter of at most {FILTER_CHARS_MOST} characters when it is written in full");
        return Err(FilterError::at(1, expected));
    }
    Ok(filter)
}

/// Where reading has come to.
struct Parser<'a> {
    cursor: Cursor<'a>,
    /// How many terms were read.
    terms: usize,
    /// In how many parentheses and negations the cursor is.
    nesting: usize,
}

impl Parser<'_> {
    fn filter(&mut self) -> Result<Filter, FilterError> {
        self.cursor.skip_space();
        if self.cursor.peek().is_none() {
            return Ok(Filter::everything());
        }
        let filter = self.any()?;
        match self.cursor.peek() {
            None => Ok(filter),
            Some(_) => Err(self.error("the end, as no parenthesis is open here")),
        }
    }

    fn any(&mut self) -> Result<Filter, FilterError> {
        let mut filter = self.all()?;
        while self.keyword("or") {
            filter = filter.or(self.all()?);
        }
        Ok(filter)
    }

    fn all(&mut self) -> Result<Filter, FilterError> {
        let mut filter = self.one()?;
        while self.keyword("and") || self.is_before_one() {
            filter = filter.and(self.one()?);
        }
        Ok(filter)
    }

    fn one(&mut self) -> Result<Filter, FilterError> {
        self.cursor.skip_space();
        if self.is_before_keyword("not") {
            return self.nested(Self::negation);
        }
        if self.cursor.peek() == Some('(') {
            return self.nested(Self::group);
        }
        let is_negated = self.cursor.eat("-");
        let term = Filter::Term(self.term()?);
        Ok(if is_negated { Filter::Not(Box::new(term)) } else { term })
    }

    /// One level deeper, which bounds the recursion.
    fn nested(&mut self, rule: fn(&mut Self) -> Result<Filter, FilterError>) -> Result<Filter, FilterError> {
        if self.nesting == NESTING_MOST {
            return Err(self.error(format!("at most {NESTING_MOST} parentheses and nots in one another")));
        }
        self.nesting += 1;
        let filter = rule(self)?;
        self.nesting -= 1;
        Ok(filter)
    }

    fn negation(&mut self) -> Result<Filter, FilterError> {
        self.keyword("not");
        Ok(Filter::Not(Box::new(self.one()?)))
    }

    fn group(&mut self) -> Result<Filter, FilterError> {
        self.cursor.eat("(");
        let filter = self.any()?;
        if self.cursor.eat(")") { Ok(filter) } else { Err(self.error("a closing parenthesis")) }
    }

    fn term(&mut self) -> Result<Term, FilterError> {
        let column = self.cursor.column;
        let name = self.cursor.word();
        if name.is_empty() || !self.cursor.eat(":") {
            return Err(FilterError::at(column, ONE));
        }
        if self.terms == TERMS_MOST {
            return Err(FilterError::at(column, format!("at most {TERMS_MOST} terms")));
        }
        self.terms += 1;
        let field = Field::named(name).ok_or_else(|| FilterError::at(column, a_field(name)))?;
        let column = self.cursor.column;
        let values = self.cursor.values()?;
        if self.cursor.peek().is_some_and(|char| char != ')' && !char.is_whitespace()) {
            return Err(self.error("a space after the value (or quote all of it)"));
        }
        Term::of(field, values, column)
    }

    /// Takes a keyword if it is next.
    fn keyword(&mut self, keyword: &str) -> bool {
        self.cursor.skip_space();
        let is_next = self.is_before_keyword(keyword);
        if is_next {
            self.cursor.word();
        }
        is_next
    }

    fn is_before_keyword(&self, keyword: &str) -> bool {
        let mut ahead = self.cursor;
        ahead.word().eq_ignore_ascii_case(keyword) && ahead.peek() != Some(':')
    }

    /// Whether there is more, and it does not belong to a rule further out.
    fn is_before_one(&self) -> bool {
        self.cursor.peek().is_some_and(|char| char != ')') && !self.is_before_keyword("or")
    }

    fn error(&self, expected: impl Into<String>) -> FilterError {
        FilterError::at(self.cursor.column, expected)
    }
}

/// What is expected in place of a name that is no field's.
fn a_field(name: &str) -> String {
    let all = Field::ALL.map(Field::name).join(", ");
    match Field::nearest(name) {
        Some(meant) => format!("a field, perhaps {}; the fields are {all}", meant.name()),
        None => format!("a field; the fields are {all}"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::VALUES_MOST;
    use super::*;

    fn error(text: &str) -> FilterError {
        parse(text).unwrap_err()
    }

    #[test]
    fn a_filter_has_only_so_many_characters() {
        let value = "ä".repeat(FILTER_CHARS_MOST - "account:".len());
        assert!(parse(&format!("account:{value}")).is_ok());
        assert_eq!(error(&format!("account:{value}x")).column, FILTER_CHARS_MOST + 1);
    }

    #[test]
    fn a_filter_whose_canonical_text_is_too_long_is_refused() {
        let value = "a".repeat(FILTER_CHARS_MOST - "not(account: or ip:::1)".len());
        let error = error(&format!("not(account:{value} or ip:::1)"));
        assert_eq!(error.column, 1);
        assert!(error.expected.ends_with("characters when it is written in full"), "{error}");
    }

    #[test]
    fn a_filter_has_only_so_many_terms() {
        let most = "ip:::1 ".repeat(TERMS_MOST);
        assert!(parse(&most).is_ok());
        assert_eq!(error(&format!("{most}ip:::1")), FilterError::at(most.len() + 1, "at most 50 terms"));
    }

    #[test]
    fn a_term_has_only_so_many_values() {
        let most = format!("index:{}1", "1,".repeat(VALUES_MOST - 1));
        assert!(parse(&most).is_ok());
        assert_eq!(
            error(&format!("{most},1")),
            FilterError::at(most.len() + 2, "at most 100 values in a term")
        );
    }

    #[test]
    fn parentheses_and_nots_stand_only_so_deep_in_one_another() {
        let expected = "at most 16 parentheses and nots in one another";
        for (open, close) in [("(", ")"), ("not ", "")] {
            let nested = |depth| format!("{}ip:::1{}", open.repeat(depth), close.repeat(depth));
            assert!(parse(&nested(NESTING_MOST)).is_ok(), "{open}");
            assert_eq!(
                error(&nested(NESTING_MOST + 1)),
                FilterError::at(open.len() * NESTING_MOST + 1, expected)
            );
        }
        let beside = "(not ip:::1) ".repeat(NESTING_MOST + 1);
        assert!(parse(&beside).is_ok(), "one beside another is not deeper");
    }
}
