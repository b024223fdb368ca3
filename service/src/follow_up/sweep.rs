//! The sweep: one leader looks for work that a commit left and nobody did, and does it.

use std::time::{Duration, Instant};

use countersign_domain::account::Account;
use countersign_domain::decider::Decider;
use countersign_domain::email_address::EmailAddress;
use countersign_domain::id::AccountId;
use countersign_domain::time::{Span, Timestamp};
use countersign_stores::FollowUp;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::{Again, Left, Outcome, Work};
use crate::error::ServiceError;
use crate::service::Service;

/// How often the sweep looks.
pub const SWEEP_EVERY: Duration = Duration::from_secs(5);
/// How long the command's own task has before the sweep takes its work over.
const GRACE: Span = Span::seconds(30);
/// How long work that could not be done waits before it is tried again; twice as long each time.
const FIRST_PAUSE: Span = Span::seconds(10);
/// The longest such wait: of a code's ten minutes, a mail server that comes back wastes at most two.
const LONGEST_PAUSE: Span = Span::minutes(2);
/// How long one leader goes on before it lets another have a turn.
const LEADS_FOR: Duration = Duration::from_secs(60);
/// Rows of one look.
const ROWS: u32 = 200;
/// The loop's name where its failures are counted.
pub(crate) const SWEEP: &str = "sweep";
/// The name that the sweep's leader is chosen under.
const LEADER: &str = "follow-ups";

/// What one sweep did.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Swept {
    /// Rows whose work is done.
    pub done: usize,
    /// Rows whose work has to be tried again.
    pub left: usize,
}

/// What came of trying a row: at once, or when its message has been sent or not.
enum Tried {
    Over(Left),
    UnderWay(JoinHandle<Left>),
}

impl Swept {
    fn count(&mut self, left: Left) {
        if left == Left::Nothing { self.done += 1 } else { self.left += 1 }
    }
}

impl Service {
    /// Sweeps every [`SWEEP_EVERY`] until the returned future is dropped.
    pub async fn sweep_for_ever(&self) {
        let mut ticks = tokio::time::interval(SWEEP_EVERY);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            if let Err(error) = self.look().await {
                self.parts().failures.count(SWEEP);
                tracing::warn!(%error, "the sweep failed and will be tried again");
            }
        }
    }

    /// The same once, and waits until every message that it began to send has been sent or not.
    pub async fn sweep(&self) -> Result<Swept, ServiceError> {
        let (mut swept, under_way) = self.look().await?;
        for message in under_way {
            swept.count(message.await.map_err(ServiceError::broken)?);
        }
        Ok(swept)
    }

    /// Does the work that is older than a grace of 30 seconds, if no other server is at it. Events of other
    /// streams are appended one after the other; messages are sent in tasks of their own, as many as there is room for, so
    /// that a mail server that is silent keeps nothing else waiting, nor the next look.
    async fn look(&self) -> Result<(Swept, Vec<JoinHandle<Left>>), ServiceError> {
        let (mut swept, mut under_way) = (Swept::default(), Vec::new());
        let Some(leadership) = self.store().lead(LEADER).await? else { return Ok((swept, under_way)) };
        let now = self.now();
        let before = Timestamp::from_millis(now.as_millis().saturating_sub(grace_millis()));
        let begin = Instant::now();
        let mut last = None;
        while begin.elapsed() < LEADS_FOR {
            let page = self.store().follow_ups(before, now, last.as_ref(), ROWS).await?;
            for row in &page {
                match self.try_row(row).await {
                    Tried::Over(left) => swept.count(left),
                    Tried::UnderWay(message) => under_way.push(message),
                }
            }
            let Some(row) = page.into_iter().next_back() else { break };
            last = Some(row);
        }
        self.store().sweep_expired(now).await?;
        leadership.release().await?;
        Ok((swept, under_way))
    }

    /// Does a row's work; one that fails is logged, put off, and must not keep the others waiting.
    async fn try_row(&self, row: &FollowUp) -> Tried {
        match self.sweep_row(row).await {
            Ok(tried) => tried,
            Err(error) => {
                let (stream, sequence) = (&row.stream, row.sequence);
                tracing::warn!(stream, sequence, %error, "a follow-up cannot be done");
                let left = Left::All { last: None, may_have_left: row.may_have_left };
                self.put_off(row, left).await;
                Tried::Over(left)
            }
        }
    }

    /// Puts what is left of a row's work off: longer each time, but never beyond the last try.
    async fn put_off(&self, row: &FollowUp, left: Left) {
        let Left::All { last, may_have_left } = left else { return };
        let now = self.now();
        let next = now + FIRST_PAUSE.doubled(row.tries, LONGEST_PAUSE);
        let next = last.map_or(next, |last| next.min(last.max(now)));
        if let Err(error) = self.store().put_off(row, next, may_have_left).await {
            let (stream, sequence) = (&row.stream, row.sequence);
            tracing::warn!(stream, sequence, %error, "a follow-up is tried again at once: it cannot be put off");
        }
    }

    async fn sweep_row(&self, row: &FollowUp) -> Result<Tried, ServiceError> {
        match row.aggregate_type.as_str() {
            Account::TYPE => self.sweep_account(row).await,
            EmailAddress::TYPE => self.sweep_claim(row).await,
            other => {
                Err(ServiceError::broken(format_args!("work left by an aggregate {other} that is not known")))
            }
        }
    }

    /// What ends without a message ends here and now, whether or not there is room for messages.
    async fn sweep_account(&self, row: &FollowUp) -> Result<Tried, ServiceError> {
        let account: AccountId = row.stream.parse().map_err(ServiceError::broken)?;
        let recorded = self.store().event_at::<Account>(&row.stream, row.sequence).await?;
        let recorded =
            recorded.ok_or_else(|| ServiceError::broken("work is left by an event that is not there"))?;
        let client = self.store().client_at::<Account>(&row.stream, row.sequence).await?;
        let (deciding, decided) = oneshot::channel();
        let again = Some(Again { row: row.clone(), deciding });
        let work = Work { account, sequence: row.sequence, recorded, client, again, known: None };
        let (service, row) = (self.clone(), row.clone());
        let task = self.in_task(async move {
            let left = service.do_follow_up(work).await;
            service.put_off(&row, left).await;
            left
        });
        // It is never sent anything: it is dropped when a message begins to be sent, or all is over.
        drop(decided.await);
        Ok(Tried::UnderWay(task))
    }

    /// What follows `email.claimed`.
    async fn sweep_claim(&self, row: &FollowUp) -> Result<Tried, ServiceError> {
        let address = self.store().load::<EmailAddress>(&row.stream).await?;
        let outcome = match address.state {
            EmailAddress::Claimed { account } => {
                let stream = row.stream.parse().map_err(ServiceError::broken)?;
                let client = self.store().client_at::<EmailAddress>(&row.stream, row.sequence).await?;
                self.follow_up_claim(account, client, &stream).await?
            }
            _ => Outcome::Done,
        };
        let left = match outcome {
            Outcome::Later { last, may_have_left } => Left::All { last: Some(last), may_have_left },
            Outcome::NoRoom => Left::NotTried,
            Outcome::Done | Outcome::Settled => {
                Left::unless(self.settle(EmailAddress::TYPE, &row.stream, row.sequence).await)
            }
        };
        self.put_off(row, left).await;
        Ok(Tried::Over(left))
    }
}

fn grace_millis() -> i64 {
    i64::try_from(GRACE.as_millis()).unwrap_or(i64::MAX)
}
