//! Clients that register, sign in, use and save backup codes, over and over, whatever becomes of the server.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use countersign_service::entropy;
use tokio::sync::mpsc::UnboundedSender;
use tokio::task::JoinSet;

use super::{below, one_in};
use crate::process::api::{Journal, Unmet};
use crate::process::installation::Installation;
use crate::process::person::{Answered, BackupCode, Person, SignIn};
use crate::process::server::Server;

/// Clients at once.
const CLIENTS: usize = 8;
/// How long a person waits for a message before they give the sign-in up: it may be left to the sweep.
const MAIL_WITHIN: Duration = Duration::from_secs(3);
/// How long they wait at last, when the server runs: everybody must get in then.
const MAIL_WITHIN_AT_LAST: Duration = Duration::from_secs(30);
/// How often a person signs in, at most.
const SIGN_INS_MOST: u64 = 6;
/// How often a request is sent again that got no reply.
const TRIES: usize = 3;

/// The clients at work.
pub(super) struct Load {
    stop: Arc<AtomicBool>,
    clients: JoinSet<Option<Resident>>,
}

/// Somebody with an account, and the backup codes that they hold, the newest last.
#[derive(Debug, Clone)]
pub(super) struct Resident {
    person: Person,
    codes: Vec<BackupCode>,
}

impl Load {
    /// Sets the clients to work on a server. Accounts that their persons are done with go to `left`.
    pub(super) fn on(
        installation: &Installation,
        server: &Server,
        journal: &Journal,
        left: &UnboundedSender<String>,
    ) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let mut clients = JoinSet::new();
        for _ in 0..CLIENTS {
            let pattern = installation.person_on_record(server, journal).in_a_hurry(MAIL_WITHIN);
            clients.spawn(client(pattern, left.clone(), Arc::clone(&stop)));
        }
        Self { stop, clients }
    }

    /// Lets everybody finish what they are at; those who have an account now.
    pub(super) async fn stop(self) -> Vec<Resident> {
        self.stop.store(true, Ordering::Relaxed);
        self.clients.join_all().await.into_iter().flatten().collect()
    }
}

/// One client: person after person. The last of them stays.
async fn client(pattern: Person, left: UnboundedSender<String>, stop: Arc<AtomicBool>) -> Option<Resident> {
    let mut last = None;
    while !stop.load(Ordering::Relaxed) {
        let mut resident = Resident { person: pattern.another(), codes: Vec::new() };
        let Ok(account) = become_account(&resident.person).await else { continue };
        for _ in 0..=below(SIGN_INS_MOST) {
            // What failed is on record; the next sign-in starts from what the person holds.
            drop(resident.sign_in().await);
        }
        if one_in(3) && left.send(account).is_ok() {
            last = None;
        } else {
            last = Some(resident);
        }
    }
    last
}

async fn become_account(person: &Person) -> Result<String, Unmet> {
    let token = person.register().await?;
    let code = person.registration_code().await?;
    let mut verified = person.verify(&token, &code).await;
    for _ in 1..TRIES {
        if verified != Err(Unmet::NoReply) {
            break;
        }
        verified = person.verify(&token, &code).await;
    }
    verified
}

impl Resident {
    /// Signs in, sometimes with a slip first, by mail or by backup code; saves what is shown, mostly.
    async fn sign_in(&mut self) -> Result<(), Unmet> {
        let sign_in = self.person.sign_in().await?;
        if one_in(6) {
            self.person.try_answer(&sign_in, "email_code", "000000").await?;
        }
        if one_in(6) {
            let wrong = entropy::backup_code().grouped();
            self.person.try_answer(&sign_in, "backup_code", &wrong).await?;
        }
        let answered = if self.codes.is_empty() || one_in(2) {
            self.person.answer_with_mail(&sign_in).await?
        } else {
            self.answer_with_any_code(&sign_in).await?
        };
        let token = match answered {
            Answered::In(token) => token,
            // They close the tab, and with it the new code is gone.
            Answered::Gate(_) if one_in(6) => return Ok(()),
            Answered::Gate(code) => self.save(&sign_in, code).await?,
        };
        self.person.me(&token).await?.expecting(200).map(drop)
    }

    /// Signs in with the backup code that they hold, or by mail if they hold none.
    pub(super) async fn get_in(mut self) -> Result<(), Unmet> {
        self.person = self.person.in_a_hurry(MAIL_WITHIN_AT_LAST);
        let sign_in = self.person.sign_in().await?;
        let answered = if self.codes.is_empty() {
            self.person.answer_with_mail(&sign_in).await?
        } else {
            self.answer_with_any_code(&sign_in).await?
        };
        let token = match answered {
            Answered::In(token) => token,
            Answered::Gate(code) => self.save(&sign_in, code).await?,
        };
        self.person.me(&token).await?.expecting(200).map(drop)
    }

    /// Answers with the newest code, and where that is void, with the one before it: after a lost reply a
    /// person cannot know which of them counts.
    async fn answer_with_any_code(&self, sign_in: &SignIn) -> Result<Answered, Unmet> {
        let mut last = Err(Unmet::NoMail);
        for code in self.codes.iter().rev() {
            last = self.person.answer_with_backup_code(sign_in, &code.code).await;
            if !matches!(&last, Err(Unmet::Refused(reply)) if reply.status == 422) {
                break;
            }
        }
        last
    }

    /// Keeps a code, sometimes only at the second sight, and confirms it.
    async fn save(&mut self, sign_in: &SignIn, shown: BackupCode) -> Result<String, Unmet> {
        let shown = if one_in(4) { self.person.reissue(sign_in).await? } else { shown };
        self.codes.push(shown.clone());
        let token = self.person.confirm(sign_in, &shown.id).await?;
        self.codes = vec![shown];
        Ok(token)
    }
}
