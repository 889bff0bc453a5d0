//! Groups what nobody claimed in the last rounds by who may have caused it.
//!
//! Grouping starts afresh each round from a short window of detections, so it has no memory beyond
//! the window: a zone that restarts groups as if it had never stopped.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{births::Unclaimed, filter::Filter};
use crate::{
    geometry::Vec2,
    layout::{Camera, CameraIx},
    time::{Round, Time},
};

/// Length of the window in rounds.
pub(super) const WINDOW: i64 = 12;

/// Largest distance of a detection from its group, in standard deviations.
const GATE_SIGMAS: f64 = 3.0;

/// Standard deviation of an unknown velocity on each axis, in m/s.
const VELOCITY_SIGMA: f64 = 0.8;

/// A detection that nobody claimed.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Hit {
    time: Time,
    camera: CameraIx,
    position: Vec2,
    sigma: f64,
}

/// What was seen lately, and who looked.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Window {
    /// In order of (time, camera, position).
    hits: Vec<Hit>,
    /// Each camera's last rounds, as a [`Rounds`].
    looked: BTreeMap<CameraIx, Rounds>,
}

/// A set of the last rounds. Bit n: n rounds ago.
type Rounds = u32;

/// The last `count` rounds.
const fn last(count: u32) -> Rounds {
    (1 << count) - 1
}

/// Detections that one walking person could have caused.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    /// Where the first detection was.
    pub(super) first: Vec2,
    time: Time,
    state: Filter,
    /// Indices of its detections in the window.
    hits: Vec<usize>,
    /// When each camera saw it, and how often.
    cameras: Vec<(CameraIx, Rounds, u32)>,
}

impl Window {
    /// Takes in one round: which cameras looked, and what nobody claimed. Forgets what was before
    /// the window.
    pub(super) fn extend(
        &mut self,
        round: Round,
        looked: &[CameraIx],
        unclaimed: &[Unclaimed<'_>],
    ) {
        self.looked.retain(|_, rounds| {
            *rounds = *rounds << 1 & last(WINDOW as u32);
            *rounds != 0
        });
        for &camera in looked {
            *self.looked.entry(camera).or_default() |= 1;
        }
        let first = round.plus(1 - WINDOW).start();
        self.hits.retain(|hit| hit.time >= first);
        self.hits.extend(unclaimed.iter().map(|seen| Hit {
            time: seen.time,
            camera: seen.camera,
            position: seen.detection.position,
            sigma: seen.detection.sigma,
        }));
        self.hits.sort_by(|a, b| {
            let by_place = a.position.x.total_cmp(&b.position.x);
            (a.time, a.camera)
                .cmp(&(b.time, b.camera))
                .then(by_place)
                .then(a.position.y.total_cmp(&b.position.y))
        });
    }

    /// The groups as of the end of `round`, in order of their first detection.
    pub(super) fn candidates(&self, round: Round) -> Vec<Candidate> {
        let mut candidates: Vec<Candidate> = Vec::new();
        let mut start = 0;
        let frames = self
            .hits
            .chunk_by(|a, b| (a.time, a.camera) == (b.time, b.camera));
        for frame in frames {
            let mut pairs = near_pairs(&candidates, frame);
            pairs.sort_by(|a, b| a.0.total_cmp(&b.0).then((a.1, a.2).cmp(&(b.1, b.2))));
            let mut taken = vec![false; candidates.len()];
            let mut placed = vec![false; frame.len()];
            for (_, candidate, hit) in pairs {
                if !taken[candidate] && !placed[hit] {
                    (taken[candidate], placed[hit]) = (true, true);
                    candidates[candidate].add(start + hit, &frame[hit], round);
                }
            }
            for (index, hit) in frame.iter().enumerate() {
                if !placed[index] {
                    candidates.push(Candidate::new(start + index, hit, round));
                }
            }
            start += frame.len();
        }
        candidates
    }

    /// Of all looks that cameras took in the last `of` rounds at where a candidate was, the share
    /// that found it; 1 when nobody looked.
    pub(super) fn share(
        &self,
        candidate: &Candidate,
        of: u32,
        round: Round,
        cameras: &[Camera],
    ) -> f64 {
        let path: Vec<Vec2> = (0..of)
            .map(|ago| candidate.at(round.plus(-i64::from(ago)).end()).position)
            .collect();
        let (mut looks, mut finds) = (0, 0);
        for (&camera, &looked) in &self.looked {
            let Some(Camera { view, .. }) = cameras.get(camera.at()) else {
                continue;
            };
            let inside =
                (0..of).filter(|&ago| looked >> ago & 1 == 1 && view.contains(path[ago as usize]));
            let looked: Rounds = inside.map(|ago| 1 << ago).sum();
            looks += looked.count_ones();
            finds += (looked & candidate.seen_by(camera)).count_ones();
        }
        if looks == 0 {
            1.0
        } else {
            f64::from(finds) / f64::from(looks)
        }
    }

    /// Forgets the detections of these candidates.
    pub(super) fn remove<'a>(&mut self, candidates: impl Iterator<Item = &'a Candidate>) {
        let mut gone: Vec<usize> = candidates.flat_map(|c| c.hits.iter().copied()).collect();
        gone.sort_unstable();
        let mut index = 0;
        self.hits.retain(|_| {
            index += 1;
            gone.binary_search(&(index - 1)).is_err()
        });
    }
}

