//! `countersign audit tail`: events as they come.

use std::io::{IsTerminal, Write};

use countersign_api::audit_event;
use countersign_projections::read_model::Model;
use countersign_service::Service;
use countersign_stores::audit::AuditEvent;
use tokio::signal::ctrl_c;

use super::arguments::{Tail, TailFormat};
use super::lines::Lines;
use super::{events, page, reader};
use crate::failure::Failure;
use crate::projections;

/// Prints events as the history takes them, until somebody stops it or nobody reads any more.
pub(super) async fn tail(service: &Service, asked: &Tail) -> Result<(), Failure> {
    let words = asked.filter.clone().unwrap_or_default();
    let filter = events::filter(&words)?;
    projections::note_lag(service.store(), Model::History).await?;
    let mut tail = service.audit_tail(&reader(asked.open), filter, words, asked.after).await?;
    let mut lines = Lines::new();
    while lines.is_wanted() {
        let event = tokio::select! {
            event = tail.next() => event.ok_or_else(|| Failure::failed("the tail ended"))?,
            _ = ctrl_c() => break,
        };
        lines.line(&line(&event, asked.output))?;
        lines.flush()?;
    }
    Ok(())
}

fn line(event: &AuditEvent, format: Option<TailFormat>) -> String {
    let usual = if std::io::stdout().is_terminal() { TailFormat::Text } else { TailFormat::Jsonl };
    match format.unwrap_or(usual) {
        TailFormat::Text => page::row(event).join("  ").trim_end().to_owned(),
        TailFormat::Jsonl => audit_event(event).to_string(),
    }
}
