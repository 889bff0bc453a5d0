//! What of a track's path and of the items in its hands outlasts a restart of its shard.
//!
//! - P1 Of each second one moment is kept: the one in which a hand was stretched out farthest; when no
//!   hand was seen, the last.
//! - P2 What was seen in hands in that second is one sighting: the mean, of the likeliest three.
//! - P3 All is kept as coarse as it is stored: to the centimetre, and to a part in 255. So a track that
//!   starts again says the same of it as one that went on.
//!
//! Memory is bounded by the moments of the last minute: some 20 bytes each when stored.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};

use crate::{
    evidence::{PathPoint, Sighting},
    geometry::{Vec2, Vec3},
    layout::ProductIx,
    time::{Round, Time},
};

/// P1: rounds of a second. Cuts are made when one is over.
pub(super) const EVERY: i64 = 10;
/// How many moments are kept.
const KEPT: usize = 60;
/// P2.
const LIKELIEST: usize = 3;

/// P1, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Past {
    /// Moments count their rounds from here.
    since: Round,
    moments: VecDeque<Moment>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Moment {
    after: u32,
    place: (i32, i32),
    sigma: u8,
    wrists: [Option<(i32, i32, i32)>; 2],
    seen: bool,
    item: Vec<(ProductIx, u8)>,
}

/// The second that is under way.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Second {
    moment: Option<(Round, PathPoint)>,
    items: BTreeMap<ProductIx, f64>,
    sightings: u32,
}

impl Second {
    /// Notes an item that was seen in a hand.
    pub(super) fn sight(&mut self, candidates: &[(ProductIx, f64)]) {
        self.sightings += 1;
        for &(product, probability) in candidates {
            *self.items.entry(product).or_insert(0.0) += probability;
        }
    }

    /// Ends a round.
    pub(super) fn round(&mut self, round: Round, point: PathPoint) {
        let best = self.moment.as_ref();
        if best.is_none_or(|(_, best)| stretch(&point) >= stretch(best)) {
            self.moment = Some((round, point));
        }
    }

    /// P2.
    fn item(&self) -> Vec<(ProductIx, u8)> {
        let mean = |sum: f64| part(sum / f64::from(self.sightings.max(1)));
        let items = self.items.iter();
        let mut items: Vec<(ProductIx, u8)> = items.map(|(&p, &sum)| (p, mean(sum))).collect();
        items.sort_by_key(|item| std::cmp::Reverse(item.1));
        items.truncate(LIKELIEST);
        items
    }
}

/// How far from the body a hand is; 0 when none was seen.
fn stretch(point: &PathPoint) -> f64 {
    let hands = point.wrists.iter().flatten();
    hands
        .map(|hand| hand.floor().distance(point.position))
        .fold(0.0, f64::max)
}

impl Past {
    /// Keeps the moment of a second that is over.
    pub(super) fn keep(&mut self, second: &Second) {
        let Some((round, point)) = second.moment else {
            return;
        };
        if self.moments.is_empty() {
            self.since = round;
        }
        self.moments.push_back(Moment {
            after: u32::try_from(round.0 - self.since.0).unwrap_or(u32::MAX),
            place: (coarse(point.position.x), coarse(point.position.y)),
            sigma: u8::try_from(coarse(point.sigma)).unwrap_or(u8::MAX),
            wrists: point
                .wrists
                .map(|wrist| wrist.map(|w| (coarse(w.x), coarse(w.y), coarse(w.z)))),
            seen: point.seen,
            item: second.item(),
        });
        if self.moments.len() > KEPT {
            self.moments.pop_front();
        }
    }

    /// What is known from `from` to `to`, both included, oldest first.
    pub(super) fn between(&self, from: Time, to: Time) -> (Vec<PathPoint>, Vec<Sighting>) {
        let moments = self
            .moments
            .iter()
            .map(|moment| (self.time(moment), moment));
        let within: Vec<_> = moments
            .filter(|(time, _)| (from..=to).contains(time))
            .collect();
        let seen = within.iter().filter(|(_, moment)| !moment.item.is_empty());
        (
            within.iter().map(|(time, m)| m.point(*time)).collect(),
            seen.map(|(time, m)| m.sighting(*time)).collect(),
        )
    }

    fn time(&self, moment: &Moment) -> Time {
        self.since.plus(i64::from(moment.after)).end()
    }
}

impl Moment {
    fn point(&self, time: Time) -> PathPoint {
        PathPoint {
            time,
            position: Vec2::new(fine(self.place.0), fine(self.place.1)),
            sigma: fine(i32::from(self.sigma)),
            wrists: self
                .wrists
                .map(|wrist| wrist.map(|(x, y, z)| Vec3::new(fine(x), fine(y), fine(z)))),
            seen: self.seen,
        }
    }

    fn sighting(&self, time: Time) -> Sighting {
        let candidates = self.item.iter();
        Sighting {
            time,
            hand: None,
            candidates: candidates
                .map(|&(product, part)| (product, f64::from(part) / 255.0))
                .collect(),
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "centimetres of a shop")]
fn coarse(metres: f64) -> i32 {
    (metres * 100.0).round() as i32
}

fn fine(centimetres: i32) -> f64 {
    f64::from(centimetres) * 0.01
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "0 to 255"
)]
fn part(probability: f64) -> u8 {
    (probability.clamp(0.0, 1.0) * 255.0).round() as u8
}
