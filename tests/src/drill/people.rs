//! Somebody who registers, signs in and comes back, at whichever server is in service.

use std::time::Duration;

use countersign_service::entropy;
use serde_json::{Value, json};

use super::site::Site;
use crate::app::{BackupCode, Reply, Session, SignIn};
use crate::process::mailbox::Mail;

/// How long a message is waited for.
pub(super) const MAIL_WITHIN: Duration = Duration::from_secs(30);

/// Somebody with an account.
#[derive(Debug, Clone)]
pub struct Member {
    /// The address.
    pub email: String,
    /// The password.
    pub password: String,
    /// The backup code that they saved last.
    pub backup_code: String,
    /// The session of their last sign-in.
    pub session: Session,
    /// Their device's token.
    pub device: String,
}

/// A registration that waits for its code.
#[derive(Debug)]
pub struct Registered {
    /// The address.
    pub email: String,
    /// The password.
    pub password: String,
    /// What was mailed to the address before.
    known: Vec<Mail>,
    token: String,
}

impl Registered {
    /// Somebody new, who asks for an account.
    pub async fn ask(site: &Site) -> Self {
        let unique = hex::encode(entropy::bytes::<6>());
        let email = format!("sparrow.{unique}@quillfeather.example");
        Self::ask_as(site, email, format!("copper {unique} meadow whistles")).await
    }

    async fn ask_as(site: &Site, email: String, password: String) -> Self {
        let known = site.mailbox().mails_to(&email);
        let asked = json!({ "email": email, "password": password });
        let reply = site.post_twice("/v1/accounts", "", asked).await.expect(202);
        Self { email, password, known, token: reply.at("/token").to_owned() }
    }

    /// Proves control of the address.
    pub async fn verify(&self, site: &Site) {
        let code = site.mailbox().code_beyond(&self.known, &self.email, MAIL_WITHIN).await;
        let code = code.expect("a code was mailed");
        let proof = json!({ "registration_token": self.token, "code": code });
        site.post_twice("/v1/accounts/verification", "", proof).await.expect(201);
    }
}

impl Member {
    /// Somebody new, all the way to a saved backup code and a session.
    pub async fn join(site: &Site) -> Self {
        Self::of(site, Registered::ask(site).await).await
    }

    /// The same once more, where nothing is known of them.
    pub async fn join_again(self, site: &Site) -> Self {
        Self::of(site, Registered::ask_as(site, self.email, self.password).await).await
    }

    async fn of(site: &Site, registered: Registered) -> Self {
        registered.verify(site).await;
        let Registered { email, password, .. } = registered;
        let nobody = Session { id: String::new(), access: String::new(), refresh: String::new() };
        let (backup_code, device) = (String::new(), String::new());
        let mut member = Self { email, password, backup_code, session: nobody, device };
        let sign_in = member.start(site).await;
        let shown = BackupCode::shown(&member.answer_by_mail(site, &sign_in).await);
        member.save(site, &sign_in, &shown).await;
        member
    }

    /// Starts a sign-in, from the device that is known by now.
    pub async fn start(&self, site: &Site) -> SignIn {
        SignIn::of(&self.try_start(site).await.expect(201))
    }

    /// Starts a sign-in, whatever comes of it.
    pub async fn try_start(&self, site: &Site) -> Reply {
        self.try_start_for(site, "sign_in").await
    }

    async fn try_start_for(&self, site: &Site, purpose: &str) -> Reply {
        let device = if self.device.is_empty() { json!({}) } else { json!({ "token": self.device }) };
        let typed =
            json!({ "email": self.email, "password": self.password, "purpose": purpose, "device": device });
        site.post_twice("/v1/sign-ins", "", typed).await
    }

    /// Answers with the code that was mailed.
    pub async fn answer_by_mail(&self, site: &Site, sign_in: &SignIn) -> Reply {
        let code = site.mailbox().code_about(&sign_in.challenge, MAIL_WITHIN).await;
        let answer = json!({ "factor": "email_code", "code": code.expect("a code was mailed") });
        answered(site, sign_in, answer).await.expect(200)
    }

    /// Answers with the backup code that they saved, and is shown another one.
    pub async fn answer_by_backup_code(&self, site: &Site, sign_in: &SignIn) -> BackupCode {
        let answer = json!({ "factor": "backup_code", "code": self.backup_code });
        BackupCode::shown(&answered(site, sign_in, answer).await.expect_state("save_required"))
    }

    /// Saves a code, and says so.
    pub async fn save(&mut self, site: &Site, sign_in: &SignIn, shown: &BackupCode) {
        let saved = json!({ "backup_code_id": shown.id, "saved": true });
        let path = sign_in.path("/backup-code/confirmation");
        let reply = site.post_twice(&path, &sign_in.token, saved).await.expect_state("signed_in");
        self.backup_code.clone_from(&shown.code);
        self.came_in(&reply);
    }

    /// Signs in with a mailed code.
    pub async fn come_by_mail(&mut self, site: &Site) {
        let sign_in = self.start(site).await;
        let reply = self.answer_by_mail(site, &sign_in).await.expect_state("signed_in");
        self.came_in(&reply);
    }

    /// Proves once more who they are, with a mailed code, and asks for another backup code.
    pub async fn ask_for_backup_code(&mut self, site: &Site) -> BackupCode {
        let sign_in = SignIn::of(&self.try_start_for(site, "step_up").await.expect(201));
        self.came_in(&self.answer_by_mail(site, &sign_in).await.expect_state("signed_in"));
        BackupCode::shown(
            &site.post_twice("/v1/me/backup-code", &self.session.access, Value::Null).await.expect(201),
        )
    }

    /// Signs in with the backup code, and saves the next one.
    pub async fn come_by_backup_code(&mut self, site: &Site) {
        let sign_in = self.start(site).await;
        let shown = self.answer_by_backup_code(site, &sign_in).await;
        self.save(site, &sign_in, &shown).await;
    }

    /// Exchanges the refresh token.
    pub async fn refresh(&mut self, site: &Site) {
        let exchanged = self.try_refresh(site).await.expect(200);
        self.session = Session::refreshed(&exchanged);
    }

    /// Exchanges the refresh token, whatever comes of it.
    pub async fn try_refresh(&self, site: &Site) -> Reply {
        site.post("/v1/tokens/refresh", "", json!({ "refresh_token": self.session.refresh })).await
    }

    /// Looks at their own account.
    pub async fn me(&self, site: &Site) -> Reply {
        site.get("/v1/me", &self.session.access).await
    }

    /// Takes what a sign-in granted: a session, and at first the device's token.
    pub fn came_in(&mut self, reply: &Reply) {
        self.session = Session::granted(reply);
        if reply.has("/device") {
            reply.at("/device/token").clone_into(&mut self.device);
        }
    }
}

async fn answered(site: &Site, sign_in: &SignIn, answer: Value) -> Reply {
    site.post_twice(&sign_in.path("/answers"), &sign_in.token, answer).await
}
