//! `countersign client`: give a client a key or a new one, list who has one, revoke it.

use comfy_table::Table;
use comfy_table::presets::UTF8_FULL_CONDENSED;
use countersign_domain::client::{Client as State, ClientKey, Role};
use countersign_domain::time::{Span, Timestamp};
use countersign_service::context::Context;
use countersign_service::error::ServiceError;
use countersign_service::flow::{KnownClient, Rotation};
use countersign_stores::key_uses::SOME_KEY;

use crate::arguments::{Client, ClientRole};
use crate::failure::Failure;
use crate::print;
use crate::settings::Settings;
use crate::wiring;

pub(crate) async fn client(settings: Settings, command: &Client) -> Result<(), Failure> {
    let service = wiring::operators_service(&settings).await?;
    match command {
        Client::Add { name, role, expires_in_days } => {
            let name = name.parse().map_err(|error| Failure::Usage(format!("name: {error}")))?;
            let end = end(service.now(), *expires_in_days);
            let (id, key) = service.add_client(Context::operator(), name, (*role).into(), end).await?;
            print::note(&format!("{id} was added; its key is shown this once:"));
            print::data(key.expose());
        }
        Client::Rotate { client, overlap_hours, expires_in_days, force } => {
            let id = client.parse().map_err(|error| Failure::Usage(format!("client: {error}")))?;
            let (now, overlap) = (service.now(), Span::hours((*overlap_hours).into()));
            let expires_at = end(now, *expires_in_days);
            let rotation = Rotation { overlap, expires_at, may_end_a_key: *force };
            let key =
                service.rotate_client_key(Context::operator(), id, rotation).await.map_err(how_to_force)?;
            print::note(&format!("{id} has a new key, shown this once; older ones until {}:", now + overlap));
            print::data(key.expose());
        }
        Client::List => print::data(&table(&service.clients().await?, service.now())),
        Client::Revoke { client } => {
            let id = client.parse().map_err(|error| Failure::Usage(format!("client: {error}")))?;
            service.revoke_client(Context::operator(), id).await?;
            print::note(&format!("{id} was revoked"));
        }
    }
    service.finish().await;
    Ok(())
}

/// When a key ends that is good for so many days.
fn end(now: Timestamp, days: Option<u16>) -> Option<Timestamp> {
    days.map(|days| now + Span::days(days.into()))
}

fn how_to_force(error: ServiceError) -> Failure {
    match error {
        ServiceError::WouldEndAKey => Failure::Failed(format!(
            "{error}; `countersign client list` says which key is still used, and --force ends the older one now"
        )),
        error => error.into(),
    }
}

fn table(clients: &[KnownClient], now: Timestamp) -> String {
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED).set_header(["client", "role", "name", "keys", "last used"]);
    for known in clients {
        let (role, name, keys) = match &known.client {
            State::Registered { name, role, keys } => (word(*role), name.to_string(), keys.as_slice()),
            State::None | State::Revoked => ("revoked", String::new(), [].as_slice()),
        };
        let keys = keys.iter().rev().map(|key| told(key, known, now)).collect::<Vec<_>>().join("\n");
        table.add_row([known.id.to_string(), role.to_owned(), name, keys, moment(known.last_used_at())]);
    }
    table.to_string()
}

/// Until when a key is accepted, and when it was.
fn told(key: &ClientKey, known: &KnownClient, now: Timestamp) -> String {
    let until = match key.expires_at {
        None => "for ever".to_owned(),
        Some(end) if end <= now => format!("expired {end}"),
        Some(end) => format!("until {end}"),
    };
    let used = match (known.uses.get(&key.number), known.uses.contains_key(&SOME_KEY)) {
        (None, true) => "not noted by key".to_owned(),
        (used, _) => moment(used.copied()),
    };
    format!("{}: {until}, last used {used}", key.number)
}

fn moment(used: Option<Timestamp>) -> String {
    used.map_or_else(|| "never".to_owned(), |at| at.to_string())
}

fn word(role: Role) -> &'static str {
    match role {
        Role::Client => "client",
        Role::Auditor => "auditor",
        Role::Operator => "operator",
    }
}

impl From<ClientRole> for Role {
    fn from(role: ClientRole) -> Self {
        match role {
            ClientRole::Client => Self::Client,
            ClientRole::Auditor => Self::Auditor,
            ClientRole::Operator => Self::Operator,
        }
    }
}
