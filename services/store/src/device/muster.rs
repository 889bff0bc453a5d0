//! A zone's devices: which they are, who is here, and how far each has come.

use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};

use amble_cluster::Key;
use amble_engine::time::Round;
use amble_proto::v1::{DeviceKind, DeviceRef};

use super::poison::Poison;
use crate::round::RollCall;

/// A device of the store plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceId {
    /// What it is.
    pub kind: DeviceKind,
    /// Its id, as its edge uses it.
    pub id: String,
    /// Where its actor is found.
    pub key: Key,
}

impl DeviceId {
    /// Its name in the ledger.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{}/{}", self.kind.word(), self.id)
    }

    /// Its name in a recording.
    #[must_use]
    pub fn reference(&self) -> DeviceRef {
        DeviceRef {
            kind: self.kind.into(),
            device_id: self.id.clone(),
        }
    }
}

/// A zone's devices: who is here, and who has finished which round. Shared by them and their zone.
#[derive(Debug)]
pub struct Muster {
    /// Who has finished which round.
    pub roll: RollCall,
    /// Messages that ended their actor.
    pub poison: Poison,
    presence: Vec<AtomicU8>,
    /// Per device: whether the zone has gone on without it since it was last heard.
    silent: Vec<AtomicBool>,
    /// Per device: the last sequence whose state was given to the ledger by its actor.
    saved: Vec<AtomicU64>,
}

const ABSENT: u8 = 0;
const REAL_TIME: u8 = 1;
const EVENT_TIME: u8 = 2;

impl Muster {
    /// So many devices, none of them here yet, all of which have finished every round before
    /// `next`.
    #[must_use]
    pub fn new(devices: usize, next: Round) -> Self {
        Self {
            roll: RollCall::new(devices, next),
            poison: Poison::new(devices),
            presence: (0..devices).map(|_| AtomicU8::new(ABSENT)).collect(),
            silent: (0..devices).map(|_| AtomicBool::new(false)).collect(),
            saved: (0..devices).map(|_| AtomicU64::new(0)).collect(),
        }
    }

    /// A stream carries the device, in real time or in event time.
    pub fn arrived(&self, device: usize, event_time: bool) {
        let pace = if event_time { EVENT_TIME } else { REAL_TIME };
        self.presence[device].store(pace, Ordering::Release);
    }

    /// No stream carries the device.
    pub fn gone(&self, device: usize) {
        self.presence[device].store(ABSENT, Ordering::Release);
    }

    /// The zone goes on without the device. Whether it did so before.
    pub fn passed_over(&self, device: usize) -> bool {
        self.silent[device].swap(true, Ordering::AcqRel)
    }

    /// The device was heard. Whether the zone had gone on without it.
    pub fn heard(&self, device: usize) -> bool {
        self.silent[device].load(Ordering::Acquire)
            && self.silent[device].swap(false, Ordering::AcqRel)
    }

    /// The devices that the zone goes on without.
    pub fn silent(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.silent.len()).filter(|&device| self.is_silent(device))
    }

    /// Whether the zone has gone on without the device since it was last heard.
    #[must_use]
    pub fn is_silent(&self, device: usize) -> bool {
        self.silent[device].load(Ordering::Acquire)
    }

    /// The device's actor gives the ledger its state as of a sequence: the sequence that it
    /// continues from, unless the ledger has this or a newer one.
    #[must_use]
    pub fn save(&self, device: usize, sequence: u64) -> Option<u64> {
        let before = self.saved[device].fetch_max(sequence, Ordering::AcqRel);
        (sequence > before).then_some(before)
    }

    /// The ledger has the state that a device's actor stores by itself, as of a sequence.
    pub fn has_saved(&self, device: usize, sequence: u64) {
        self.saved[device].fetch_max(sequence, Ordering::AcqRel);
    }

    /// Whether a stream carries the device, and if so, whether it runs in event time.
    #[must_use]
    pub fn present(&self, device: usize) -> Option<bool> {
        match self.presence[device].load(Ordering::Acquire) {
            ABSENT => None,
            pace => Some(pace == EVENT_TIME),
        }
    }
}
