//! Somebody with an account and a known device, who comes in again and again while the crowd is there.

use std::time::Instant;

use serde_json::{Value, json};

use crate::process::api::Unmet;
use crate::process::person::Person;

/// An owner, and the token of their device.
#[derive(Debug)]
pub(super) struct Owner {
    person: Person,
    device: String,
}

/// How an owner's sign-ins went.
#[derive(Debug, Default)]
pub struct Comings {
    /// How long each took until its password was accepted, in milliseconds.
    pub took: Vec<u128>,
    /// What was said instead.
    pub failed: Vec<String>,
}

impl Owner {
    /// Makes an account, and signs in from a device, which is known from then on.
    pub(super) async fn enrolled(person: Person) -> Result<Self, Unmet> {
        person.become_account().await?;
        let (sign_in, code) = person.come_to_gate().await?;
        let granted = person.try_confirm(&sign_in, &code.id).await?.expecting(200)?;
        let device = granted.pointer("/device/token").and_then(Value::as_str).unwrap_or_default().to_owned();
        Ok(Self { person, device })
    }

    /// Comes in once.
    pub(super) async fn comes(&self, comings: &mut Comings) {
        let begun = Instant::now();
        let typed = json!({
            "email": self.person.email,
            "password": self.person.password,
            "device": { "token": self.device },
        });
        match self.person.sign_in_with(typed).await {
            Ok(_) => comings.took.push(begun.elapsed().as_millis()),
            Err(error) => comings.failed.push(error.to_string()),
        }
    }
}
