//! `countersign client`: give a client a key, or revoke it.

use countersign_service::context::Context;

use crate::arguments::Client;
use crate::failure::Failure;
use crate::print;
use crate::settings::Settings;
use crate::wiring;

pub(crate) async fn client(settings: Settings, command: &Client) -> Result<(), Failure> {
    let service = wiring::operators_service(&settings).await?;
    match command {
        Client::Add { name } => {
            let name = name.parse().map_err(|error| Failure::Usage(format!("name: {error}")))?;
            let (id, key) = service.add_client(Context::operator(), name).await?;
            print::note(&format!("{id} was added; its key is shown this once:"));
            print::data(key.expose());
        }
        Client::Revoke { client } => {
            let id = client.parse().map_err(|error| Failure::Usage(format!("client: {error}")))?;
            service.revoke_client(Context::operator(), id).await?;
            print::note(&format!("{id} was revoked"));
        }
    }
    service.finish().await;
    Ok(())
}
