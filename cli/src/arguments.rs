//! What can be typed.

use std::path::PathBuf;

use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use crate::audit::Audit;
use crate::ledger::Ledger;
use crate::projections::Projections;
use crate::settings::Overrides;

/// Countersign: an authentication service that keeps every fact about signing in as an event.
///
/// Exit codes: 0 ok, 1 failed, 2 usage or settings, 4 integrity broken, 6 unreachable.
#[derive(Debug, Parser)]
#[command(name = "countersign", version)]
pub struct Arguments {
    /// A settings file; `countersign.toml` in this folder is read if there is one.
    #[arg(long, global = true)]
    pub(crate) config: Option<PathBuf>,

    /// The database: `sqlite://path` or `postgres://…`.
    #[arg(long, global = true)]
    database_url: Option<String>,

    /// The folder for the database file, the key and the mailbox, unless they are set.
    #[arg(long, global = true)]
    data_dir: Option<PathBuf>,

    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serve the API.
    Serve(Serve),
    /// Play the whole flow against a service of its own, and print the history.
    Demo,
    /// Bring the database to the newest migration.
    Migrate,
    /// Look at an account, suspend, reinstate, recover or close it.
    #[command(subcommand)]
    Account(Account),
    /// Give a client a key, list who has one, or revoke it.
    #[command(subcommand)]
    Client(Client),
    /// Read what happened: events by filter, a sign-in or an account step by step, an account as it was.
    #[command(subcommand)]
    Audit(Audit),
    /// See how far the read models have read, make them anew, or check them.
    #[command(subcommand)]
    Projections(Projections),
    /// See the ledger's signed head, verify everything, print a receipt, or name the ledger anew.
    #[command(subcommand)]
    Ledger(Ledger),
    /// Print completions for a shell.
    Completions {
        /// The shell.
        shell: Shell,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// For development: no client keys, a mailbox page, only on this machine.
    #[arg(long)]
    dev: bool,

    /// Refuse a database that is set so that acknowledged events can be lost, instead of saying so.
    #[arg(long)]
    strict: bool,

    /// Where to listen.
    #[arg(long)]
    listen: Option<String>,

    /// Where to listen for operators.
    #[arg(long)]
    ops_listen: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Account {
    /// Show an account and its history.
    Show {
        /// Its id, or its e-mail address.
        account: String,
    },
    /// Shut an account until further notice.
    Suspend {
        /// Its id, or its e-mail address.
        account: String,
        /// Why.
        #[arg(long)]
        reason: String,
    },
    /// Open a suspended account again.
    Reinstate {
        /// Its id, or its e-mail address.
        account: String,
    },
    /// Have a code made, and shown once, with which somebody who lost the way in recovers an account after 72 hours;
    /// its person is told by mail and can cancel it.
    Recover {
        /// Its id, or its e-mail address.
        account: String,
        /// Why: how you know who it is.
        #[arg(long, required_unless_present = "cancel")]
        reason: Option<String>,
        /// The address that the account gets with the code, for somebody who lost the mailbox.
        #[arg(long, value_name = "ADDRESS", conflicts_with = "cancel")]
        email: Option<String>,
        /// Cancel the code that was made last instead.
        #[arg(long, conflicts_with = "reason")]
        cancel: bool,
    },
    /// End an account; its address becomes free.
    Close {
        /// Its id, or its e-mail address.
        account: String,
        /// Why.
        #[arg(long)]
        reason: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Client {
    /// Add a client, and show its key once.
    Add {
        /// What it is called.
        name: String,
        /// What it may do.
        #[arg(long, value_enum, default_value_t = ClientRole::Client)]
        role: ClientRole,
        /// The key is good for so many days; for ever, if nothing is said.
        #[arg(long, value_name = "DAYS")]
        expires_in_days: Option<u16>,
    },
    /// Give a client a new key, and show it once; the one before is accepted beside it for a while.
    Rotate {
        /// Its id.
        client: String,
        /// For how many hours the key before is still accepted.
        #[arg(long, value_name = "HOURS", default_value_t = 24)]
        overlap_hours: u16,
        /// The new key is good for so many days; for ever, if nothing is said.
        #[arg(long, value_name = "DAYS")]
        expires_in_days: Option<u16>,
        /// End the older of two keys that are accepted, although the hours that are asked for are not over.
        #[arg(long)]
        force: bool,
    },
    /// List every client that was ever given a key.
    List,
    /// Accept a client's key no more.
    Revoke {
        /// Its id.
        client: String,
    },
}

/// What a client may do.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum ClientRole {
    /// Sign people in.
    Client,
    /// Read what happened; personal values stay sealed.
    Auditor,
    /// Read what happened, personal values too.
    Operator,
}

impl Arguments {
    /// The settings that were typed.
    pub(crate) fn overrides(&self) -> Overrides {
        let mut overrides = Overrides::default();
        overrides.set("database_url", self.database_url.clone());
        overrides.set("data_dir", self.data_dir.as_ref().map(|path| path.display().to_string()));
        if let Command::Serve(serve) = &self.command {
            overrides.set("listen", serve.listen.clone());
            overrides.set("ops_listen", serve.ops_listen.clone());
            overrides.dev = serve.dev;
            overrides.strict = serve.strict;
        }
        overrides
    }
}

/// Prints completions on stdout.
pub(crate) fn completions(shell: Shell) {
    clap_complete::generate(shell, &mut Arguments::command(), "countersign", &mut std::io::stdout());
}