/// Every candidate with every detection of one frame that it could have caused, and how well.
fn near_pairs(candidates: &[Candidate], frame: &[Hit]) -> Vec<(f64, usize, usize)> {
    let mut pairs = Vec::new();
    for (index, candidate) in candidates.iter().enumerate() {
        for (place, hit) in frame.iter().enumerate() {
            let state = candidate.at(hit.time);
            let off = hit.position - state.position;
            let square = off.dot(off) / (state.variance() + hit.sigma * hit.sigma);
            if square <= GATE_SIGMAS * GATE_SIGMAS {
                pairs.push((square, index, place));
            }
        }
    }
    pairs
}

impl Candidate {
    fn new(index: usize, hit: &Hit, round: Round) -> Self {
        let mut candidate = Self {
            first: hit.position,
            time: hit.time,
            state: Filter::new(hit.position, hit.sigma, Vec2::default(), VELOCITY_SIGMA),
            hits: Vec::new(),
            cameras: Vec::new(),
        };
        candidate.count(index, hit, round);
        candidate
    }

    fn add(&mut self, index: usize, hit: &Hit, round: Round) {
        self.state = self.at(hit.time);
        self.state.correct(hit.position, hit.sigma);
        self.time = hit.time;
        self.count(index, hit, round);
    }

    fn count(&mut self, index: usize, hit: &Hit, round: Round) {
        self.hits.push(index);
        let ago = (round.0 - hit.time.round().0).clamp(0, WINDOW);
        let place = self
            .cameras
            .iter()
            .position(|(camera, ..)| *camera == hit.camera);
        let place = place.unwrap_or_else(|| {
            self.cameras.push((hit.camera, 0, 0));
            self.cameras.len() - 1
        });
        let (_, rounds, times) = &mut self.cameras[place];
        *rounds |= 1 << ago;
        *times += 1;
    }

    /// Its state at `time`.
    pub(super) fn at(&self, time: Time) -> Filter {
        self.state.after(time.since(self.time), 0.0)
    }

    /// In how many of the last `rounds` rounds it was seen.
    pub(super) fn seen_in(&self, rounds: u32) -> u32 {
        let seen = self.cameras.iter().fold(0, |seen, (_, by, _)| seen | by);
        (seen & last(rounds)).count_ones()
    }

    /// How many cameras saw it at least `times` times.
    pub(super) fn cameras(&self, times: u32) -> usize {
        let often = self.cameras.iter().filter(|(.., count)| *count >= times);
        often.count()
    }

    fn seen_by(&self, camera: CameraIx) -> Rounds {
        let seen = self.cameras.iter().find(|(by, ..)| *by == camera);
        seen.map_or(0, |(_, rounds, _)| *rounds)
    }
}
