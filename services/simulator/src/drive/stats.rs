//! How a drive is going.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering::Relaxed};

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
}

impl Counters {
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
        }
    }
}
