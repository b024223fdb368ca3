//! Who has how many connections, or requests under way: so many in all, so many an address.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::bounds::CROWDED_PERCENT;
use crate::client_address::Prefix;

/// Places for so many in all, and so many an address.
#[derive(Debug, Clone)]
pub(crate) struct Places(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    most: usize,
    per_address: usize,
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    all: usize,
    of: HashMap<Prefix, usize>,
}

/// A place; it is free again when this is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    places: Places,
    prefix: Prefix,
}

/// Why there is no place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Full {
    /// All are taken.
    All,
    /// The address has as many as one may have.
    Address,
}

impl Places {
    /// So many in all, and so many an address.
    pub(crate) fn new(most: usize, per_address: usize) -> Self {
        Self(Arc::new(Inner { most, per_address, taken: Mutex::default() }))
    }

    /// Takes a place for an address.
    pub(crate) fn take(&self, address: IpAddr) -> Result<Place, Full> {
        let prefix = Prefix::of(address);
        let mut taken = self.taken();
        if taken.all >= self.0.most {
            return Err(Full::All);
        }
        if taken.of.get(&prefix).copied().unwrap_or_default() >= self.0.per_address {
            return Err(Full::Address);
        }
        *taken.of.entry(prefix).or_default() += 1;
        taken.all += 1;
        Ok(Place { places: self.clone(), prefix })
    }

    /// Whether so many are taken that those who do nothing with theirs have to go.
    pub(crate) fn are_nearly_taken(&self) -> bool {
        self.taken().all * 100 > self.0.most * CROWDED_PERCENT
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.0.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.taken();
        taken.all -= 1;
        if let Some(of_address) = taken.of.get_mut(&self.prefix) {
            *of_address -= 1;
            if *of_address == 0 {
                taken.of.remove(&self.prefix);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn an_address_has_so_many_places_and_all_together_so_many() {
        let places = Places::new(3, 2);
        let (one, other) = (address("192.0.2.1"), address("192.0.2.2"));
        let held = [places.take(one).unwrap(), places.take(one).unwrap()];
        assert_eq!(places.take(one).err(), Some(Full::Address));
        let last = places.take(other).unwrap();
        assert_eq!(places.take(other).err(), Some(Full::All));
        drop(held);
        assert!(places.take(one).is_ok());
        drop(last);
    }

    #[test]
    fn nothing_is_kept_of_an_address_that_has_no_place() {
        let (places, none) = (Places::new(3, 2), Places::new(3, 0));
        drop(places.take(address("2001:db8::1")).unwrap());
        assert_eq!(none.take(address("2001:db8::1")).err(), Some(Full::Address));
        for places in [places, none] {
            assert!(places.taken().of.is_empty());
        }
    }

    #[test]
    fn places_are_nearly_taken_when_more_than_four_of_five_are() {
        let places = Places::new(10, 10);
        let mut held: Vec<_> = (0..8).map(|_| places.take(address("192.0.2.1")).unwrap()).collect();
        assert!(!places.are_nearly_taken());
        held.push(places.take(address("192.0.2.1")).unwrap());
        assert!(places.are_nearly_taken());
        held.pop();
        assert!(!places.are_nearly_taken());
    }
}
