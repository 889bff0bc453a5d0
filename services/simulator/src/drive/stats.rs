//! How a drive is going.

use std::{
    array,
    sync::atomic::{AtomicI64, AtomicU64, Ordering::Relaxed},
};

/// Outages are counted by how many of these milliseconds they reached.
const OUTAGES_MS: [u64; 8] = [100, 200, 300, 500, 700, 1_000, 2_000, 5_000];

/// Counts since the beginning, over all edges.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct DriveStats {
    /// Frames that were sent for the first time.
    pub frames_sent: u64,
    /// Frames that were sent again.
    pub frames_resent: u64,
    /// Messages to the shop.
    pub batches: u64,
    /// Refusals by the shop.
    pub errors: u64,
    /// Streams that were opened.
    pub streams: u64,
    /// Frames that were never sent or acked before their buffer let them go.
    pub frames_lost: u64,
    /// Event time that was simulated and handed to the edges, in microseconds since the Unix epoch.
    pub simulated_until_us: i64,
    /// How far the simulation was behind the pace at worst, in microseconds.
    pub worst_delay_us: u64,
    /// Devices' outages in real time: of at least so many milliseconds, how many.
    pub outages_over_ms: [(u64, u64); OUTAGES_MS.len()],
    /// The longest of them, in microseconds.
    pub longest_outage_us: u64,
}

/// The same, being counted.
#[derive(Debug, Default)]
pub(super) struct Counters {
    pub(super) frames_sent: AtomicU64,
    pub(super) frames_resent: AtomicU64,
    pub(super) batches: AtomicU64,
    pub(super) errors: AtomicU64,
    pub(super) streams: AtomicU64,
    pub(super) frames_lost: AtomicU64,
    pub(super) simulated_until_us: AtomicI64,
    pub(super) worst_delay_us: AtomicU64,
    outages: [AtomicU64; OUTAGES_MS.len()],
    longest_outage_us: AtomicU64,
}

impl Counters {
    pub(super) fn outage(&self, lasted_us: i64) {
        let lasted_us = lasted_us.unsigned_abs();
        for (ms, count) in OUTAGES_MS.iter().zip(&self.outages) {
            if lasted_us >= ms * 1_000 {
                count.fetch_add(1, Relaxed);
            }
        }
        self.longest_outage_us.fetch_max(lasted_us, Relaxed);
    }

    pub(super) fn read(&self) -> DriveStats {
        DriveStats {
            frames_sent: self.frames_sent.load(Relaxed),
            frames_resent: self.frames_resent.load(Relaxed),
            batches: self.batches.load(Relaxed),
            errors: self.errors.load(Relaxed),
            streams: self.streams.load(Relaxed),
            frames_lost: self.frames_lost.load(Relaxed),
            simulated_until_us: self.simulated_until_us.load(Relaxed),
            worst_delay_us: self.worst_delay_us.load(Relaxed),
            outages_over_ms: array::from_fn(|at| (OUTAGES_MS[at], self.outages[at].load(Relaxed))),
            longest_outage_us: self.longest_outage_us.load(Relaxed),
        }
    }
}
