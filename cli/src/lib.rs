//! The command line: settings, wiring, and one file a command.
//!
//! | room | what is in it |
//! |---|---|
//! | [`Arguments`] | what can be typed |
//! | [`settings`] | one struct, read once, all errors together |
//! | [`wiring`] | from settings to a running service |
//! | `serve`, `demo`, `migrate`, `account`, `client`, `audit`, `projections` | the commands |
//! | `durability` | what the database is set to, said at the start or refused |
//! | `failure` | exit codes |
//! | `log` | where the log goes, without making anybody wait |
//!
//! Data goes to stdout, everything else to stderr.

mod account;
mod arguments;
mod audit;
mod bar;
mod client;
mod demo;
mod durability;
mod failure;
mod history;
mod ledger;
mod log;
mod migrate;
mod print;
mod projections;
mod serve;
pub mod settings;
pub mod wiring;

use std::process::ExitCode;

pub use arguments::Arguments;
use arguments::Command;
use failure::Failure;
use settings::Settings;

/// Runs a command, says on stderr why it failed, and gives the exit code.
pub async fn run(arguments: Arguments) -> ExitCode {
    // The provider can only be installed once in a process; a second try finds what the first one set.
    if rustls::crypto::ring::default_provider().install_default().is_err() {
        tracing::debug!("a TLS provider is installed already");
    }
    match execute(arguments).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            print::note(&failure.to_string());
            failure.exit_code()
        }
    }
}

async fn execute(arguments: Arguments) -> Result<(), Failure> {
    let settings = || {
        Settings::read(&arguments.overrides(), &settings::Sources::of_process(arguments.config.as_deref()))
    };
    match &arguments.command {
        Command::Serve(_) => serve::serve(settings()?).await,
        Command::Demo => demo::demo().await,
        Command::Migrate => migrate::migrate(settings()?).await,
        Command::Account(command) => account::account(settings()?, command).await,
        Command::Client(command) => client::client(settings()?, command).await,
        Command::Audit(command) => audit::audit(settings()?, command).await,
        Command::Projections(command) => projections::projections(settings()?, command).await,
        Command::Ledger(command) => ledger::ledger(settings()?, command).await,
        Command::Completions { shell } => {
            arguments::completions(*shell);
            Ok(())
        }
    }
}
