//! What can be typed behind `countersign audit`.

use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, RangedU64ValueParser, TypedValueParser};
use clap::{Args, Subcommand, ValueEnum};
use countersign_api::export;
use countersign_domain::id::AccountId;
use countersign_domain::time::Timestamp;
use countersign_service::flow::{AsOf, Bucket, SummaryBy};

use super::moment::{as_of, moment};

#[derive(Debug, Subcommand)]
pub(crate) enum Audit {
    /// Print events by filter, the newest first.
    Events(Events),
    /// Print events as they come, until it is stopped.
    Tail(Tail),
    /// Print how often what came of trying to sign in.
    Stats(Stats),
    /// Write events by filter into a file, the oldest first, with a signed manifest beside it.
    Export(Export),
    /// Print a sign-in or an account step by step, with what each step changed.
    Replay {
        /// The id of a sign-in (`si_…`) or of an account (`acc_…`).
        of: String,
        /// How to print it; a table unless something else is said.
        #[arg(short, long, value_enum, default_value_t = ReplayFormat::Table)]
        output: ReplayFormat,
    },
    /// Print what an account amounted to, as JSON; what is personal stays sealed.
    State {
        /// Its id.
        account: AccountId,
        /// Up to an index of the ledger, or up to a moment; up to now unless something is said.
        #[arg(long, value_name = "INDEX|TIME", value_parser = as_of)]
        as_of: Option<AsOf>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Which {
    /// Which events, like `type:backup_code.* -outcome:accepted`; all of them unless something is said.
    ///
    /// Where it begins with a minus, put it behind `--`.
    pub(super) filter: Option<String>,
    /// Not before this moment: `2026-01-31T08:15:00.000Z`, or a date, which means its midnight in UTC.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub(super) from: Option<Timestamp>,
    /// Before this moment.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub(super) to: Option<Timestamp>,
    /// Only those that are about this account.
    #[arg(long, value_name = "ID")]
    pub(super) account: Option<AccountId>,
    /// So many at most.
    #[arg(long, value_name = "N", value_parser = RangedU64ValueParser::<u64>::new().range(1..))]
    pub(super) limit: Option<u64>,
    /// Open where the person was, and what they used.
    #[arg(long)]
    pub(super) open: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Events {
    #[command(flatten)]
    pub(super) which: Which,
    /// The oldest first.
    #[arg(long)]
    pub(super) oldest: bool,
    /// Only those behind this index, in the order in which they come.
    #[arg(long, value_name = "INDEX")]
    pub(super) after: Option<u64>,
    /// How to print them; a table on a terminal and JSON lines elsewhere unless something is said.
    #[arg(short, long, value_parser = named(Format::ALL, Format::word))]
    pub(super) output: Option<Format>,
}

#[derive(Debug, Args)]
pub(crate) struct Export {
    #[command(flatten)]
    pub(super) which: Which,
    /// The folder to write into.
    #[arg(long, value_name = "FOLDER")]
    pub(super) into: PathBuf,
    /// What to write: JSON lines as the API has them, CSV (RFC 4180), Parquet with a column a field, or OCSF without
    /// the events that it has no class for.
    #[arg(long, value_parser = named(export::Format::ALL, export::Format::word), default_value_t = export::Format::Jsonl)]
    pub(super) format: export::Format,
}

#[derive(Debug, Args)]
pub(crate) struct Tail {
    /// Which events, as in `audit events`.
    pub(super) filter: Option<String>,
    /// From behind this index on; from now on unless it is said.
    #[arg(long, value_name = "INDEX")]
    pub(super) after: Option<u64>,
    /// Open where the person was, and what they used.
    #[arg(long)]
    pub(super) open: bool,
    /// How to print them; text on a terminal and JSON lines elsewhere unless something is said.
    #[arg(short, long, value_enum)]
    pub(super) output: Option<TailFormat>,
}

#[derive(Debug, Args)]
pub(crate) struct Stats {
    /// Not before the hour of this moment.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub(super) from: Option<Timestamp>,
    /// Before this moment.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub(super) to: Option<Timestamp>,
    /// How long a time is counted together.
    #[arg(long, value_parser = named(Bucket::ALL, Bucket::word), default_value = "all")]
    pub(super) bucket: Bucket,
    /// What is told apart, with commas between.
    #[arg(
        long,
        value_delimiter = ',',
        value_parser = named(SummaryBy::ALL, SummaryBy::word),
        default_value = "outcome,factor"
    )]
    pub(super) by: Vec<SummaryBy>,
    /// How to print them; a table unless something else is said.
    #[arg(short, long, value_enum, default_value_t = ReplayFormat::Table)]
    pub(super) output: ReplayFormat,
}

/// How events are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// A table a page.
    Table,
    /// One array.
    Json,
    /// As an export has them.
    As(export::Format),
}

/// How events are printed as they come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TailFormat {
    /// A line an event, for people.
    Text,
    /// One object a line.
    Jsonl,
}

impl Format {
    const ALL: [Self; 6] = [
        Self::Table,
        Self::Json,
        Self::As(export::Format::Jsonl),
        Self::As(export::Format::Csv),
        Self::As(export::Format::Parquet),
        Self::As(export::Format::Ocsf),
    ];

    fn word(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Json => "json",
            Self::As(format) => format.word(),
        }
    }
}

/// Reads one of some values by its word.
fn named<T, const N: usize>(values: [T; N], word: fn(T) -> &'static str) -> impl TypedValueParser<Value = T>
where
    T: Copy + Send + Sync + 'static,
{
    PossibleValuesParser::new(values.map(word))
        .try_map(move |typed| values.into_iter().find(|value| word(*value) == typed).ok_or("not one of them"))
}

/// How a replay is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReplayFormat {
    /// A row a step, with long values cut short.
    Table,
    /// One object, with everything.
    Json,
}
