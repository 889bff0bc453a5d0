//! Messages that end their actor (rule L7).
//!
//! 1. The frame that an actor is working on is known while it works on it.
//! 2. When the actor fails, that frame's count goes up, in memory and in the ledger.
//! 3. A frame whose count is three is set aside, whole, and counts as a gap from then on.

use std::{
    collections::BTreeMap,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

/// After so many deaths a message is set aside, and the ledger keeps it.
pub const DEADLY: u32 = amble_ledger::POISON_AT;

/// By device and sequence: how often a frame has ended its actor, and its bytes once they were kept.
type Deaths = BTreeMap<(usize, u64), (u32, Vec<u8>)>;

/// What a zone knows of its devices' dangerous messages.
#[derive(Debug)]
pub struct Poison {
    /// Per device: the sequence that it works on; 0: none.
    in_hand: Vec<AtomicU64>,
    deaths: Mutex<Deaths>,
    known: AtomicU64,
}

impl Poison {
    /// Nothing known of so many devices.
    #[must_use]
    pub fn new(devices: usize) -> Self {
        Self {
            in_hand: (0..devices).map(|_| AtomicU64::new(0)).collect(),
            deaths: Mutex::default(),
            known: AtomicU64::new(0),
        }
    }

    fn deaths(&self) -> MutexGuard<'_, Deaths> {
        self.deaths.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins a frame. `false`: it is set aside, and counts as a gap. One that is suspected keeps
    /// its bytes, so that they can be looked at.
    pub fn begin(&self, device: usize, sequence: u64, bytes: impl FnOnce() -> Vec<u8>) -> bool {
        // In a shop without trouble, this is all.
        if self.known.load(Ordering::Acquire) > 0
            && let Some((count, kept)) = self.deaths().get_mut(&(device, sequence))
        {
            if *count >= DEADLY {
                return false;
            }
            *kept = bytes();
        }
        self.in_hand[device].store(sequence, Ordering::Release);
        true
    }

    /// The frame did no harm.
    pub fn end(&self, device: usize) {
        self.in_hand[device].store(0, Ordering::Release);
    }

    /// The device's actor has failed: which frame it was at, how often that happened with it, and
    /// its bytes when they were kept.
    pub fn failed(&self, device: usize) -> Option<(u64, u32, Vec<u8>)> {
        let sequence = self.in_hand[device].swap(0, Ordering::AcqRel);
        if sequence == 0 {
            return None;
        }
        let mut deaths = self.deaths();
        let (count, bytes) = deaths.entry((device, sequence)).or_default();
        *count += 1;
        self.known.fetch_add(1, Ordering::AcqRel);
        Some((sequence, *count, bytes.clone()))
    }

    /// What the ledger remembers of a frame.
    pub fn remember(&self, device: usize, sequence: u64, count: u32) {
        self.deaths()
            .insert((device, sequence), (count, Vec::new()));
        self.known.fetch_add(1, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_set_aside_after_its_third_death() {
        let poison = Poison::new(2);
        for death in 1..=3 {
            assert!(poison.begin(1, 7, || b"frame".to_vec()));
            let bytes = if death == 1 {
                vec![]
            } else {
                b"frame".to_vec()
            };
            assert_eq!(poison.failed(1), Some((7, death, bytes)));
        }
        assert!(!poison.begin(1, 7, Vec::new));
        assert!(poison.begin(1, 8, Vec::new));
        assert!(poison.begin(0, 7, Vec::new));
        poison.end(0);
        assert_eq!(poison.failed(0), None);
    }
}
