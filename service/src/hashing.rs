//! Password hashing: Argon2id in a bounded pool of threads that keep their memory.
//!
//! A place in the pool is taken before anything else is done for a password, so that a crowd is refused
//! early, and equally for every address. Nothing but hashing, and judging what is to be hashed, runs on these threads,
//! and they give way to the threads that answer: a crowd that hashes makes nobody wait who needs no hash.

mod argon;
mod counts;

use std::collections::HashSet;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Instant;

use countersign_domain::email::Email;
use countersign_domain::id::AccountId;
use countersign_domain::password::{NewPassword, Password};
use countersign_domain::secret::Verifier;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use crate::password_rules::{self, WeakPassword};
use argon::{check, hash};
use counts::Counts;
pub use counts::HashingMeasured;

/// What a new hash costs (OWASP Password Storage: m = 19 MiB, t = 2, p = 1).
pub const COST: Cost = Cost { memory_kib: 19_456, passes: 2, lanes: 1 };
/// Places that may be taken for each hashing thread, the hash under way among them.
const PLACES_PER_THREAD: usize = 32;
/// Places beside those, for people who come from a device that is known; an account has one of them at a time.
const PLACES_FOR_KNOWN: usize = 16;
/// Look-ups at once that tell whether a device is known, while there are no other places.
const LOOK_UPS_FOR_KNOWN: usize = 8;
/// How nice the hashing threads are to others (19 is the nicest).
const NICENESS: i32 = 10;

/// What a hash costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
}

/// The pool of hashing threads.
#[derive(Debug, Clone)]
pub struct HashPool {
    jobs: SyncSender<Queued>,
    places: Arc<Semaphore>,
    places_for_known: Arc<Semaphore>,
    /// The accounts that have one of those.
    known: Arc<Mutex<HashSet<AccountId>>>,
    look_ups: Arc<Semaphore>,
    counts: Arc<Counts>,
    cost: Cost,
}

/// A place in the pool: the right to one hash, kept while the look-ups around it are made.
#[derive(Debug)]
pub struct Place {
    pool: HashPool,
    _permit: OwnedSemaphorePermit,
    _known: Option<KnownPlace>,
}

/// An account that has one of the places for known devices.
#[derive(Debug)]
struct KnownPlace {
    known: Arc<Mutex<HashSet<AccountId>>>,
    account: AccountId,
}

/// All places are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolFull;

/// Hashing failed, or its thread is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HashingFailed;

/// What came of checking a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Checked {
    /// Whether it is the password.
    pub fits: bool,
    /// Whether the stored hash costs less than a new one would.
    pub outdated: bool,
}

#[derive(Debug)]
enum Job {
    Hash { password: Password, reply: oneshot::Sender<Result<Verifier, HashingFailed>> },
    Check { password: Password, stored: Verifier, reply: oneshot::Sender<Result<Checked, HashingFailed>> },
    Judge { password: Password, email: Option<Email>, reply: oneshot::Sender<Judged> },
}

type Judged = Result<NewPassword, WeakPassword>;

#[derive(Debug)]
struct Queued {
    job: Job,
    since: Instant,
}

impl HashPool {
    /// Starts so many threads that hash at a cost; they end when the pool and its places are dropped.
    pub fn start(threads: usize, cost: Cost) -> std::io::Result<Self> {
        let places = threads.max(1).saturating_mul(PLACES_PER_THREAD);
        let (jobs, queue) = sync_channel(places + PLACES_FOR_KNOWN);
        let queue = Arc::new(Mutex::new(queue));
        let counts = Arc::new(Counts::of(places));
        for number in 0..threads.max(1) {
            let (queue, counts) = (Arc::clone(&queue), Arc::clone(&counts));
            thread::Builder::new()
                .name(format!("hash-{number}"))
                .spawn(move || work(&queue, &counts, cost))?;
        }
        Ok(Self {
            jobs,
            places: Arc::new(Semaphore::new(places)),
            places_for_known: Arc::new(Semaphore::new(PLACES_FOR_KNOWN)),
            known: Arc::default(),
            look_ups: Arc::new(Semaphore::new(LOOK_UPS_FOR_KNOWN)),
            counts,
            cost,
        })
    }

    /// Takes a place, or says at once that there is none.
    pub fn place(&self) -> Result<Place, PoolFull> {
        self.try_place().ok_or_else(|| {
            self.refused();
            PoolFull
        })
    }

