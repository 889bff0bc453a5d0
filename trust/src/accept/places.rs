//! How many connections there are, and from where.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
};

use super::Limits;

/// The places of a port.
pub(super) struct Places {
    limits: Limits,
    taken: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

/// One of them, until it is dropped.
pub(super) struct Place {
    address: IpAddr,
    taken: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

impl Places {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            limits,
            taken: Arc::default(),
        }
    }

    pub(super) fn take(&self, address: IpAddr) -> Option<Place> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let all: usize = taken.values().sum();
        let own = taken.get(&address).copied().unwrap_or_default();
        if all >= self.limits.connections || own >= self.limits.per_address {
            return None;
        }
        taken.insert(address, own + 1);
        Some(Place {
            address,
            taken: Arc::clone(&self.taken),
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = taken.get_mut(&self.address) {
            *own -= 1;
            if *own == 0 {
                taken.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_can_not_take_all_places_and_gives_back_what_it_had() {
        let places = Places::new(Limits {
            connections: 3,
            per_address: 2,
            calls_per_second: 1,
        });
        let [a, b] = [1, 2].map(|n| IpAddr::from([127, 0, 0, n]));
        let held = [places.take(a), places.take(a)];
        assert!(held.iter().all(Option::is_some) && places.take(a).is_none());
        let other = places.take(b);
        assert!(other.is_some() && places.take(b).is_none());
        drop(held);
        assert!(places.take(a).is_some());
        drop(other);
        assert!(places.taken.lock().unwrap().is_empty());
    }
}
