//! How a shop is doing: counts and latencies since it opened, for its status.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use amble_engine::time::{Round, Time};
use hdrhistogram::Histogram;
use tokio::sync::watch;

use crate::{keys::BucketIx, telemetry};

/// A distribution of times, in microseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Percentiles {
    /// How many were measured.
    pub count: u64,
    /// The median.
    pub p50_us: u64,
    /// 99 of 100 are at most this.
    pub p99_us: u64,
    /// The largest.
    pub max_us: u64,
}

#[derive(Debug, Default)]
struct Latency(Mutex<Option<Histogram<u64>>>);

impl Latency {
    fn note(&self, took: Duration) {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Two significant digits: a histogram of a few kilobytes.
        if inner.is_none() {
            *inner = Histogram::new(2).ok();
        }
        if let Some(histogram) = inner.as_mut() {
            // It grows with what it is given, and refuses only what no clock measures.
            let _ = histogram.record(u64::try_from(took.as_micros()).unwrap_or(u64::MAX));
        }
    }

    fn read(&self) -> Percentiles {
        let inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        inner
            .as_ref()
            .map_or_else(Percentiles::default, |histogram| Percentiles {
                count: histogram.len(),
                p50_us: histogram.value_at_quantile(0.5),
                p99_us: histogram.value_at_quantile(0.99),
                max_us: histogram.max(),
            })
    }
}

/// Counts since the shop opened.
#[derive(Debug)]
pub struct Stats {
    /// Frames of cameras.
    pub camera_frames: AtomicU64,
    /// Detections in them.
    pub detections: AtomicU64,
    /// Frames of shelves.
    pub shelf_frames: AtomicU64,
    /// Samples in them.
    pub samples: AtomicU64,
    /// Messages refused behind the door.
    pub refused: AtomicU64,
    /// Devices passed over.
    pub passed_over: AtomicU64,
    /// Interactions decided.
    pub interactions: AtomicU64,
    /// Receipts written.
    pub receipts: AtomicU64,
    late_frames: AtomicU64,
    undelivered: AtomicU64,
    decided_until: watch::Sender<Option<Time>>,
    ledger_away: AtomicU64,
    people: Mutex<Vec<(u32, u32)>>,
    own: Latency,
    cart: Latency,
}

impl Default for Stats {
    fn default() -> Self {
        Self {
            camera_frames: AtomicU64::new(0),
            detections: AtomicU64::new(0),
            shelf_frames: AtomicU64::new(0),
            samples: AtomicU64::new(0),
            refused: AtomicU64::new(0),
            passed_over: AtomicU64::new(0),
            interactions: AtomicU64::new(0),
            receipts: AtomicU64::new(0),
            late_frames: AtomicU64::new(0),
            undelivered: AtomicU64::new(0),
            decided_until: watch::Sender::new(None),
            ledger_away: AtomicU64::new(0),
            people: Mutex::new(Vec::new()),
            own: Latency::default(),
            cart: Latency::default(),
        }
    }
}

impl Stats {
    pub(crate) fn camera_frame(&self, detections: usize) {
        self.camera_frames.fetch_add(1, Relaxed);
        self.detections.fetch_add(detections as u64, Relaxed);
    }

    pub(crate) fn shelf_frame(&self, samples: usize) {
        self.shelf_frames.fetch_add(1, Relaxed);
        self.samples.fetch_add(samples as u64, Relaxed);
    }

    pub(crate) fn late_frame(&self) {
        self.late_frames.fetch_add(1, Relaxed);
    }

    pub(crate) fn undelivered(&self) {
        self.undelivered.fetch_add(1, Relaxed);
    }

    /// What was dropped, by reason.
    pub(crate) fn losses(&self) -> impl Iterator<Item = (&'static str, u64)> + use<> {
        [
            ("late_frame", self.late_frames.load(Relaxed)),
            ("undelivered", self.undelivered.load(Relaxed)),
        ]
        .into_iter()
    }

    pub(crate) fn refused(&self) {
        self.refused.fetch_add(1, Relaxed);
    }

    pub(crate) fn passed_over(&self) {
        self.passed_over.fetch_add(1, Relaxed);
    }

    pub(crate) fn interaction(&self) {
        self.interactions.fetch_add(1, Relaxed);
    }

    pub(crate) fn receipt(&self) {
        self.receipts.fetch_add(1, Relaxed);
    }

    pub(crate) fn decided(&self, round: Round) {
        self.decided_until.send_replace(Some(round.end()));
        telemetry::decided_until(round.end());
    }

    /// A shard has begun (`true`) or ended to wait for the ledger. Whether it is the first to begin, or the
    /// last to end.
    pub(crate) fn ledger_away(&self, away: bool) -> bool {
        if away {
            self.ledger_away.fetch_add(1, Relaxed) == 0
        } else {
            self.ledger_away.fetch_sub(1, Relaxed) == 1
        }
    }

    /// Whether any shard waits for the ledger.
    #[must_use]
    pub fn ledger_is_away(&self) -> bool {
        self.ledger_away.load(Relaxed) > 0
    }

    pub(crate) fn people(&self, bucket: BucketIx, people: (u32, u32)) {
        let mut list = self.people.lock().unwrap_or_else(PoisonError::into_inner);
        if list.len() <= bucket.at() {
            list.resize(bucket.at() + 1, (0, 0));
        }
        list[bucket.at()] = people;
    }

    pub(crate) fn cart_updated(&self, own: Duration, since_settled: Duration) {
        self.own.note(own);
        self.cart.note(since_settled);
        telemetry::cart_updated(own, since_settled);
    }

    /// Up to which event time everything is decided, once anything is.
    #[must_use]
    pub fn decided_until(&self) -> Option<Time> {
        *self.decided_until.borrow()
    }

    /// The same, as it moves on.
    #[must_use]
    pub fn watch_decided(&self) -> watch::Receiver<Option<Time>> {
        self.decided_until.subscribe()
    }

    /// People who are tracked now, and how many of them no visit has claimed.
    #[must_use]
    pub fn people_now(&self) -> (u32, u32) {
        let list = self.people.lock().unwrap_or_else(PoisonError::into_inner);
        list.iter()
            .fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1))
    }

    /// From the arrival of the last message that a decision needed to the cart's update.
    #[must_use]
    pub fn own_latency(&self) -> Percentiles {
        self.own.read()
    }

    /// From the arrival of the frame that settled a change to the cart's update.
    #[must_use]
    pub fn cart_latency(&self) -> Percentiles {
        self.cart.read()
    }
}
