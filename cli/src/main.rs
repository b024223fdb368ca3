//! The `countersign` program.

use std::process::ExitCode;

use clap::Parser;
use countersign_cli::Arguments;

#[tokio::main]
async fn main() -> ExitCode {
    countersign_cli::run(Arguments::parse()).await
}
