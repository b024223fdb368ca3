//! Who has how many left: a token bucket an address, each one number (the generic cell rate algorithm).
//!
//! A bucket that is full again says nothing and is forgotten. Where addresses are more than are kept, those that are
//! not known share one bucket: memory stays bounded, and who was known goes on.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};

use crate::client_address::Prefix;

/// Addresses that are kept of a group: with their table about 4 MiB.
const ADDRESSES_MOST: usize = 50_000;
/// The window of every rate, in milliseconds.
const WINDOW: i64 = 60_000;
/// How often, in milliseconds, a table that is full is searched for what can be forgotten.
const SEARCH_EVERY: i64 = 1_000;
/// Parts of a millisecond that are counted, so that rates of thousands a minute are exact.
const PARTS: i64 = 1_000;

/// The buckets of one group.
#[derive(Debug)]
pub(super) struct Buckets {
    rate: NonZeroU32,
    most: usize,
    table: Mutex<Table>,
}

#[derive(Debug, Default)]
struct Table {
    /// When each bucket is full again.
    full_at: HashMap<Prefix, i64>,
    /// That of those who are not known while the table is full.
    strangers: i64,
    searched: i64,
}

/// Where an address stands after a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Standing {
    /// Requests that may be made at once when nothing was asked for a while; also those of a minute.
    pub(crate) quota: u32,
    /// Requests that are left now.
    pub(crate) left: u32,
    /// Seconds until all are there again.
    pub(crate) full_in: u64,
    /// Where this request was one too many, seconds until there is one.
    pub(crate) retry_in: Option<u64>,
}

impl Buckets {
    /// Buckets that fill at so many a minute, and hold as many.
    pub(super) fn new(rate: NonZeroU32) -> Self {
        Self { rate, most: ADDRESSES_MOST, table: Mutex::default() }
    }

    /// Takes one from a bucket, at a time in milliseconds.
    pub(super) fn take(&self, prefix: Prefix, now: i64) -> Standing {
        let now = now.saturating_mul(PARTS);
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        let full_at = table.bucket(prefix, now, self.most);
        // A clock that was set back must not keep anybody out for longer than an empty bucket does.
        *full_at = (*full_at).clamp(now, now + WINDOW * PARTS);
        let one = WINDOW * PARTS / i64::from(self.rate.get());
        let after = *full_at + one;
        let wait = after - (now + one * i64::from(self.rate.get()));
        if wait <= 0 {
            *full_at = after;
        }
        let missing = *full_at - now;
        let missed = u32::try_from(divided_up(missing, one)).unwrap_or(u32::MAX);
        Standing {
            quota: self.rate.get(),
            left: self.rate.get().saturating_sub(missed),
            full_in: seconds_up(missing),
            retry_in: (wait > 0).then(|| seconds_up(wait).max(1)),
        }
    }

    /// Gives back what was taken from a bucket a moment ago.
    pub(super) fn give_back(&self, prefix: Prefix, now: i64) {
        let now = now.saturating_mul(PARTS);
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        let full_at = table.bucket(prefix, now, self.most);
        *full_at = (*full_at - WINDOW * PARTS / i64::from(self.rate.get())).max(now);
    }
}

impl Table {
    fn bucket(&mut self, prefix: Prefix, now: i64, most: usize) -> &mut i64 {
        if self.full_at.len() >= most && !self.full_at.contains_key(&prefix) {
            if (now - self.searched).abs() >= SEARCH_EVERY * PARTS {
                self.searched = now;
                self.full_at.retain(|_, full_at| *full_at > now);
            }
            if self.full_at.len() >= most {
                return &mut self.strangers;
            }
        }
        self.full_at.entry(prefix).or_insert(now)
    }
}

/// Division that rounds up, of what is not negative.
fn divided_up(number: i64, by: i64) -> i64 {
    (number + by - 1) / by
}

fn seconds_up(parts: i64) -> u64 {
    u64::try_from(divided_up(parts, 1_000 * PARTS)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_800_000_000_000;

    fn prefix(number: u32) -> Prefix {
        Prefix::of(std::net::Ipv4Addr::from_bits(number).into())
    }

    fn buckets(rate: u32, most: usize) -> Buckets {
        Buckets { most, ..Buckets::new(NonZeroU32::new(rate).unwrap()) }
    }

    /// How many requests of an address get through at one moment.
    fn passed(buckets: &Buckets, number: u32, now: i64) -> usize {
        (0..1_000).filter(|_| buckets.take(prefix(number), now).retry_in.is_none()).count()
    }

    #[test]
    fn a_minutes_requests_may_be_made_at_once_and_then_one_at_a_time() {
        let buckets = buckets(30, 10);
        assert_eq!(passed(&buckets, 1, NOW), 30);
        assert_eq!(passed(&buckets, 1, NOW + 1_999), 0);
        assert_eq!(passed(&buckets, 1, NOW + 2_000), 1);
        assert_eq!(passed(&buckets, 1, NOW + 2_000 + 60_000), 30);
        assert_eq!(passed(&buckets, 2, NOW), 30, "another address has its own");
    }

    #[test]
    fn what_is_given_back_can_be_taken_again_and_a_bucket_never_holds_more_than_it_does() {
        let buckets = buckets(30, 10);
        assert_eq!(passed(&buckets, 1, NOW), 30);
        buckets.give_back(prefix(1), NOW);
        assert_eq!(passed(&buckets, 1, NOW), 1);
        for _ in 0..100 {
            buckets.give_back(prefix(1), NOW);
        }
        assert_eq!(passed(&buckets, 1, NOW), 30);
    }

    #[test]
    fn what_is_told_is_what_holds() {
        let buckets = buckets(3, 10);
        let standing = |left, full_in, retry_in| Standing { quota: 3, left, full_in, retry_in };
        assert_eq!(buckets.take(prefix(1), NOW), standing(2, 20, None));
        assert_eq!(buckets.take(prefix(1), NOW), standing(1, 40, None));
        assert_eq!(buckets.take(prefix(1), NOW), standing(0, 60, None));
        assert_eq!(buckets.take(prefix(1), NOW + 500), standing(0, 60, Some(20)));
        assert_eq!(buckets.take(prefix(1), NOW + 20_000), standing(0, 60, None));
    }

    #[test]
    fn high_rates_are_exact() {
        assert_eq!(passed(&buckets(7_000, 10), 1, NOW), 1_000);
        let buckets = buckets(900, 10);
        assert_eq!(passed(&buckets, 1, NOW), 900);
        assert_eq!(passed(&buckets, 1, NOW + 6_000), 90);
    }

    #[test]
    fn a_clock_that_is_set_back_keeps_nobody_out_for_longer_than_a_minute() {
        let buckets = buckets(30, 10);
        assert_eq!(passed(&buckets, 1, NOW), 30);
        let back = NOW - 3_600_000;
        assert_eq!(passed(&buckets, 1, back), 0);
        assert_eq!(passed(&buckets, 1, back + 60_000), 30);
    }

    #[test]
    fn no_more_addresses_are_kept_than_so_many_and_the_others_share_one_bucket() {
        let buckets = buckets(30, 10);
        for number in 0..10 {
            assert_eq!(passed(&buckets, number, NOW), 30);
        }
        let strangers: usize = (10..1_000).map(|number| passed(&buckets, number, NOW)).sum();
        assert_eq!(strangers, 30);
        assert_eq!(buckets.table.lock().unwrap().full_at.len(), 10);
        assert_eq!(passed(&buckets, 11, NOW + 60_000), 30, "buckets that are full again make room");
        assert_eq!(buckets.table.lock().unwrap().full_at.len(), 1);
    }
}
