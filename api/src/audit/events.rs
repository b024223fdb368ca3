//! `/v1/audit/events`: pages by filter, and one event.

use axum::Json;
use axum::extract::{Path, State};
use countersign_domain::id::AccountId;
use countersign_domain::time::Timestamp;
use countersign_projections::filter::{Field, Filter, Term, TextField};
use countersign_service::flow::Reader;
use countersign_stores::audit::{Order, PageQuery};
use serde_json::{Value, json};

use super::body;
use super::words::{Index, Limit, OrderWord, TypedFilter, Version};
use crate::extract::{Auditor, Fields, QueryFields};
use crate::problem::Problem;
use crate::problem_code::ProblemCode;
use crate::state::Api;

/// Events of a page that says nothing else.
const LIMIT_DEFAULT: u32 = 50;

/// `GET /v1/audit/events`.
pub(crate) async fn page(
    State(api): State<Api>,
    Auditor(reader): Auditor,
    QueryFields(mut fields): QueryFields,
) -> Result<Json<Value>, Problem> {
    let wait = fields.optional::<Version>("wait_for");
    let (query, asked) = read(fields, &reader)?;
    if let Some(Version(wait)) = wait {
        api.service.wait_for(wait).await?;
    }
    let page = api.service.audit_page(&reader, query, asked).await?;
    let data: Vec<_> = page.events.iter().map(body::event).collect();
    Ok(Json(json!({ "data": data, "next": page.next.map(|next| next.to_string()) })))
}

/// `GET /v1/audit/events/{index}`.
pub(crate) async fn show(
    State(api): State<Api>,
    Auditor(reader): Auditor,
    Path(index): Path<String>,
) -> Result<Json<Value>, Problem> {
    let Index(index) = index.parse().map_err(|_| Problem::new(ProblemCode::NotFound))?;
    Ok(Json(body::event(&api.service.audit_event(&reader, index).await?)))
}

/// The page that is asked for, and the words that it was asked for in.
fn read(mut fields: Fields, reader: &Reader) -> Result<(PageQuery, String), Problem> {
    let typed = fields.optional::<TypedFilter>("q");
    let account = fields.optional::<AccountId>("account");
    let (from, to) = (fields.optional::<Timestamp>("from"), fields.optional::<Timestamp>("to"));
    let order = fields.optional::<OrderWord>("order");
    let limit = fields.optional::<Limit>("limit");
    let after = fields.optional::<Index>("after");
    let (filter, typed) = typed.map_or((Filter::everything(), String::new()), |q| (q.filter, q.typed));
    check_may_ask(&mut fields, reader, &filter);
    let asked = format!("{typed} {}", account.map(|account| account.to_string()).unwrap_or_default());
    let of_account = account.map_or(Filter::everything(), |account| {
        Filter::Term(Term::Text { field: TextField::Account, one_of: vec![account.to_string()] })
    });
    let query = PageQuery {
        filter: filter.and(of_account),
        from,
        to,
        order: order.map_or(Order::Newest, |OrderWord(order)| order),
        after: after.map(|Index(after)| after),
        limit: limit.map_or(LIMIT_DEFAULT, |Limit(limit)| limit),
        open: reader.may_open,
    };
    fields.finish(Some((query, asked.trim().to_owned())))
}

/// Refuses what the reader may not ask for.
pub(super) fn check_may_ask(fields: &mut Fields, reader: &Reader, filter: &Filter) {
    if !reader.may_open && asks_about_networks(filter) {
        fields.complain("q", "blocks of addresses can be asked for with an operator's key only");
    }
}

/// Whether it asks about more addresses at once than one: who may not open one could find it by halving.
fn asks_about_networks(filter: &Filter) -> bool {
    match filter {
        Filter::All(parts) | Filter::Any(parts) => parts.iter().any(asks_about_networks),
        Filter::Not(part) => part.fields().contains(&Field::Ip),
        Filter::Term(Term::Ip(networks)) => {
            networks.len() > 1 || networks.iter().any(|network| !network.is_one_address())
        }
        Filter::Term(_) => false,
    }
}
