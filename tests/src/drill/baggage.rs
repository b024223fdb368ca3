//! What somebody carries across an operator's step: everything that was begun or granted before it, and must be good
//! behind it.

use countersign_service::entropy;
use serde_json::json;

use super::people::{Member, Registered};
use super::published::Published;
use super::site::Site;
use crate::app::{BackupCode, Reply, SignIn};
use crate::process::mailbox::Mail;

/// What was begun or granted before a step.
#[derive(Debug)]
pub struct Baggage {
    registration: Registered,
    /// A sign-in that waits for its mailed code.
    at_code: (Member, SignIn),
    /// A sign-in that is to be answered with a backup code.
    at_backup_code: (Member, SignIn),
    /// A sign-in at the gate, and the code that was shown there.
    at_gate: (Member, SignIn, BackupCode),
    /// Somebody with a session.
    inside: Member,
    reset: (Member, Reply, Vec<Mail>),
    /// A request that was answered, and may be asked again.
    asked: (String, Member, Reply),
}

impl Baggage {
    /// Begins everything that can be pending, and grants everything that can be held.
    pub async fn pack(site: &Site) -> Self {
        let registration = Registered::ask(site).await;
        let mut member = Member::join(site).await;
        let at_code = (member.clone(), member.start(site).await);
        member.come_by_backup_code(site).await;
        let inside = member;
        let member = Member::join(site).await;
        let at_backup_code = (member.clone(), member.start(site).await);
        let member = Member::join(site).await;
        let sign_in = member.start(site).await;
        let shown = member.answer_by_backup_code(site, &sign_in).await;
        let at_gate = (member, sign_in, shown);
        let reset = reset_of(site).await;
        let asked = asked_of(site).await;
        Self { registration, at_code, at_backup_code, at_gate, inside, reset, asked }
    }

    /// Brings everything to its end; access tokens are checked by keys that may have been fetched before the step.
    pub async fn unpack(self, site: &Site, published: &Published) {
        self.registration.verify(site).await;
        let (mut member, sign_in) = self.at_code;
        let reply = member.answer_by_mail(site, &sign_in).await.expect_state("signed_in");
        member.came_in(&reply);
        member.me(site).await.expect(200);
        assert!(
            published.signer(&member.session.access).is_some(),
            "a new token is checked by {published:?}"
        );
        let (mut member, sign_in) = self.at_backup_code;
        let shown = member.answer_by_backup_code(site, &sign_in).await;
        member.save(site, &sign_in, &shown).await;
        member.come_by_backup_code(site).await;
        let (mut member, sign_in, shown) = self.at_gate;
        member.save(site, &sign_in, &shown).await;
        stay(site, published, self.inside).await;
        complete(site, self.reset).await;
        let (key, member, first) = self.asked;
        let again = site.post_under(&key, "/v1/sign-ins", "", credentials(&member)).await;
        assert_eq!((again.status, &again.text), (first.status, &first.text));
        assert_eq!(again.header("idempotency-replayed"), Some("true"));
    }
}

/// Somebody inside stays there: with the old token, with a new one, and again.
async fn stay(site: &Site, published: &Published, mut member: Member) {
    for _ in 0..2 {
        member.me(site).await.expect(200);
        assert!(published.signer(&member.session.access).is_some(), "a token is checked by {published:?}");
        member.refresh(site).await;
    }
    let told = site.post("/v1/tokens/introspect", "", json!({ "token": member.session.access })).await;
    assert_eq!(told.body.get("active"), Some(&json!(true)), "{}", told.text);
}

async fn reset_of(site: &Site) -> (Member, Reply, Vec<Mail>) {
    let member = Member::join(site).await;
    let known = site.mailbox().mails_to(&member.email);
    let asked = json!({ "email": member.email });
    let reply = site.post_twice("/v1/password-resets", "", asked).await.expect(202);
    (member, reply, known)
}

async fn complete(site: &Site, (mut member, asked, known): (Member, Reply, Vec<Mail>)) {
    let code = site.mailbox().code_beyond(&known, &member.email, super::people::MAIL_WITHIN).await;
    member.password.push_str(" again");
    let completion = json!({
        "reset_token": asked.at("/token"), "code": code.expect("a code was mailed"), "password": member.password,
        "proof": { "factor": "backup_code", "code": member.backup_code },
    });
    let reply = site.post_twice("/v1/password-resets/completion", "", completion).await.expect(200);
    member.backup_code = BackupCode::shown(&reply).code;
    member.come_by_backup_code(site).await;
}

async fn asked_of(site: &Site) -> (String, Member, Reply) {
    let (member, key) = (Member::join(site).await, hex::encode(entropy::bytes::<16>()));
    let reply = site.post_under(&key, "/v1/sign-ins", "", credentials(&member)).await.expect(201);
    (key, member, reply)
}

fn credentials(member: &Member) -> serde_json::Value {
    json!({ "email": member.email, "password": member.password })
}
