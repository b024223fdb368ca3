//! The forms that an export comes in.

use std::fmt;
use std::str::FromStr;

/// The form of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// One event a line, as the API has it.
    Jsonl,
    /// Comma-separated values (RFC 4180) with a line of names.
    Csv,
    /// Parquet, a column a field, for `DuckDB`, Spark and the like.
    Parquet,
    /// One event a line in the Open Cybersecurity Schema Framework, without those that it has no class for.
    Ocsf,
}

/// A word that is no format's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownFormat;

impl Format {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Jsonl, Self::Csv, Self::Parquet, Self::Ocsf];

    /// The word that asks for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Jsonl => "jsonl",
            Self::Csv => "csv",
            Self::Parquet => "parquet",
            Self::Ocsf => "ocsf",
        }
    }

    /// What its file is called.
    pub const fn file_name(self) -> &'static str {
        match self {
            Self::Jsonl => "events.jsonl",
            Self::Csv => "events.csv",
            Self::Parquet => "events.parquet",
            Self::Ocsf => "events.ocsf.jsonl",
        }
    }

    /// What HTTP calls it.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Jsonl | Self::Ocsf => "application/jsonl",
            Self::Csv => "text/csv; charset=utf-8; header=present",
            Self::Parquet => "application/vnd.apache.parquet",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(text: &str) -> Result<Self, UnknownFormat> {
        Self::ALL.into_iter().find(|format| format.word() == text).ok_or(UnknownFormat)
    }
}

impl fmt::Display for UnknownFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected one of {}", Format::ALL.map(Format::word).join(", "))
    }
}

impl std::error::Error for UnknownFormat {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_is_read_from_the_word_that_it_is_written_as() {
        for format in Format::ALL {
            assert_eq!(format.to_string().parse(), Ok(format));
        }
    }

    #[test]
    fn another_word_is_no_format_and_the_formats_are_named() {
        let error = "JSONL".parse::<Format>().unwrap_err();
        assert_eq!(error.to_string(), "expected one of jsonl, csv, parquet, ocsf");
    }
}
