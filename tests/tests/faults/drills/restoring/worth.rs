//! What people have and did before a backup and since: what each is worth after the restore.

use countersign_service::entropy;
use countersign_tests::app::Reply;
use countersign_tests::drill::people::Member;
use countersign_tests::drill::site::Site;
use serde_json::json;

use super::refused;

/// People whose lives go on after the backup.
pub(super) struct Lives {
    /// Does nothing since.
    quiet: Member,
    /// Is granted another session since.
    returning: Member,
    /// Exchanges a refresh token since.
    refreshing: Member,
    /// Ends a session since.
    leaving: Member,
    /// Uses a backup code since, and saves the next one.
    using: Member,
    /// Is suspended since.
    suspended: Member,
}

/// The same, as it was at the backup, and what came of it.
pub(super) struct GoneOn {
    before: Lives,
    returned: Member,
    refreshed: Member,
    used: Member,
    /// Came since.
    late: Member,
    /// The key of a request of theirs, and what it was answered with.
    asked: (String, Reply),
}

impl Lives {
    pub(super) async fn before_the_backup(site: &Site) -> Self {
        Self {
            quiet: Member::join(site).await,
            returning: Member::join(site).await,
            refreshing: Member::join(site).await,
            leaving: Member::join(site).await,
            using: Member::join(site).await,
            suspended: Member::join(site).await,
        }
    }

    pub(super) async fn go_on(self, site: &Site) -> GoneOn {
        let mut returned = self.returning.clone();
        returned.come_by_mail(site).await;
        let mut refreshed = self.refreshing.clone();
        refreshed.refresh(site).await;
        let session = format!("/v1/sessions/{}", self.leaving.session.id);
        site.delete(&session, &self.leaving.session.access).await.expect(204);
        refused(&self.leaving.me(site).await, 401, "unauthenticated");
        let mut used = self.using.clone();
        used.come_by_backup_code(site).await;
        site.done(&format!("countersign account suspend {} --reason 'a drill'", self.suspended.email)).await;
        refused(&self.suspended.try_start(site).await, 422, "credentials_rejected");
        let late = Member::join(site).await;
        let key = hex::encode(entropy::bytes::<16>());
        let asked = ask_under(site, &key, &self.quiet).await;
        GoneOn { before: self, returned, refreshed, used, late, asked: (key, asked) }
    }
}

impl GoneOn {
    pub(super) async fn are_worth_what_the_page_says(self, site: &Site) {
        let Self { before, returned, refreshed, used, late, asked } = self;
        requests_answered_since(site, &before.quiet, asked).await;
        for mut person in [before.quiet, before.leaving, before.suspended] {
            person.me(site).await.expect(200);
            person.refresh(site).await;
            person.come_by_mail(site).await;
            person.come_by_backup_code(site).await;
        }
        before.returning.me(site).await.expect(200);
        sessions_granted_since(site, returned).await;
        refresh_tokens_exchanged_since(site, refreshed).await;
        backup_codes_used_since(site, before.using, used).await;
        accounts_made_since(site, late).await;
    }
}

async fn sessions_granted_since(site: &Site, mut returned: Member) {
    refused(&returned.me(site).await, 401, "unauthenticated");
    let refresh = returned.try_refresh(site).await;
    assert_eq!(refresh.status, 422, "{}", refresh.text);
    returned.come_by_mail(site).await;
}

/// It is taken for one that was exchanged long ago: the session ends.
async fn refresh_tokens_exchanged_since(site: &Site, mut refreshed: Member) {
    refreshed.me(site).await.expect(200);
    let refresh = refreshed.try_refresh(site).await;
    assert_eq!(refresh.status, 422, "{}", refresh.text);
    refused(&refreshed.me(site).await, 401, "unauthenticated");
    refreshed.come_by_mail(site).await;
}

async fn backup_codes_used_since(site: &Site, mut before: Member, mut used: Member) {
    let sign_in = used.start(site).await;
    let answer = json!({ "factor": "backup_code", "code": used.backup_code });
    let answered = site.post(&sign_in.path("/answers"), &sign_in.token, answer).await;
    refused(&answered, 422, "code_rejected");
    used.ask_for_backup_code(site).await;
    before.come_by_backup_code(site).await;
}

async fn requests_answered_since(site: &Site, member: &Member, (key, before): (String, Reply)) {
    let again = ask_under(site, &key, member).await;
    assert_eq!(again.header("idempotency-replayed"), None);
    assert_ne!(again.at("/id"), before.at("/id"), "it is done again");
}

async fn ask_under(site: &Site, key: &str, member: &Member) -> Reply {
    let typed = json!({ "email": member.email, "password": member.password });
    site.post_under(key, "/v1/sign-ins", "", typed).await.expect(201)
}

async fn accounts_made_since(site: &Site, late: Member) {
    refused(&late.try_start(site).await, 422, "credentials_rejected");
    late.join_again(site).await;
}