    /// Takes a place, if there is one; who is refused for it is still to be counted.
    pub(crate) fn try_place(&self) -> Option<Place> {
        let permit = Arc::clone(&self.places).try_acquire_owned().ok()?;
        Some(Place { pool: self.clone(), _permit: permit, _known: None })
    }

    /// Takes one of the places for known devices, of which an account has one at a time.
    pub(crate) fn place_for_known(&self, account: AccountId) -> Option<Place> {
        let permit = Arc::clone(&self.places_for_known).try_acquire_owned().ok()?;
        if !self.known().insert(account) {
            return None;
        }
        self.counts.known();
        let known = KnownPlace { known: Arc::clone(&self.known), account };
        Some(Place { pool: self.clone(), _permit: permit, _known: Some(known) })
    }

    /// Waits for the turn to look up whether a device is known.
    pub(crate) async fn turn_to_look_up(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.look_ups).acquire_owned().await.ok()
    }

    /// Whether no place is left but those for known devices.
    pub fn is_full(&self) -> bool {
        self.places.available_permits() == 0
    }

    /// Counts somebody who was refused.
    pub(crate) fn refused(&self) {
        self.counts.refused();
    }

    /// What was counted so far.
    pub fn measure(&self) -> HashingMeasured {
        let free = self.places.available_permits() + self.places_for_known.available_permits();
        self.counts.so_far(PLACES_FOR_KNOWN, free)
    }

    fn known(&self) -> MutexGuard<'_, HashSet<AccountId>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What a new hash costs here.
    pub fn cost(&self) -> Cost {
        self.cost
    }
}

impl Place {
    /// Hashes a password at today's cost.
    pub async fn hash(&self, password: Password) -> Result<Verifier, HashingFailed> {
        let (reply, answer) = oneshot::channel();
        self.submit(Job::Hash { password, reply })?;
        answer.await.map_err(|_| HashingFailed)?
    }

    /// Compares a password with a stored hash.
    pub async fn check(&self, password: Password, stored: Verifier) -> Result<Checked, HashingFailed> {
        let (reply, answer) = oneshot::channel();
        self.submit(Job::Check { password, stored, reply })?;
        answer.await.map_err(|_| HashingFailed)?
    }

    /// Says whether a new password can be chosen.
    pub async fn judge(&self, password: Password, email: Option<Email>) -> Result<Judged, HashingFailed> {
        let (reply, answer) = oneshot::channel();
        self.submit(Job::Judge { password, email, reply })?;
        answer.await.map_err(|_| HashingFailed)
    }

    /// The queue has as many seats as there are places, so that it is never full for who has one.
    fn submit(&self, job: Job) -> Result<(), HashingFailed> {
        self.pool.jobs.try_send(Queued { job, since: Instant::now() }).map_err(|error| match error {
            TrySendError::Full(_) | TrySendError::Disconnected(_) => HashingFailed,
        })
    }
}

/// One thread's life: take a job, do it in the memory that it keeps.
fn work(queue: &Mutex<Receiver<Queued>>, counts: &Counts, cost: Cost) {
    give_way();
    let mut memory = Vec::new();
    loop {
        let next = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(Queued { job, since }) = next else { return };
        let begun = Instant::now();
        // Whoever has a result finds it counted.
        let counted = || counts.done(begun - since, begun.elapsed());
        match job {
            Job::Hash { password, reply } => {
                let made = hash(&password, cost, &mut memory);
                counted();
                answer(reply, made);
            }
            Job::Check { password, stored, reply } => {
                let checked = check(&password, &stored, cost, &mut memory);
                counted();
                answer(reply, checked);
            }
            Job::Judge { password, email, reply } => {
                let judged = password_rules::accept(password, email.as_ref());
                counted();
                answer(reply, judged);
            }
        }
    }
}

impl Drop for KnownPlace {
    fn drop(&mut self) {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.account);
    }
}

/// Lets this thread yield to those of normal priority. Only Linux tells threads apart here.
#[cfg(target_os = "linux")]
fn give_way() {
    if let Err(error) = rustix::process::setpriority_process(None, NICENESS) {
        tracing::warn!(%error, "hashing runs with the priority of everything else");
    }
}

#[cfg(not(target_os = "linux"))]
fn give_way() {}

/// Hands a result to who asked for it, unless they are gone.
fn answer<T>(reply: oneshot::Sender<T>, result: T) {
    if reply.send(result).is_err() {
        tracing::debug!("nobody waits for a hash any more");
    }
}

