//! The one grammar in which auditors ask for events: of the API's `q`, the command line and the page.
//!
//! ```text
//! filter  = [ any ]                            nothing at all asks for everything
//! any     = all { "or" all }
//! all     = one { [ "and" ] one }              a space means "and"
//! one     = "not" one | "(" any ")" | [ "-" ] term
//! term    = field ":" values
//! values  = value { "," value }                any of them
//!         | ( ">=" | ">" | "<=" | "<" ) value  index, sequence and at only
//!         | value ".." value                   the same; both ends belong to it
//! value   = bare | '"' { any character; \" and \\ for " and \ } '"'
//! ```
//!
//! | field | its values |
//! |---|---|
//! | `index`, `sequence` | whole numbers |
//! | `at` | UTC times like `2026-01-31T08:15:00.000Z`, or dates, which mean their midnight |
//! | `type` | stored names of events, or the beginning of some: `sign_in.*` |
//! | `ip` | addresses, or blocks of them: `10.0.0.0/8` |
//! | all others | texts |
//!
//! [`parse`] reads a text, [`Filter`] is what it means; written out, a filter is its canonical text.

mod error;
mod field;
mod holds;
mod meaning;
mod moment;
mod network;
mod parser;
mod term;
mod typed;
mod values;
mod written;

pub use error::FilterError;
pub use field::{Field, NumberField, TextField};
pub use holds::FieldValue;
pub use meaning::Filter;
pub use network::{InvalidNetwork, Network};
pub use parser::parse;
pub use term::{NameTest, NumberTest, Term};

/// How many characters a filter has at most, as it is given and in its canonical text.
pub const FILTER_CHARS_MOST: usize = 1_000;
/// How many terms a filter has at most.
pub const TERMS_MOST: usize = 50;
/// How many values a term has at most.
pub const VALUES_MOST: usize = 100;
/// How deep parentheses and `not` stand in one another at most.
pub const NESTING_MOST: usize = 16;
