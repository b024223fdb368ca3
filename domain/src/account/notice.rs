//! Notices: what a person was told by mail, each thing once.

use super::causes::{About, Notice};
use super::events::AccountEvent;
use super::refusal::AccountRefusal;
use super::sign_in::keep_newest;
use super::state::{Account, SentNotice};

/// Notices that are remembered as sent: only those about what happened last matter.
const NOTICES_REMEMBERED: usize = 16;

impl Account {
    pub(super) fn record_notice_sent(
        &self,
        notice: Notice,
        about: About,
    ) -> Result<Vec<AccountEvent>, AccountRefusal> {
        let person = self.person().ok_or(AccountRefusal::NotVerified)?;
        if person.notices.contains(&SentNotice { notice, about }) {
            return Ok(Vec::new());
        }
        let (backup_code, about) = match about {
            About::BackupCode(code) => (Some(code), None),
            About::Event(sequence) => (None, Some(sequence)),
        };
        Ok(vec![AccountEvent::NoticeSent { notice, backup_code, about }])
    }

    pub(super) fn notice_sent(&mut self, notice: Notice, about: Option<About>) {
        if let (Some(person), Some(about)) = (self.person_mut(), about) {
            person.notices.push(SentNotice { notice, about });
            keep_newest(&mut person.notices, NOTICES_REMEMBERED);
        }
    }
}