#[cfg(test)]
mod tests {
    use argon2::password_hash::phc::PasswordHash;
    use argon2::{Argon2, PasswordVerifier};

    use super::*;

    const CHEAP: Cost = Cost { memory_kib: 64, passes: 1, lanes: 1 };
    const DEARER: Cost = Cost { memory_kib: 128, passes: 2, lanes: 1 };

    async fn hashed_at(cost: Cost) -> Verifier {
        HashPool::start(1, cost)
            .unwrap()
            .place()
            .unwrap()
            .hash(Password::typed("correct horse"))
            .await
            .unwrap()
    }

    #[tokio::test]
    async fn a_password_fits_its_own_hash_and_no_other() {
        let stored = hashed_at(CHEAP).await;
        let place = HashPool::start(2, CHEAP).unwrap().place().unwrap();
        let right = place.check(Password::typed("correct horse"), stored.clone()).await;
        let wrong = place.check(Password::typed("correct hors"), stored).await;
        assert_eq!(right, Ok(Checked { fits: true, outdated: false }));
        assert_eq!(wrong, Ok(Checked { fits: false, outdated: false }));
    }

    #[tokio::test]
    async fn a_hash_of_a_lower_cost_fits_and_is_told_to_be_outdated() {
        let stored = hashed_at(CHEAP).await;
        let place = HashPool::start(1, DEARER).unwrap().place().unwrap();
        let checked = place.check(Password::typed("correct horse"), stored).await;
        assert_eq!(checked, Ok(Checked { fits: true, outdated: true }));
    }

    #[tokio::test]
    async fn a_hash_is_what_the_reference_implementation_makes_of_it() {
        let stored = hashed_at(CHEAP).await;
        let phc = PasswordHash::new(stored.known().unwrap()).unwrap();
        assert!(Argon2::default().verify_password(b"correct horse", &phc).is_ok());
    }

    #[test]
    fn a_crowd_is_refused_before_any_work_is_done_for_it() {
        let pool = HashPool::start(1, CHEAP).unwrap();
        let places: Vec<Place> = std::iter::from_fn(|| pool.place().ok()).take(1_000).collect();
        assert_eq!(places.len(), PLACES_PER_THREAD);
        assert_eq!(pool.place().err(), Some(PoolFull));
        drop(places);
        assert!(pool.place().is_ok());
    }

    #[test]
    fn an_account_has_one_of_the_places_for_known_devices_when_all_others_are_taken() {
        let account = |number: u128| AccountId::new(uuid::Uuid::from_u128(number));
        let pool = HashPool::start(1, CHEAP).unwrap();
        let crowd: Vec<Place> = std::iter::from_fn(|| pool.place().ok()).collect();
        let known = pool.place_for_known(account(1)).unwrap();
        assert!(pool.place_for_known(account(1)).is_none());
        let others: Vec<Place> = (2..1_000).filter_map(|n| pool.place_for_known(account(n))).collect();
        assert_eq!(others.len(), PLACES_FOR_KNOWN - 1);
        let measured = pool.measure();
        assert_eq!((measured.taken, measured.refused, measured.known), (measured.places, 1, 16));
        drop((known, others));
        assert!(pool.place_for_known(account(1)).is_some());
        drop(crowd);
    }

    #[tokio::test]
    async fn everybody_who_has_a_place_is_served_however_full_it_is() {
        let account = |number: u128| AccountId::new(uuid::Uuid::from_u128(number));
        let pool = HashPool::start(1, CHEAP).unwrap();
        let places = std::iter::from_fn(|| pool.try_place()).collect::<Vec<_>>();
        let known = (0..1_000).filter_map(|n| pool.place_for_known(account(n)));
        let mut hashed = tokio::task::JoinSet::new();
        for place in places.into_iter().chain(known).collect::<Vec<_>>() {
            hashed.spawn(async move { place.hash(Password::typed("correct horse")).await });
        }
        let count = u64::try_from(hashed.len()).unwrap();
        assert!(hashed.join_all().await.iter().all(Result::is_ok));
        assert_eq!(pool.measure().done, count);
    }

    #[tokio::test]
    async fn a_stored_hash_that_asks_for_too_much_memory_is_not_computed() {
        let place = HashPool::start(1, CHEAP).unwrap().place().unwrap();
        let greedy = "$argon2id$v=19$m=4194304,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
        assert_eq!(place.check(Password::typed("x"), Verifier::plain(greedy)).await, Err(HashingFailed));
    }
}
