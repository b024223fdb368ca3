//! `countersign audit events`: pages of events by filter, one after the other.

use std::io::IsTerminal;

use countersign_api::export;
use countersign_projections::filter::{Filter, FilterError, parse};
use countersign_projections::read_model::Model;
use countersign_service::Service;
use countersign_stores::audit::{LIMIT_MOST, Order, PageQuery};

use super::arguments::{Events, Format, Which};
use super::page::Pages;
use super::reader;
use crate::failure::Failure;
use crate::projections;

/// Prints what is asked for: never more than a page of it is in memory.
pub(super) async fn events(service: &Service, asked: &Events) -> Result<(), Failure> {
    let mut query = query(&asked.which)?;
    query.order = if asked.oldest { Order::Oldest } else { Order::Newest };
    query.after = asked.after;
    projections::note_lag(service.store(), Model::History).await?;
    let (reader, words) = (reader(asked.which.open), asked.which.filter.clone().unwrap_or_default());
    let mut pages = Pages::begin(format(asked.output), asked.which.open)?;
    let mut left = asked.which.limit.unwrap_or(u64::MAX);
    while left > 0 && pages.are_wanted() {
        query.limit = u32::try_from(left).unwrap_or(LIMIT_MOST).min(LIMIT_MOST);
        let page = service.audit_page(&reader, query.clone(), words.clone()).await?;
        left = left.saturating_sub(u64::try_from(page.events.len()).unwrap_or(u64::MAX));
        pages.print(&page.events)?;
        let Some(next) = page.next else { break };
        query.after = Some(next);
    }
    pages.end()
}

/// What was typed, as a query for pages, the oldest first.
pub(super) fn query(asked: &Which) -> Result<PageQuery, Failure> {
    let filter = filter(asked.filter.as_deref().unwrap_or_default())?.and(Filter::of_account(asked.account));
    Ok(PageQuery { from: asked.from, to: asked.to, open: asked.open, ..PageQuery::of(filter) })
}

fn format(asked: Option<Format>) -> Format {
    let usual =
        if std::io::stdout().is_terminal() { Format::Table } else { Format::As(export::Format::Jsonl) };
    asked.unwrap_or(usual)
}

/// The filter that was typed.
pub(super) fn filter(typed: &str) -> Result<Filter, Failure> {
    parse(typed).map_err(|error| Failure::Usage(pointed_at(typed, &error)))
}

/// What is wrong with a filter, the filter, and a caret under where it is wrong.
fn pointed_at(typed: &str, error: &FilterError) -> String {
    // One column a character, whatever was typed.
    let shown: String = typed.chars().map(|char| if char.is_control() { ' ' } else { char }).collect();
    let caret = " ".repeat(error.column.saturating_sub(1));
    format!("the filter is wrong at {error}\n  {shown}\n  {caret}^")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caret_stands_under_where_a_filter_is_wrong() {
        let typed = "type:x\tacount:y";
        let told = pointed_at(typed, &parse(typed).unwrap_err());
        let (says, shows) = told.split_once('\n').unwrap();
        assert!(says.starts_with("the filter is wrong at column 8: expected "), "{says}");
        assert_eq!(shows, "  type:x acount:y\n         ^");
    }
}
