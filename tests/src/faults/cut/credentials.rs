//! The commands about credentials: sessions, passwords, and backup codes outside of a sign-in.

use countersign_domain::decider::Decider;
use countersign_domain::session::Session as SessionStream;
use serde_json::{Value, json};

use super::command::{Command, Ready};
use crate::app::recovery::completion;
use crate::app::{BackupCode, Person, Reply, Reset, Session, SignIn, TestApp};

/// The password that is chosen.
const OTHER: &str = "quiet lanterns over the estuary";

/// What a person has before the command, and what is looked at behind it.
#[derive(Debug)]
pub(super) struct Held {
    person: Person,
    session: Session,
    backup_code: BackupCode,
}

impl Ready {
    pub(super) async fn of_credentials(command: Command, app: &TestApp) -> Self {
        let (person, backup_code) = app.enrolled().await;
        let session = app.stepped_up(&person).await;
        let mut held = Held { person, session, backup_code };
        let (path, token, body) = request(command, app, &mut held).await;
        let ready = Self::without_token(command, held.person.email.clone(), path, Value::Null);
        Self { held: Some(held), token, body, ..ready }
    }
}

/// Where the command is sent, the credential that it carries, and its body.
async fn request(command: Command, app: &TestApp, held: &mut Held) -> (&'static str, String, Option<Value>) {
    let access = held.session.access.clone();
    match command {
        Command::Refresh => {
            let body = json!({ "refresh_token": held.session.refresh });
            ("/v1/tokens/refresh", String::new(), Some(body))
        }
        Command::RequestReset => {
            ("/v1/password-resets", String::new(), Some(json!({ "email": held.person.email })))
        }
        Command::CompleteReset => {
            let body = app.reset(&held.person).await.completion(&held.backup_code.code, OTHER);
            ("/v1/password-resets/completion", String::new(), Some(body))
        }
        Command::RequestRecovery => {
            ("/v1/recoveries", String::new(), Some(json!({ "email": held.person.email })))
        }
        Command::CompleteRecovery => {
            let recovery = app.recovery(&held.person).await;
            let proofs = [("code", &*recovery.digits), ("backup_code", &*held.backup_code.code)];
            ("/v1/recoveries/completion", String::new(), Some(recovery.with(&proofs)))
        }
        Command::ChangePassword => ("/v1/me/password", access, Some(json!({ "password": OTHER }))),
        Command::RequestBackupCode => ("/v1/me/backup-code", access, None),
        _ => {
            held.backup_code = app.ask_for_backup_code(&held.session).await;
            let body = json!({ "backup_code_id": held.backup_code.id, "saved": true });
            ("/v1/me/backup-code/confirmation", access, Some(body))
        }
    }
}

impl Held {
    /// How often the command's effect stands there, and how often it must.
    pub(super) async fn effects(&self, command: Command, app: &TestApp) -> (&'static str, usize, usize) {
        let account = self.person.account;
        let (name, expected) = match command {
            Command::Refresh => {
                let events = app.stream(SessionStream::TYPE, &self.session.id).await;
                let refreshed = events.iter().filter(|event| event.event_type == "session.refreshed");
                return ("session.refreshed", refreshed.count(), 1);
            }
            // One for the registration, two for sign-ins.
            Command::RequestReset | Command::RequestRecovery => ("code.requested", 4),
            Command::CompleteRecovery => ("recovery.completed", 1),
            Command::CompleteReset | Command::ChangePassword => ("account.password_changed", 1),
            Command::RequestBackupCode => ("backup_code.issued", 2),
            _ => ("backup_code.save_confirmed", 2),
        };
        (name, app.count(account, name).await, expected)
    }

    /// Whether the reply leads on.
    pub(super) async fn is_true(&self, command: Command, app: &TestApp, reply: &Reply) -> bool {
        let changed = || Person { password: OTHER.to_owned(), ..self.person.clone() };
        match command {
            Command::Refresh => {
                let next = Session::refreshed(reply);
                let opens = app.get("/v1/me", &next.access).await.status == 200;
                opens && app.refresh(&next.refresh).await.status == 200
            }
            Command::RequestReset => {
                let reset: Reset = app.reset_of(&self.person, reply).await;
                let body = reset.completion(&self.backup_code.code, OTHER);
                app.post("/v1/password-resets/completion", "", body).await.status == 200
            }
            Command::RequestRecovery => {
                let digits = app.newest_digits(&self.person).await;
                let proofs = [("code", &*digits), ("backup_code", &*self.backup_code.code)];
                app.complete_recovery(completion(reply.at("/token"), &proofs)).await.status == 201
            }
            Command::CompleteRecovery => {
                let (id, token) = (reply.at("/id").to_owned(), reply.at("/token").to_owned());
                let sign_in = SignIn { id, token, challenge: String::new() };
                app.confirm(&sign_in, &BackupCode::shown(reply).id).await.status == 200
            }
            Command::CompleteReset => comes_in(app, &changed(), &BackupCode::shown(reply).code).await,
            Command::ChangePassword => comes_in(app, &changed(), &self.backup_code.code).await,
            Command::RequestBackupCode => {
                let saved = json!({ "backup_code_id": BackupCode::shown(reply).id, "saved": true });
                let path = "/v1/me/backup-code/confirmation";
                app.post(path, &self.session.access, saved).await.status == 200
                    && comes_in(app, &self.person, &BackupCode::shown(reply).code).await
            }
            _ => comes_in(app, &self.person, &self.backup_code.code).await,
        }
    }
}

/// Whether somebody comes to the gate with a backup code.
async fn comes_in(app: &TestApp, person: &Person, backup_code: &str) -> bool {
    let started = app.sign_in_with(person.credentials()).await;
    if started.status != 201 {
        return false;
    }
    app.answer_backup_code(&SignIn::of(&started), backup_code).await.status == 200
}
