//! What one track did lately: every round of the last seconds, and one moment of each second before.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::{
    detection::Detection,
    past::{EVERY, Past, Second},
};
use crate::{
    evidence::{PathPoint, Sighting},
    geometry::{Vec2, Vec3},
    time::{Round, Time},
};

/// How far back every round of a path and every sighting counts, in microseconds; before that, only what
/// is stored does ([`Past`]). A shard that starts again replays more than this.
pub const FULL_US: i64 = 6_000_000;

/// Path and sightings, oldest first, and what was seen in the round and in the second that are open.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct History {
    path: VecDeque<PathPoint>,
    sightings: VecDeque<Sighting>,
    wrists: [Mean; 2],
    seen: bool,
    second: Second,
}

/// A running mean of points.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
struct Mean {
    sum: Vec3,
    count: u32,
}

impl Mean {
    fn add(&mut self, point: Vec3) {
        self.sum = self.sum + point;
        self.count += 1;
    }

    fn take(&mut self) -> Option<Vec3> {
        let Self { sum, count } = std::mem::take(self);
        let share = (count > 0).then(|| f64::from(count).recip())?;
        Some(sum * share)
    }
}

impl History {
    /// Notes hands and what they hold.
    pub(super) fn observe(&mut self, detection: &Detection, time: Time) {
        self.seen = true;
        for (mean, wrist) in self.wrists.iter_mut().zip(detection.wrists) {
            if let Some(wrist) = wrist {
                mean.add(wrist);
            }
        }
        if let Some(item) = &detection.item {
            let hand = item.hand.and_then(|hand| *detection.wrists.get(hand)?);
            self.second.sight(&item.candidates);
            self.sightings.push_back(Sighting {
                time,
                hand,
                candidates: item.candidates.clone(),
            });
        }
    }

    /// Closes a round with one point, and a second with a moment for the past; forgets what is too old.
    pub(super) fn end_round(&mut self, round: Round, position: Vec2, sigma: f64, past: &mut Past) {
        let point = PathPoint {
            time: round.end(),
            position,
            sigma,
            wrists: self.wrists.each_mut().map(Mean::take),
            seen: std::mem::take(&mut self.seen),
        };
        self.path.push_back(point);
        self.second.round(round, point);
        if round.0.rem_euclid(EVERY) == 0 {
            past.keep(&std::mem::take(&mut self.second));
        }
        let oldest = point.time.plus_us(-FULL_US);
        while self.path.front().is_some_and(|point| point.time < oldest) {
            self.path.pop_front();
        }
        while self.sightings.front().is_some_and(|s| s.time < oldest) {
            self.sightings.pop_front();
        }
    }

    /// What is known from `from` to `to`, both included.
    pub(super) fn between(
        &self,
        from: Time,
        to: Time,
        past: &Past,
    ) -> (Vec<PathPoint>, Vec<Sighting>) {
        let edge = to.plus_us(-FULL_US);
        let (mut path, mut sightings) = past.between(from, edge);
        let within = |time: Time| from <= time && edge < time && time <= to;
        path.extend(self.path.iter().filter(|point| within(point.time)));
        let lately = self.sightings.iter().filter(|s| within(s.time));
        sightings.extend(lately.cloned());
        (path, sightings)
    }
}
