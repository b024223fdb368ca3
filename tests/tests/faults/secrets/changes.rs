//! What a person does about their own credentials: changes them, resets the password, comes back without the backup code.

use countersign_tests::process::api::{Unmet, text};
use countersign_tests::process::person::{Answered, Person};
use serde_json::{Value, json};

/// Another password and another backup code after a step-up, then a reset, then a recovery.
pub(super) async fn change_everything(person: &Person) -> Result<(), Unmet> {
    let asked = json!({ "email": person.email, "password": person.password, "purpose": "step_up" });
    let sign_in = person.sign_in_with(asked).await?;
    let Answered::In(access) = person.answer_with_mail(&sign_in).await? else {
        panic!("with a saved code the mailed one leads in")
    };
    let api = person.api();
    let chosen = json!({ "password": "copper kettles hum at noon" });
    api.post("/v1/me/password", &access, chosen).await?.expecting(200)?;
    let issued = api.post("/v1/me/backup-code", &access, Value::Null).await?.expecting(201)?;
    let saved = json!({ "backup_code_id": text(&issued, "/id"), "saved": true });
    api.post("/v1/me/backup-code/confirmation", &access, saved).await?.expecting(200)?;
    let code = reset(person, text(&issued, "/code")).await?;
    recover(person, &code).await
}

/// The backup code that the reset shows.
async fn reset(person: &Person, backup_code: &str) -> Result<String, Unmet> {
    let (token, code) = ask(person, "/v1/password-resets").await?;
    let completion = |code: &str| {
        json!({
            "reset_token": token, "code": code, "password": "seven kettles on a slow stove",
            "proof": { "factor": "backup_code", "code": backup_code },
        })
    };
    let path = "/v1/password-resets/completion";
    person.api().post(path, "", completion(&super::other_digits(&code))).await?.expecting(422)?;
    let completed = person.api().post(path, "", completion(&code)).await?.expecting(200)?;
    Ok(text(&completed, "/backup_code/code").to_owned())
}

async fn recover(person: &Person, backup_code: &str) -> Result<(), Unmet> {
    let (token, code) = ask(person, "/v1/recoveries").await?;
    let completion = json!({
        "recovery_token": token, "code": code, "backup_code": backup_code,
        "password": "eight kettles on a slow stove",
    });
    person.api().post("/v1/recoveries/completion", "", completion).await?.expecting(201).map(drop)
}

/// Asks for a reset or a recovery: its token, and the code that was mailed.
async fn ask(person: &Person, path: &str) -> Result<(String, String), Unmet> {
    let known = person.mails();
    let asked = person.api().post(path, "", json!({ "email": person.email })).await?.expecting(202)?;
    let code = person.code_beyond(&known).await?;
    Ok((text(&asked, "/token").to_owned(), code))
}
