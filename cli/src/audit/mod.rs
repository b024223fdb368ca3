//! `countersign audit`: read what happened, while a server runs or none does.
//!
//! | file | what is in it |
//! |---|---|
//! | `arguments` | what can be typed |
//! | `moment` | moments, and places in the past, as they are typed |
//! | `events` | pages of events by filter, one after the other |
//! | `export` | events by filter into a file, with a signed manifest |
//! | `page` | a page as a table, or as JSON |
//! | `replay` | a sign-in, or an account, step by step |
//! | `changes` | where two states differ |
//! | `state` | what an account amounted to |
//! | `tail` | events as they come |
//! | `stats` | counts |
//! | `lines` | stdout, until its reader has had enough |

mod arguments;
mod changes;
mod events;
mod export;
mod lines;
mod moment;
mod page;
mod replay;
mod state;
mod stats;
mod tail;

use countersign_service::context::Context;
use countersign_service::error::ServiceError;
use countersign_service::flow::Reader;

pub(crate) use self::arguments::Audit;
use crate::failure::Failure;
use crate::settings::Settings;
use crate::wiring;

/// Runs a command of `countersign audit`.
pub(crate) async fn audit(settings: Settings, command: &Audit) -> Result<(), Failure> {
    let service = wiring::operators_service(&settings).await?;
    match command {
        Audit::Events(asked) => events::events(&service, asked).await?,
        Audit::Tail(asked) => tail::tail(&service, asked).await?,
        Audit::Stats(asked) => stats::stats(&service, asked).await?,
        Audit::Export(asked) => export::export(&service, asked).await?,
        Audit::Replay { of, output } => replay::replay(&service, of, *output).await?,
        Audit::State { account, as_of } => state::state(&service, *account, *as_of).await?,
    }
    service.finish().await;
    Ok(())
}

/// Who reads at the command line: an operator, whose reads are no events.
fn reader(may_open: bool) -> Reader {
    Reader { context: Context::operator(), may_open }
}

/// Says what there is none of, where that is why something failed.
fn no(what: &str) -> impl FnOnce(ServiceError) -> Failure {
    move |error| match error {
        ServiceError::NotFound => Failure::failed(format_args!("there is no such {what}")),
        other => other.into(),
    }
}
