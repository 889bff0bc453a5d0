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

#[cfg(test)]
mod tests {
    use super::*;

    /// A moment in which one hand is so far from the body, in metres.
    fn point(round: i64, stretched: Option<f64>) -> (Round, PathPoint) {
        let wrist = stretched.map(|far| Vec3::new(1.0 + far, 2.0, 1.1));
        let point = PathPoint {
            time: Round(round).end(),
            position: Vec2::new(1.0, 2.0),
            sigma: 0.08,
            wrists: [wrist, None],
            seen: true,
        };
        (Round(round), point)
    }

    fn second(points: &[(Round, PathPoint)]) -> Second {
        let mut second = Second::default();
        for &(round, point) in points {
            second.round(round, point);
        }
        second
    }

    fn all(past: &Past) -> (Vec<PathPoint>, Vec<Sighting>) {
        past.between(Time(0), Round(10_000).end())
    }

    #[test]
    fn p1_the_moment_stretched_farthest_outlasts_its_second_and_else_the_last() {
        let mut past = Past::default();
        past.keep(&second(&[
            point(1, Some(0.2)),
            point(4, Some(0.6)),
            point(9, None),
        ]));
        past.keep(&second(&[point(11, None), point(19, None)]));
        let times: Vec<Time> = all(&past).0.iter().map(|point| point.time).collect();
        assert_eq!(times, [Round(4).end(), Round(19).end()]);
        for round in (20..).take(2 * KEPT) {
            past.keep(&second(&[point(round, None)]));
        }
        assert_eq!(all(&past).0.len(), KEPT);
    }

    #[test]
    fn p2_what_was_seen_in_a_second_is_one_sighting_of_the_likeliest() {
        let mut second = second(&[point(1, None)]);
        let seen = [0.5, 0.2, 0.1, 0.05];
        let candidates = || {
            seen.iter()
                .enumerate()
                .map(|(at, &p)| (ProductIx(at as u32), p))
        };
        second.sight(&candidates().collect::<Vec<_>>());
        second.sight(&[(ProductIx(1), 0.8)]);
        let mut past = Past::default();
        past.keep(&second);
        let (_, sightings) = all(&past);
        assert_eq!(sightings.len(), 1);
        let products: Vec<u32> = sightings[0].candidates.iter().map(|(p, _)| p.0).collect();
        assert_eq!(products, [1, 0, 2]);
        assert!((sightings[0].candidates[0].1 - 0.5).abs() < 1.0 / 255.0);
    }

    #[test]
    fn p3_what_was_stored_says_the_same_as_what_went_on() {
        let mut past = Past::default();
        past.keep(&second(&[point(3, Some(0.512_34))]));
        let stored = postcard::to_allocvec(&past).unwrap();
        let again: Past = postcard::from_bytes(&stored).unwrap();
        assert_eq!(all(&again), all(&past));
        let hand = all(&past).0[0].wrists[0].unwrap();
        assert!((hand.x - 1.51).abs() < 1e-9, "{hand:?}");
    }
}
