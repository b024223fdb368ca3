//! Password hashing: Argon2id in a bounded pool of threads that keep their memory.
//!
//! A place in the pool is taken before anything else is done for a password, so that a crowd is refused
//! early, and equally for every address. Nothing but hashing runs on these threads, and they give way to the
//! threads that answer: a crowd that hashes makes nobody wait who needs no hash.

use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use countersign_domain::password::Password;
use countersign_domain::secret::Verifier;
use subtle::ConstantTimeEq;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use crate::entropy;

/// What a new hash costs (OWASP Password Storage: m = 19 MiB, t = 2, p = 1).
pub const COST: Cost = Cost { memory_kib: 19_456, passes: 2, lanes: 1 };
/// The most memory, in KiB, that a stored hash may ask for: a bound on what a database can make us do.
const MEMORY_KIB_MOST: u32 = 262_144;
/// Places that may be taken for each hashing thread, the hash under way among them.
const PLACES_PER_THREAD: usize = 32;
/// How nice the hashing threads are to others (19 is the nicest).
const NICENESS: i32 = 5;
/// Bytes of salt.
const SALT_BYTES: usize = 16;
/// Bytes of hash.
const HASH_BYTES: usize = 32;

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
    jobs: SyncSender<Job>,
    places: Arc<Semaphore>,
    cost: Cost,
}

/// A place in the pool: the right to one hash, kept while the look-ups around it are made.
#[derive(Debug)]
pub struct Place {
    pool: HashPool,
    _permit: OwnedSemaphorePermit,
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
}

impl HashPool {
    /// Starts so many threads that hash at a cost; they end when the pool and its places are dropped.
    pub fn start(threads: usize, cost: Cost) -> std::io::Result<Self> {
        let places = threads.max(1).saturating_mul(PLACES_PER_THREAD);
        let (jobs, queue) = sync_channel(places);
        let queue = Arc::new(Mutex::new(queue));
        for number in 0..threads.max(1) {
            let queue = Arc::clone(&queue);
            thread::Builder::new().name(format!("hash-{number}")).spawn(move || work(&queue, cost))?;
        }
        Ok(Self { jobs, places: Arc::new(Semaphore::new(places)), cost })
    }

    /// Takes a place, or says at once that there is none.
    pub fn place(&self) -> Result<Place, PoolFull> {
        let permit = Arc::clone(&self.places).try_acquire_owned().map_err(|_| PoolFull)?;
        Ok(Place { pool: self.clone(), _permit: permit })
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

    /// The queue has as many seats as there are places, so that it is never full for who has one.
    fn submit(&self, job: Job) -> Result<(), HashingFailed> {
        self.pool.jobs.try_send(job).map_err(|error| match error {
            TrySendError::Full(_) | TrySendError::Disconnected(_) => HashingFailed,
        })
    }
}

/// One thread's life: take a job, do it in the memory that it keeps.
fn work(queue: &Mutex<Receiver<Job>>, cost: Cost) {
    give_way();
    let mut memory = Vec::new();
    loop {
        let next = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
        match next {
            Ok(Job::Hash { password, reply }) => answer(reply, hash(&password, cost, &mut memory)),
            Ok(Job::Check { password, stored, reply }) => {
                answer(reply, check(&password, &stored, cost, &mut memory));
            }
            Err(_) => return,
        }
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

fn hash(password: &Password, cost: Cost, memory: &mut Vec<Block>) -> Result<Verifier, HashingFailed> {
    let salt = entropy::bytes::<SALT_BYTES>();
    let params = params(cost)?;
    let mut output = [0; HASH_BYTES];
    fill(password, &salt, &params, memory, &mut output)?;
    let phc = PasswordHash {
        algorithm: Algorithm::Argon2id.ident(),
        version: Some(Version::V0x13.into()),
        params: ParamsString::try_from(&params).map_err(|_| HashingFailed)?,
        salt: Some(Salt::new(&salt).map_err(|_| HashingFailed)?),
        hash: Some(Output::new(&output).map_err(|_| HashingFailed)?),
    };
    Ok(Verifier::plain(phc.to_string()))
}

fn check(
    password: &Password,
    stored: &Verifier,
    cost: Cost,
    memory: &mut Vec<Block>,
) -> Result<Checked, HashingFailed> {
    let stored = PasswordHash::new(stored.known().ok_or(HashingFailed)?).map_err(|_| HashingFailed)?;
    let params = Params::try_from(&stored).map_err(|_| HashingFailed)?;
    let (salt, expected) = (stored.salt.ok_or(HashingFailed)?, stored.hash.ok_or(HashingFailed)?);
    let known = stored.algorithm == Algorithm::Argon2id.ident() && params.m_cost() <= MEMORY_KIB_MOST;
    if !known || expected.len() != HASH_BYTES {
        return Err(HashingFailed);
    }
    let mut output = [0; HASH_BYTES];
    fill(password, &salt, &params, memory, &mut output)?;
    let fits = bool::from(output.as_slice().ct_eq(expected.as_bytes()));
    Ok(Checked { fits, outdated: is_cheaper(&params, cost) })
}

fn fill(
    password: &Password,
    salt: &[u8],
    params: &Params,
    memory: &mut Vec<Block>,
    output: &mut [u8; HASH_BYTES],
) -> Result<(), HashingFailed> {
    let blocks = params.block_count();
    if memory.len() < blocks {
        memory.resize(blocks, Block::new());
    }
    let seats = memory.get_mut(..blocks).ok_or(HashingFailed)?;
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone())
        .hash_password_into_with_memory(password.as_bytes(), salt, output, seats)
        .map_err(|_| HashingFailed)
}

fn params(cost: Cost) -> Result<Params, HashingFailed> {
    Params::new(cost.memory_kib, cost.passes, cost.lanes, Some(HASH_BYTES)).map_err(|_| HashingFailed)
}

fn is_cheaper(params: &Params, cost: Cost) -> bool {
    params.m_cost() < cost.memory_kib || params.t_cost() < cost.passes
}

#[cfg(test)]
mod tests {
    use argon2::PasswordVerifier;

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

    #[tokio::test]
    async fn a_stored_hash_that_asks_for_too_much_memory_is_not_computed() {
        let place = HashPool::start(1, CHEAP).unwrap().place().unwrap();
        let greedy = "$argon2id$v=19$m=4194304,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
        assert_eq!(place.check(Password::typed("x"), Verifier::plain(greedy)).await, Err(HashingFailed));
    }
}
