//! Which of a zone's devices have told all that they sensed in a round.

use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};

use amble_engine::time::Round;

/// Devices answer by counting, not by sending: of a zone's hundred shelves, each round only the
/// last to finish sends a message.
///
/// 1. Each round is called whole exactly once: by the device whose answer made it so. What a device sent to the zone before it answered is in the zone's queue by then.
/// 2. An answer that was given before, by the same device or by one that it replaces, counts
///    nothing.
/// 3. No device may be more than [`RollCall::AHEAD`] rounds before the zone; credit sees to that.
#[derive(Debug)]
pub struct RollCall {
    /// Per device: the last round that it has finished.
    finished: Vec<AtomicI64>,
    /// Per round, in a ring: how many devices have not finished it.
    missing: Vec<AtomicU32>,
}

impl RollCall {
    /// The furthest that a device may be ahead, in rounds.
    pub const AHEAD: i64 = 512;

    /// A roll call of so many devices, all of which have finished every round before `next`.
    pub fn new(devices: usize, next: Round) -> Self {
        let count = u32::try_from(devices).unwrap_or(u32::MAX);
        Self {
            finished: (0..devices).map(|_| AtomicI64::new(next.0 - 1)).collect(),
            missing: (0..Self::AHEAD).map(|_| AtomicU32::new(count)).collect(),
        }
    }

    fn place(round: i64) -> usize {
        usize::try_from(round.rem_euclid(Self::AHEAD)).unwrap_or_default()
    }

    /// The device has finished `round` and all before; calls `whole` for each round that this makes
    /// whole.
    pub fn done(&self, device: usize, round: Round, mut whole: impl FnMut(Round)) {
        let before = self.finished[device].fetch_max(round.0, Ordering::AcqRel);
        for r in before + 1..=round.0 {
            if self.missing[Self::place(r)].fetch_sub(1, Ordering::AcqRel) == 1 {
                let devices = u32::try_from(self.finished.len()).unwrap_or(u32::MAX);
                self.missing[Self::place(r)].store(devices, Ordering::Release);
                whole(Round(r));
            }
        }
    }

    /// The last round that the device has finished.
    pub fn finished(&self, device: usize) -> Round {
        Round(self.finished[device].load(Ordering::Acquire))
    }

    /// Devices that have not finished `round`.
    pub fn missing(&self, round: Round) -> Vec<usize> {
        (0..self.finished.len())
            .filter(|&d| self.finished(d) < round)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[test]
    fn each_round_is_whole_once_whoever_comes_last() {
        let devices = 4;
        let call = Arc::new(RollCall::new(devices, Round(1)));
        let whole = Arc::new(Mutex::new(Vec::new()));
        std::thread::scope(|scope| {
            for device in 0..devices {
                let (call, whole) = (Arc::clone(&call), Arc::clone(&whole));
                scope.spawn(move || {
                    for round in 1..=300 {
                        // Twice: the second answer counts nothing.
                        call.done(device, Round(round), |r| whole.lock().unwrap().push(r));
                        call.done(device, Round(round), |r| whole.lock().unwrap().push(r));
                    }
                });
            }
        });
        let mut whole = whole.lock().unwrap().clone();
        whole.sort_unstable();
        assert_eq!(whole, (1..=300).map(Round).collect::<Vec<_>>());
    }
}
