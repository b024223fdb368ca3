//! People who come and go all the while.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use tokio::task::JoinHandle;

use super::people::Member;
use super::site::Site;

/// How many come and go at once.
const AT_ONCE: usize = 1;

/// People who come and go until they are sent home.
#[derive(Debug)]
pub struct Crowd {
    going: Arc<AtomicBool>,
    visits: Arc<AtomicU64>,
    people: Vec<JoinHandle<()>>,
}

impl Crowd {
    /// Lets people come.
    pub fn gather(site: &Arc<Site>) -> Self {
        let (going, visits) = (Arc::new(AtomicBool::new(true)), Arc::new(AtomicU64::default()));
        let come = |_| {
            let (site, going, visits) = (Arc::clone(site), Arc::clone(&going), Arc::clone(&visits));
            tokio::spawn(async move {
                while going.load(Ordering::Relaxed) {
                    visit(&site).await;
                    visits.fetch_add(1, Ordering::Relaxed);
                }
            })
        };
        let people = (0..AT_ONCE).map(come).collect();
        Self { going, visits, people }
    }

    /// How many have been in and out.
    pub fn visits(&self) -> u64 {
        self.visits.load(Ordering::Relaxed)
    }

    /// Sends everybody home; how many have been in and out, none of whom was refused anything.
    pub async fn go_home(self) -> u64 {
        self.going.store(false, Ordering::Relaxed);
        for person in self.people {
            person.await.expect("no request of a busy client fails");
        }
        self.visits.load(Ordering::Relaxed)
    }
}

/// Joins, comes by mail and by backup code, stays for a while.
async fn visit(site: &Site) {
    let mut member = Member::join(site).await;
    member.me(site).await.expect(200);
    member.come_by_mail(site).await;
    member.refresh(site).await;
    member.come_by_backup_code(site).await;
    member.me(site).await.expect(200);
}
