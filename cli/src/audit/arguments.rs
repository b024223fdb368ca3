//! What can be typed behind `countersign audit`.

use std::path::PathBuf;

use clap::builder::RangedU64ValueParser;
use clap::{Args, Subcommand, ValueEnum};
use countersign_domain::id::AccountId;
use countersign_domain::time::Timestamp;
use countersign_service::flow::AsOf;

use super::moment::{as_of, moment};

#[derive(Debug, Subcommand)]
pub(crate) enum Audit {
    /// Print events by filter, the newest first.
    Events(Events),
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
    #[arg(short, long, value_enum)]
    pub(super) output: Option<Format>,
}

#[derive(Debug, Args)]
pub(crate) struct Export {
    #[command(flatten)]
    pub(super) which: Which,
    /// The folder to write into.
    #[arg(long, value_name = "FOLDER")]
    pub(super) into: PathBuf,
    /// What to write.
    #[arg(long, value_enum, default_value_t = ExportFormat::Jsonl)]
    pub(super) format: ExportFormat,
}

/// How events are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExportFormat {
    /// One event a line, as the API has it.
    Jsonl,
    /// Comma-separated values (RFC 4180) with a line of names.
    Csv,
}

/// How events are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// A table a page.
    Table,
    /// One array.
    Json,
    /// One event a line.
    Jsonl,
}

/// How a replay is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReplayFormat {
    /// A row a step, with long values cut short.
    Table,
    /// One object, with everything.
    Json,
}
