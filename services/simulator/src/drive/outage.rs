//! Outages, as the devices themselves measure them in real time.
//!
//! The shop answers a device's work by moving its credit: each round that is decided lets it send
//! 100 ms more. An answer is *due* when the work before it would have been answered as quickly as it was
//! at best in the last ten to twenty seconds. An outage of a device is time in which an answer was due and none
//! came:
//!
//! 1. It begins when the first answer is due that does not come: with the first work that is refused or
//!    left unanswered, for whatever reason, be it that the shop does not decide, that its word does not
//!    come through, or that the edge has no stream.
//! 2. It ends with the first answer that goes beyond all that the device ever had. A new owner that only
//!    repeats what was decided before does not end it, and neither does a new stream.
//! 3. While the shop catches up each answer is late; then a wait begins with the answer before. So what
//!    is counted is time in which nothing moved.
//! 4. It is never too small: at best is quicker than usual, so an answer is rather due too early, and a
//!    word that waits for the next heartbeat has not come. It includes up to one round of that.
//! 5. An outage that stands when the day ends counts until then. Before its first welcome a device has
//!    no answers to wait for.

use std::sync::Arc;

use amble_proto::v1::{DeviceProgress, EdgeHello};

use super::{DriveConfig, Pace, stats::Counters, wall_us};

/// How far a decided round moves the credit, in microseconds; shorter waits are the rhythm of rounds
/// and heartbeats, and no outage.
pub const ROUND_US: i64 = 100_000;

/// Waits from this length on are told, in microseconds: also such as are no outage, so that it can be
/// said of something shorter than a round what it cost.
const TOLD_FROM_US: i64 = 40_000;

/// How often an outage that stands is told, in microseconds.
const TELL_EVERY_US: i64 = 1_000_000;

/// How long the quickest answer is remembered at least, in microseconds.
const AT_BEST_US: i64 = 10_000_000;

/// One device's outage. Times are the wall clock's, in microseconds since the Unix epoch.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Outage {
    /// When the first answer was due.
    pub began_us: i64,
    /// When the first one came.
    pub ended_us: i64,
    /// The edge that carries the device.
    pub edge: String,
    /// The device, as the store plan calls it.
    pub device: String,
    /// It still stands: `ended_us` is now. The same outage is told again, until its end.
    pub open: bool,
}

impl Outage {
    /// How long it was, in microseconds.
    #[must_use]
    pub const fn lasted_us(&self) -> i64 {
        self.ended_us - self.began_us
    }
}

/// What one device waits for.
#[derive(Clone, Copy, Debug)]
struct Wait {
    /// The furthest credit it ever had.
    credit_us: i64,
    /// When that came.
    since_us: i64,
    /// The least that wall time was ahead of a credit that came (it may be behind): in this stretch of
    /// [`AT_BEST_US`], and in the one before.
    at_best_us: [i64; 2],
    /// When this stretch began.
    stretch_us: i64,
}

/// Whether a wait in vain was longer than the rhythm of rounds and heartbeats.
const fn is_outage((began_us, ended_us): (i64, i64)) -> bool {
    ended_us - began_us > ROUND_US
}

/// Watches an edge's devices wait, and tells how long they waited in vain as it ends.
pub(super) struct Watch {
    edge: String,
    devices: Vec<(String, Option<Wait>)>,
    closed: bool,
    /// When those that stand were told last.
    told_us: i64,
    config: Arc<DriveConfig>,
    stats: Arc<Counters>,
}

impl Watch {
    pub(super) fn new(hello: &EdgeHello, config: &Arc<DriveConfig>, stats: &Arc<Counters>) -> Self {
        let devices = hello.devices.iter();
        Self {
            edge: hello.edge_id.clone(),
            devices: devices.map(|d| (d.device_id.clone(), None)).collect(),
            closed: false,
            told_us: 0,
            config: Arc::clone(config),
            stats: Arc::clone(stats),
        }
    }

    /// The shop says how far these devices may go.
    pub(super) fn heard(&mut self, progress: &[DeviceProgress]) {
        if self.closed || self.config.pace != Pace::RealTime {
            return;
        }
        let now_us = wall_us();
        for progress in progress {
            let credit_us = progress.credit_until_us;
            let device = self.devices.get_mut(progress.device as usize);
            let outage = match device {
                Some((_, Some(wait))) => wait.heard(credit_us, now_us),
                Some((_, wait)) if credit_us > 0 => {
                    *wait = Some(Wait::new(credit_us, now_us));
                    None
                }
                _ => None,
            };
            if let Some(outage) = outage {
                self.tell(progress.device as usize, outage, false);
            }
        }
        if now_us - self.told_us > TELL_EVERY_US {
            self.told_us = now_us;
            self.tell_what_stands(now_us);
        }
    }

