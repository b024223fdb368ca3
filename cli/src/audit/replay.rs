//! `countersign audit replay`: a sign-in, or an account, step by step.

use std::io::Write;

use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{ContentArrangement, Table};
use countersign_api::audit_event;
use countersign_domain::account::{Account, AccountEvent};
use countersign_domain::decider::{Decider, Recorded};
use countersign_domain::id::{AccountId, SignInId};
use countersign_projections::read_model::Model;
use countersign_service::Service;
use countersign_stores::audit::AuditEvent;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::arguments::ReplayFormat;
use super::changes::{self, Change};
use super::lines::Lines;
use super::{no, reader};
use crate::failure::Failure;
use crate::projections;

/// An event, and what it changed.
struct Step {
    event: AuditEvent,
    changes: Vec<Change>,
}

/// Prints a sign-in, or an account, by its id.
pub(super) async fn replay(service: &Service, of: &str, output: ReplayFormat) -> Result<(), Failure> {
    if let Ok(sign_in) = of.parse() {
        return replay_sign_in(service, sign_in, output).await;
    }
    match of.parse() {
        Ok(account) => replay_account(service, account, output).await,
        Err(_) => {
            Err(Failure::Usage("expected the id of a sign-in (si_…) or of an account (acc_…)".to_owned()))
        }
    }
}

async fn replay_sign_in(service: &Service, id: SignInId, output: ReplayFormat) -> Result<(), Failure> {
    // What finds the account of a sign-in.
    projections::note_lag(service.store(), Model::History).await?;
    let told = service.audit_sign_in(&reader(false), id).await.map_err(no("sign-in"))?;
    if output == ReplayFormat::Json {
        let steps: Vec<_> = told
            .iter()
            .map(|step| {
                json!({
                    "event": audit_event(&step.event),
                    "before": step.before.sign_in(id),
                    "after": step.after.sign_in(id),
                })
            })
            .collect();
        return print(&pretty(&json!({ "object": "sign_in_replay", "sign_in": id, "steps": steps })));
    }
    let mut steps = Vec::with_capacity(told.len());
    for step in told {
        let (before, after) = (value(&step.before.sign_in(id))?, value(&step.after.sign_in(id))?);
        steps.push(Step { event: step.event, changes: changes::between(&before, &after) });
    }
    print(&table(&steps))
}

async fn replay_account(service: &Service, id: AccountId, output: ReplayFormat) -> Result<(), Failure> {
    let events = service.store().placed(Account::TYPE, &id.to_string()).await?;
    if events.is_empty() {
        return Err(Failure::failed("there is no such account"));
    }
    match output {
        ReplayFormat::Table => {
            let mut steps = Vec::with_capacity(events.len());
            each_step(events, |event, before, after| {
                steps.push(Step { event, changes: changes::between(before, after) });
                Ok(())
            })?;
            print(&table(&steps))
        }
        ReplayFormat::Json => print_account(id, events),
    }
}

/// Prints an account step by step as it is folded: the states of a long life are never all in memory.
fn print_account(id: AccountId, events: Vec<AuditEvent>) -> Result<(), Failure> {
    let mut lines = Lines::new();
    write!(lines, "{{\n  \"object\": \"account_replay\",\n  \"account\": \"{id}\",\n  \"steps\": [")?;
    let mut separator = "\n";
    each_step(events, |event, before, after| {
        let changes: Vec<_> = changes::between(before, after).iter().map(Change::whole).collect();
        let step = json!({
            "event": audit_event(&event), "before": before, "after": after, "changes": changes,
        });
        write!(lines, "{separator}{step:#}")?;
        separator = ",\n";
        Ok(())
    })?;
    lines.line("\n  ]\n}")?;
    Ok(lines.flush()?)
}

/// Tells each event of an account, with the state before and after it.
fn each_step(
    events: Vec<AuditEvent>,
    mut told: impl FnMut(AuditEvent, &Value, &Value) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut state = Account::default();
    let mut before = value(&state)?;
    for event in events {
        let recorded = Recorded::<AccountEvent>::deserialize(&event.newest);
        let recorded = recorded.map_err(|_| Failure::failed(unreadable(&event)))?;
        state.evolve(recorded.at, &recorded.event);
        let after = value(&state)?;
        told(event, &before, &after)?;
        before = after;
    }
    Ok(())
}

/// Does not say what was found: it could be a secret.
fn unreadable(event: &AuditEvent) -> String {
    format!("the event at index {} cannot be read: {}", event.row.index, event.row.event_type)
}

fn value(state: &impl Serialize) -> Result<Value, Failure> {
    serde_json::to_value(state).map_err(Failure::failed)
}

fn table(steps: &[Step]) -> String {
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(["index", "at", "event", "what changed"]);
    for Step { event, changes } in steps {
        let row = &event.row;
        let told = [Some(row.event_type.as_str()), row.outcome.as_deref(), row.factor.as_deref()];
        let told: Vec<_> = told.into_iter().flatten().collect();
        let changes: Vec<_> = changes.iter().map(Change::line).collect();
        table.add_row([row.index.to_string(), row.at.to_string(), told.join("\n"), changes.join("\n")]);
    }
    table.to_string()
}

fn pretty(value: &Value) -> String {
    format!("{value:#}")
}

fn print(text: &str) -> Result<(), Failure> {
    let mut lines = Lines::new();
    lines.line(text)?;
    Ok(lines.flush()?)
}
