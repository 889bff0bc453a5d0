//! What one track did in the last minute.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::detection::Detection;
use crate::{
    evidence::{PathPoint, Sighting},
    geometry::{Vec2, Vec3},
    time::Time,
};

/// How long path and sightings are kept, in microseconds: longer than a weight change and its
/// evidence take.
const KEPT_US: i64 = 60_000_000;

/// Path and sightings, oldest first, and the wrists seen in the round that is open.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct History {
    path: VecDeque<PathPoint>,
    sightings: VecDeque<Sighting>,
    wrists: [Mean; 2],
    seen: bool,
}

/// A running mean of points.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
struct Mean {
    sum: Vec3,
    count: u32,
}

impl Mean {
    fn add(&mut self, point: Vec3) {
        let Vec3 { x, y, z } = self.sum;
        self.sum = Vec3::new(x + point.x, y + point.y, z + point.z);
        self.count += 1;
    }

    fn take(&mut self) -> Option<Vec3> {
        let Self { sum, count } = std::mem::take(self);
        let share = (count > 0).then(|| f64::from(count).recip())?;
        Some(Vec3::new(sum.x * share, sum.y * share, sum.z * share))
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
            self.sightings.push_back(Sighting {
                time,
                hand,
                candidates: item.candidates.clone(),
            });
        }
    }

    /// Closes the round at `time` with one point, and forgets what is too old.
    pub(super) fn end_round(&mut self, time: Time, position: Vec2, sigma: f64) {
        self.path.push_back(PathPoint {
            time,
            position,
            sigma,
            wrists: self.wrists.each_mut().map(Mean::take),
            seen: std::mem::take(&mut self.seen),
        });
        let oldest = time.plus_us(-KEPT_US);
        while self.path.front().is_some_and(|point| point.time < oldest) {
            self.path.pop_front();
        }
        while self.sightings.front().is_some_and(|s| s.time < oldest) {
            self.sightings.pop_front();
        }
    }

    /// What is known from `from` to `to`, both included.
    pub(super) fn between(&self, from: Time, to: Time) -> (Vec<PathPoint>, Vec<Sighting>) {
        let within = |time: Time| from <= time && time <= to;
        let path = self.path.iter().filter(|point| within(point.time));
        let sightings = self.sightings.iter().filter(|s| within(s.time));
        (path.copied().collect(), sightings.cloned().collect())
    }
}
