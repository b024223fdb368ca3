//! `countersign demo`: the whole flow, through HTTP, against a service on a database of its own.

mod mail;
mod person;

use std::path::Path;

use countersign_api::Traffic;

use crate::failure::Failure;
use crate::serve::{self, Running};
use crate::settings::{Overrides, Settings, Sources};
use crate::{history, print, wiring};

use mail::Mailbox;
use person::Person;

/// Starts a service, plays the flow, and prints the history.
pub(crate) async fn demo() -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let settings = settings(folder.path())?;
    let (service, _) = wiring::service(&settings).await?;
    let running = serve::start(service.clone(), &settings, Traffic::default())?;
    let played = play(&running, folder.path()).await;
    service.settled().await;
    if let Ok(account) = &played {
        print::data("\nThe history of the account, as an auditor reads it:\n");
        print::data(&history::table(&service, *account).await?);
    }
    running.stop().await?;
    played.map(|_| ())
}

async fn play(running: &Running, folder: &Path) -> Result<countersign_domain::id::AccountId, Failure> {
    let mailbox = Mailbox::of(folder.join("mailbox"));
    let mut person = Person::new(&format!("http://{}", running.address), mailbox)?;

    print::data("A person registers, and proves control of the address:");
    let account = person.register().await?;

    print::data("\nTheir first sign-in, with the code from the mail. The account has no backup code yet:");
    person.start_sign_in().await?;
    person.answer_with_mailed_code().await?;
    person.confirm_saved().await?;
    person.look_at_own_account().await?;

    print::data("\nThe next sign-in. They cannot get at their mail, and use the backup code:");
    person.start_sign_in().await?;
    person.answer_with_backup_code().await?;
    person.confirm_saved().await?;
    person.look_at_own_account().await?;

    print::data("\nThe code that was used is refused for ever:");
    person.start_sign_in().await?;
    person.answer_with_used_code().await?;
    Ok(account)
}

/// Everything in a folder that goes away, on ports that are free.
fn settings(folder: &Path) -> Result<Settings, Failure> {
    let mut overrides = Overrides::in_mode(true);
    overrides.set("data_dir", Some(folder.display().to_string()));
    overrides.set("listen", Some("127.0.0.1:0".to_owned()));
    overrides.set("ops_listen", Some("127.0.0.1:0".to_owned()));
    overrides.set("public_url", Some("http://localhost".to_owned()));
    Ok(Settings::read(&overrides, &Sources::default())?)
}