    fn tell_what_stands(&self, now_us: i64) {
        for (at, (_, wait)) in self.devices.iter().enumerate() {
            let stands = wait.and_then(|wait| wait.in_vain_until(now_us));
            if let Some((began_us, _)) = stands.filter(|(from, to)| to - from > TELL_EVERY_US) {
                self.tell(at, (began_us, now_us), true);
            }
        }
    }

    /// The day is over, or was stopped: nothing more is due.
    pub(super) fn close(&mut self) {
        let now_us = wall_us();
        self.closed = true;
        for at in 0..self.devices.len() {
            let wait = self.devices[at].1.take();
            if let Some(outage) = wait.and_then(|wait| wait.in_vain_until(now_us)) {
                self.tell(at, outage, false);
            }
        }
    }

    fn tell(&self, device: usize, (began_us, ended_us): (i64, i64), open: bool) {
        let outage = Outage {
            began_us,
            ended_us,
            edge: self.edge.clone(),
            device: self.devices[device].0.clone(),
            open,
        };
        if !open && is_outage((began_us, ended_us)) {
            self.stats.outage(outage.lasted_us());
        }
        if let Some(outages) = &self.config.outages {
            // Whoever asked for them may have gone.
            let _ = outages.send(outage);
        }
    }
}

impl Wait {
    const fn new(credit_us: i64, now_us: i64) -> Self {
        Self {
            credit_us,
            since_us: now_us,
            at_best_us: [now_us.saturating_sub(credit_us); 2],
            stretch_us: now_us,
        }
    }

    /// The device has this credit now. Gives from when to when it waited in vain, when that is worth telling.
    fn heard(&mut self, credit_us: i64, now_us: i64) -> Option<(i64, i64)> {
        if credit_us <= self.credit_us {
            return None;
        }
        let waited = self.in_vain_until(now_us);
        self.answered(credit_us, now_us);
        waited
    }

    fn in_vain_until(&self, now_us: i64) -> Option<(i64, i64)> {
        let [one, other] = self.at_best_us;
        // A shop may grant all there is.
        let due_us = self.credit_us.saturating_add(ROUND_US);
        let due_us = due_us.saturating_add(one.min(other));
        let began_us = due_us.max(self.since_us);
        (now_us - began_us > TOLD_FROM_US).then_some((began_us, now_us))
    }

    fn answered(&mut self, credit_us: i64, now_us: i64) {
        if now_us - self.stretch_us > AT_BEST_US {
            self.stretch_us = now_us;
            self.at_best_us = [i64::MAX, self.at_best_us[0]];
        }
        self.at_best_us[0] = self.at_best_us[0].min(now_us.saturating_sub(credit_us));
        self.credit_us = credit_us;
        self.since_us = now_us;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A credit is granted three seconds ahead, and comes after as many milliseconds.
    const fn credit(round: i64) -> i64 {
        round * ROUND_US + 3_000_000
    }

    const fn at(round: i64, ms: i64) -> i64 {
        round * ROUND_US + ms * 1_000
    }

    /// Rounds 0 to 99, answered 20 to 90 ms after they were over, as heartbeats fall.
    fn usual() -> Wait {
        let mut wait = Wait::new(credit(0), at(0, 20));
        for round in 1..100 {
            let late_ms = 20 + round * 30 % 70;
            let waited = wait.heard(credit(round), at(round, late_ms));
            let outage = waited.is_some_and(is_outage);
            assert!(!outage, "the rhythm is no outage, round {round}");
        }
        wait
    }

    #[test]
    fn an_outage_lasts_from_the_first_answer_that_is_due_to_the_first_that_comes() {
        let waited = usual().heard(credit(100), at(100, 720));
        // At best it would have come 20 ms after its round.
        assert_eq!(waited, Some((at(100, 20), at(100, 720))));
    }

    #[test]
    fn what_a_new_owner_or_a_new_stream_repeats_ends_no_outage() {
        let mut wait = usual();
        for round in 30..=99 {
            assert_eq!(wait.heard(credit(round), at(100, 500)), None);
        }
        let waited = wait.heard(credit(100), at(100, 900));
        assert_eq!(waited, Some((at(100, 20), at(100, 900))));
    }

    #[test]
    fn catching_up_counts_only_where_nothing_moves() {
        let mut wait = usual();
        let long = at(100, 5_000);
        assert!(wait.heard(credit(100), long).is_some());
        let rhythm = wait.heard(credit(101), long + 90_000);
        assert!(!rhythm.is_some_and(is_outage));
        let again = wait.heard(credit(105), long + 390_000);
        assert_eq!(again, Some((long + 90_000, long + 390_000)));
    }

    #[test]
    fn an_outage_that_never_ends_counts_until_the_end() {
        let stands = usual().in_vain_until(at(100, 30_000));
        assert_eq!(stands, Some((at(100, 20), at(100, 30_000))));
    }
}
