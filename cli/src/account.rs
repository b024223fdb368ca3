//! `countersign account`: look at an account, suspend, reinstate, recover and close it.

use countersign_domain::account::Account as State;
use countersign_domain::email::Email;
use countersign_domain::id::AccountId;
use countersign_domain::word::Reason;
use countersign_service::Service;
use countersign_service::context::Context;
use countersign_service::flow::Administration;

use crate::arguments::Account;
use crate::failure::Failure;
use crate::settings::Settings;
use crate::{history, print, wiring};

pub(crate) async fn account(settings: Settings, command: &Account) -> Result<(), Failure> {
    let service = wiring::operators_service(&settings).await?;
    match command {
        Account::Show { account } => show(&service, account).await?,
        Account::Suspend { account, reason } => {
            administer(&service, account, Administration::Suspend(parse_reason(reason)?), "suspended")
                .await?;
        }
        Account::Reinstate { account } => {
            administer(&service, account, Administration::Reinstate, "reinstated").await?;
        }
        Account::Recover { account, cancel: true, .. } => cancel_recovery(&service, account).await?,
        Account::Recover { account, reason, email, .. } => {
            let reason = reason.as_deref().unwrap_or_default();
            recover(&service, account, reason, email.as_deref()).await?;
        }
        Account::Close { account, reason } => {
            administer(&service, account, Administration::Close(parse_reason(reason)?), "closed").await?;
        }
    }
    service.finish().await;
    Ok(())
}

async fn show(service: &Service, account: &str) -> Result<(), Failure> {
    let id = find(service, account).await?;
    let loaded = service.account(id).await?;
    print::note(&format!("{id} is {} at version {}", stage(&loaded.state), loaded.version));
    print::data(&history::table(service, id).await?);
    Ok(())
}

async fn administer(
    service: &Service,
    account: &str,
    what: Administration,
    done: &str,
) -> Result<(), Failure> {
    let id = find(service, account).await?;
    let version = service.administer(Context::operator(), id, what).await?;
    print::note(&format!("{id} is {done} at version {}", version.version));
    Ok(())
}

async fn recover(service: &Service, account: &str, reason: &str, email: Option<&str>) -> Result<(), Failure> {
    let reason = parse_reason(reason)?;
    let email = email.map(parse_email).transpose()?;
    let id = find(service, account).await?;
    let issued = service.issue_operator_code(Context::operator(), id, reason, email).await?;
    print::note(&format!(
        "{id} can be recovered from {} until {} with this code, shown this once, and a second proof; a server tells its person by mail:",
        issued.valid_from, issued.expires_at
    ));
    print::data(issued.code.expose());
    Ok(())
}

async fn cancel_recovery(service: &Service, account: &str) -> Result<(), Failure> {
    let id = find(service, account).await?;
    let version = service.cancel_recovery(Context::operator(), id).await?;
    print::note(&format!("the recovery of {id} is cancelled at version {}", version.version));
    Ok(())
}

/// The account with an id, or the one that holds an address.
async fn find(service: &Service, account: &str) -> Result<AccountId, Failure> {
    if let Ok(id) = account.parse() {
        return Ok(id);
    }
    let email = account
        .parse()
        .map_err(|_| Failure::Usage("expected an account id or an e-mail address".to_owned()))?;
    Ok(service.account_of(&email).await?)
}

fn parse_email(email: &str) -> Result<Email, Failure> {
    email.parse().map_err(|error| Failure::Usage(format!("email: {error}")))
}

fn parse_reason(reason: &str) -> Result<Reason, Failure> {
    reason.parse().map_err(|error| Failure::Usage(format!("reason: {error}")))
}

fn stage(account: &State) -> &'static str {
    match account {
        State::Unregistered => "unregistered",
        State::Unverified(_) => "unverified",
        State::Active(_) => "active",
        State::Suspended(_) => "suspended",
        State::Closed(_) => "closed",
    }
}
