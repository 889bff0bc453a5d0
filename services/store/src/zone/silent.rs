//! Devices that keep the zone waiting (rule T2).
//!
//! 1. A device whose stream is open is waited for 300 ms after its round is over and its turn has
//!    come; in event time, where nobody is late, for as long as its stream is open.
//! 2. A device whose stream is gone is waited for 2 s; then it is away, and while it stays away
//!    nobody waits for it.
//! 3. In real time nobody is passed over in a round that is not over by the clock: a shop without devices
//!    does not run ahead of it, and whoever comes is in time.
//! 4. Whoever carries a device that has kept the zone waiting for long, or that the zone goes on
//!    without, is asked to say so again: on several nodes, its word may have been lost.
//! 5. Only the wall clock says so, and only here. What was passed over is recorded by the device.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use amble_engine::time::{ROUND_US, Round};

use super::actor::State;
use crate::message::{ToDevice, ToNode};

/// How far an absent device is passed over at once at most, in rounds.
const AWAY_ROUNDS: i64 = 10;

/// How often nodes are asked whether they carry what is missing, and after how long without a round.
/// Longer than an edge takes to send again.
const LOST: Duration = Duration::from_millis(1_500);

/// After so long without a round it is said what is missing.
const LONG: Duration = Duration::from_secs(5);

/// Since when the zone waits, and who is away.
#[derive(Debug, Default)]
pub(super) struct Silence {
    since: Option<Instant>,
    /// When the last round was closed, or the zone began.
    moved: Option<Instant>,
    /// When it was asked last who carries the missing devices.
    asked: Option<Instant>,
    /// Of which wait it was said what is missing.
    said: Option<Instant>,
    away: BTreeSet<usize>,
}

impl Silence {
    /// A round was opened to the devices.
    pub(super) fn opened(&mut self) {
        self.since.get_or_insert_with(Instant::now);
    }

    /// A round was closed: the wait for the next begins.
    pub(super) fn closed(&mut self) {
        self.since = Some(Instant::now());
        self.moved = self.since;
    }
}

impl State {
    /// Says what a zone waits for that has not gone on for long: for whoever looks after the shop.
    fn say_what_is_missing(&mut self) {
        let moved = *self.silence.moved.get_or_insert_with(Instant::now);
        self.look_for_devices(moved);
        if moved.elapsed() < LONG || self.silence.said.replace(moved) == Some(moved) {
            return;
        }
        tracing::warn!(
            zone = %self.shop.keys.zone(self.zone),
            look = self.look.0,
            border = self.border.0,
            close = self.close.0,
            buckets_round = self.buckets.next().0,
            buckets = ?self.buckets.missing(),
            neighbours = ?self.borders.missing(),
            devices = ?self.muster.roll.missing(self.border),
            "a zone does not go on: this is what it waits for"
        );
    }

    /// Rule 4.
    fn look_for_devices(&mut self, moved: Instant) {
        let asked = *self.silence.asked.get_or_insert(moved);
        if self.shop.placing.is_none() || asked.elapsed() < LOST {
            return;
        }
        self.silence.asked = Some(Instant::now());
        let mut lost: BTreeSet<usize> = self.muster.silent().collect();
        if moved.elapsed() >= LOST {
            lost.extend(self.muster.roll.missing(self.border));
        }
        for place in lost {
            let device = self.devices.key(place);
            self.shop.tell_nodes(&ToNode::Begun(device));
        }
    }

    /// Rules 1 to 3.
    pub(super) fn pass_over_the_silent(&mut self) {
        self.say_what_is_missing();
        let round = self.border;
        let open = self.look > round;
        let Some(since) = self.silence.since.filter(|_| open) else {
            return;
        };
        let waited = since.elapsed();
        let late = wall_time_since(round);
        let overdue = waited.min(late);
        let settings = &self.shop.settings;
        // Rule 3: how far an absent device is passed over at once.
        let at_once = if self.shop.event_time {
            AWAY_ROUNDS
        } else {
            rounds_over(late).min(AWAY_ROUNDS)
        };
        for place in self.muster.roll.missing(round) {
            let (limit, waited, until) = match self.muster.present(place) {
                Some(true) => {
                    self.silence.away.remove(&place);
                    continue;
                }
                Some(false) => {
                    self.silence.away.remove(&place);
                    (settings.silent_after(), overdue, round.end())
                }
                None if at_once == 0 => continue,
                None => {
                    let limit = if self.silence.away.contains(&place) {
                        Duration::ZERO
                    } else {
                        settings.lost_after(self.shop.event_time)
                    };
                    (limit, waited, round.plus(at_once).start())
                }
            };
            if waited >= limit {
                if self.muster.present(place).is_none() {
                    self.silence.away.insert(place);
                }
                self.devices.tell(place, ToDevice::PassOver(until));
            }
        }
    }
}

/// How many rounds are over by the clock, when the first of them has been so for this long.
fn rounds_over(late: Duration) -> i64 {
    if late.is_zero() {
        return 0;
    }
    let more = i64::try_from(late.as_micros()).unwrap_or(i64::MAX) / ROUND_US;
    more.saturating_add(1)
}

/// How long ago a round was over by the wall clock.
fn wall_time_since(round: Round) -> Duration {
    let end = u64::try_from(round.end().0).unwrap_or_default();
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    now.saturating_sub(Duration::from_micros(end))
}
