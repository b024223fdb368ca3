//! `countersign client`: give a client a key, list who has one, revoke it.

use comfy_table::Table;
use comfy_table::presets::UTF8_FULL_CONDENSED;
use countersign_domain::client::{Client as State, Role};
use countersign_domain::id::ClientId;
use countersign_service::context::Context;

use crate::arguments::{Client, ClientRole};
use crate::failure::Failure;
use crate::print;
use crate::settings::Settings;
use crate::wiring;

pub(crate) async fn client(settings: Settings, command: &Client) -> Result<(), Failure> {
    let service = wiring::operators_service(&settings).await?;
    match command {
        Client::Add { name, role } => {
            let name = name.parse().map_err(|error| Failure::Usage(format!("name: {error}")))?;
            let (id, key) = service.add_client(Context::operator(), name, (*role).into()).await?;
            print::note(&format!("{id} was added; its key is shown this once:"));
            print::data(key.expose());
        }
        Client::List => print::data(&table(&service.clients().await?)),
        Client::Revoke { client } => {
            let id = client.parse().map_err(|error| Failure::Usage(format!("client: {error}")))?;
            service.revoke_client(Context::operator(), id).await?;
            print::note(&format!("{id} was revoked"));
        }
    }
    service.finish().await;
    Ok(())
}

fn table(clients: &[(ClientId, State)]) -> String {
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED).set_header(["client", "role", "name"]);
    for (id, client) in clients {
        let (role, name) = match client {
            State::Registered { name, role, .. } => (word(*role), name.to_string()),
            State::None | State::Revoked => ("revoked", String::new()),
        };
        table.add_row([id.to_string(), role.to_owned(), name]);
    }
    table.to_string()
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
