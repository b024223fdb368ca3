//! English: subjects and times here, the rest in `templates/en`.

use askama::Template;
use jiff::Timestamp;

use super::Rendered;
use crate::Content;

#[derive(Template)]
#[template(path = "en/message.txt")]
struct Text<'a> {
    service: &'a str,
    content: &'a Content,
}

#[derive(Template)]
#[template(path = "en/message.html")]
struct Html<'a> {
    subject: &'a str,
    service: &'a str,
    content: &'a Content,
}

pub(crate) fn render(service: &str, content: &Content) -> askama::Result<Rendered> {
    let subject = subject(content);
    let text = Text { service, content }.render()?;
    let html = Html { subject, service, content }.render()?;
    Ok(Rendered { subject, text: one_end(&text), html: one_end(&html) })
}

fn subject(content: &Content) -> &'static str {
    match content {
        Content::RegistrationCode { .. } => "Your code to confirm this address",
        Content::AlreadyRegistered => "You already have an account",
        Content::SignInCode { .. } => "Your sign-in code",
        Content::PasswordResetCode { .. } => "Your code to choose another password",
        Content::RecoveryCode { .. } => "Your code to recover your account",
        Content::RecoveryPrepared { .. } => "A recovery of your account was prepared",
        Content::RecoveryCancelled { .. } => "The recovery of your account was cancelled",
        Content::AccountRecovered { .. } => "Your account was recovered",
        Content::EmailChanged { .. } => "Your account has another address",
        Content::PasswordChanged { .. } => "Your password was changed",
        Content::BackupCodeRedeemed { .. } => "Your backup code was used",
        Content::BackupCodeReplaced { .. } => "Your backup code was replaced",
    }
}

/// `24 November 2026 at 06:35 UTC`; called by the templates.
fn time(at: &str) -> askama::Result<String> {
    let at: Timestamp = at.parse().map_err(askama::Error::custom)?;
    Ok(at.strftime("%-d %B %Y at %H:%M UTC").to_string())
}

fn one_end(part: &str) -> String {
    format!("{}\n", part.trim())
}
