//! Limits per client address: how many requests of a group may come from one in a minute.
//!
//! - [`Rates`]: the numbers
//! - `group`: which requests count together
//! - `buckets`: who has how many left; bounded
//! - `counting`: before a request is looked at, and where it will cost a hash or a message

mod buckets;
mod counting;
mod group;

use countersign_domain::time::Timestamp;

use crate::client_address::Prefix;
use buckets::Buckets;
pub(crate) use buckets::Standing;
pub(crate) use counting::{Counted, Toll, count};
pub(crate) use group::Group;
pub use group::Rates;

/// What is left to whom, of each group that is limited.
#[derive(Debug)]
pub(crate) struct Limits([Option<Buckets>; 3]);

impl Limits {
    /// Limits at these rates.
    pub(crate) fn new(rates: &Rates) -> Self {
        Self(Group::ALL.map(|group| rates.of(group).map(Buckets::new)))
    }

    /// Takes one from what an address has left, or says when there will be one; nothing where there is no limit.
    pub(crate) fn take(&self, group: Group, prefix: Prefix, now: Timestamp) -> Option<Standing> {
        self.of(group).map(|buckets| buckets.take(prefix, now.as_millis()))
    }

    /// Gives back what was taken from what an address has left.
    pub(crate) fn give_back(&self, group: Group, prefix: Prefix, now: Timestamp) {
        if let Some(buckets) = self.of(group) {
            buckets.give_back(prefix, now.as_millis());
        }
    }

    fn of(&self, group: Group) -> Option<&Buckets> {
        let [sign_in, api, public] = &self.0;
        match group {
            Group::SignIn => sign_in.as_ref(),
            Group::Api => api.as_ref(),
            Group::Public => public.as_ref(),
        }
    }
}
