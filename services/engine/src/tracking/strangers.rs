//! People whom no track knows yet, as one camera sees them.
//!
//! Whoever comes in beside somebody is seen for half a second and more before they have a track. Without
//! them the track beside them takes their detections whenever its own person is hidden, and goes with them.
//!
//! Properties:
//!
//! - N1 A stranger is a chain of detections that no track explains, at most one of a frame, each where
//!   somebody who walks may have been after the one before.
//! - N2 A chain ends where a track explains what would have continued it: the stranger has a track now.
//! - N3 Strangers are a function of what the camera saw in the last moments, in any order within a frame.

use super::filter::Filter;
use crate::{geometry::Vec2, time::Time};

/// Largest distance of a detection from its chain, in standard deviations.
const GATE_SIGMAS: f64 = 3.0;

/// Standard deviation of an unknown velocity on each axis, in m/s.
const VELOCITY_SIGMA: f64 = 0.8;

/// Probability that what was seen once, and more than once, is seen in the next frame: most false detections
/// last for one.
const SEEN_ONCE: f64 = 0.3;
const SEEN_AGAIN: f64 = 0.85;

/// A detection, and whether a track explains it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sight {
    pub(super) time: Time,
    pub(super) position: Vec2,
    pub(super) sigma: f64,
    pub(super) explained: bool,
}

/// Somebody, or a ghost that stays.
#[derive(Clone, Debug)]
pub(super) struct Stranger {
    state: Filter,
    /// When it was seen, and where, oldest first.
    sights: Vec<Sight>,
    ended: bool,
}

/// Who there is after these sights, which come in order of time.
pub(super) fn strangers(sights: &[Sight]) -> Vec<Stranger> {
    let mut chains: Vec<Stranger> = Vec::new();
    for frame in sights.chunk_by(|a, b| a.time == b.time) {
        let mut pairs: Vec<(f64, usize, usize)> = Vec::new();
        for (chain, stranger) in chains.iter().enumerate() {
            let near = |(n, sight)| Some((stranger.square(sight)?, chain, n));
            pairs.extend(frame.iter().enumerate().filter_map(near));
        }
        pairs.sort_by(|a, b| a.0.total_cmp(&b.0).then((a.1, a.2).cmp(&(b.1, b.2))));
        let mut moved = vec![false; chains.len()];
        let mut placed = vec![false; frame.len()];
        for (_, chain, sight) in pairs {
            if !moved[chain] && !placed[sight] {
                (moved[chain], placed[sight]) = (true, true);
                chains[chain].go_on(&frame[sight]);
            }
        }
        let mut new: Vec<Sight> = frame
            .iter()
            .zip(&placed)
            .filter(|(sight, placed)| !**placed && !sight.explained)
            .map(|(sight, _)| *sight)
            .collect();
        new.sort_by(|a, b| {
            let (a, b) = (a.position, b.position);
            a.x.total_cmp(&b.x).then(a.y.total_cmp(&b.y))
        });
        chains.retain(|stranger| !stranger.ended);
        chains.extend(new.into_iter().map(Stranger::new));
    }
    chains
}

impl Stranger {
    fn new(sight: Sight) -> Self {
        Self {
            state: Filter::new(sight.position, sight.sigma, Vec2::default(), VELOCITY_SIGMA),
            sights: vec![sight],
            ended: false,
        }
    }

    fn last(&self) -> Time {
        self.sights
            .last()
            .map_or_else(Time::default, |sight| sight.time)
    }

    /// How far off a sight is, in squared standard deviations; `None` outside the gate.
    fn square(&self, sight: &Sight) -> Option<f64> {
        let state = self.at(sight.time);
        let off = sight.position - state.position;
        let square = off.dot(off) / (state.variance() + sight.sigma * sight.sigma);
        (square <= GATE_SIGMAS * GATE_SIGMAS).then_some(square)
    }

    fn go_on(&mut self, sight: &Sight) {
        self.ended = sight.explained;
        self.state = self.at(sight.time);
        self.state.correct(sight.position, sight.sigma);
        self.sights.push(*sight);
    }

    /// Its state at `time`.
    pub(super) fn at(&self, time: Time) -> Filter {
        self.state.after(time.since(self.last()), 0.0)
    }

    /// When it was seen, and where, oldest first.
    pub(super) fn sights(&self) -> &[Sight] {
        &self.sights
    }

    /// Probability that a frame shows it in which it may be seen, `missed` if the one before did not.
    pub(super) fn found(&self, last_frame: Time, missed_again: f64) -> f64 {
        let seen = if self.sights.len() > 1 {
            SEEN_AGAIN
        } else {
            SEEN_ONCE
        };
        if self.last() == last_frame {
            seen
        } else {
            seen * (1.0 - missed_again)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sights at 10 frames a second: of each frame where something was seen, and whether it is explained.
    fn seen(frames: &[&[(f64, f64, bool)]]) -> Vec<Sight> {
        let frame = |(n, sights): (i64, &&[(f64, f64, bool)])| {
            let sight = move |&(x, y, explained): &(f64, f64, bool)| Sight {
                time: Time(n * 100_000),
                position: Vec2::new(x, y),
                sigma: 0.09,
                explained,
            };
            sights.iter().map(sight).collect::<Vec<_>>()
        };
        (0..).zip(frames).flat_map(frame).collect()
    }

    fn places(strangers: &[Stranger], time: i64) -> Vec<f64> {
        let at = |stranger: &Stranger| stranger.at(Time(time)).position.x;
        strangers.iter().map(at).collect()
    }

    #[test]
    fn n1_n3_two_side_by_side_are_two_in_any_order() {
        let (left, right) = ((0.0, 0.0, false), (0.7, 0.0, false));
        let both = seen(&[&[left, right], &[right, left], &[left, right]]);
        let found = strangers(&both);
        assert_eq!(
            found.iter().map(|s| s.sights().len()).collect::<Vec<_>>(),
            [3, 3]
        );
        let mut turned = both;
        turned.chunks_mut(2).for_each(<[Sight]>::reverse);
        assert_eq!(
            places(&found, 300_000),
            places(&strangers(&turned), 300_000)
        );
    }

    #[test]
    fn n1_what_is_too_far_off_is_somebody_else() {
        let found = strangers(&seen(&[&[(0.0, 0.0, false)], &[(1.0, 0.0, false)]]));
        assert_eq!(places(&found, 100_000), [0.0, 1.0]);
    }

    #[test]
    fn n2_who_is_explained_is_no_stranger_any_more_and_nobody_is_one_who_always_was() {
        let (new, known) = ((0.0, 0.0, false), (0.0, 0.0, true));
        assert_eq!(strangers(&seen(&[&[new], &[new], &[known]])).len(), 0);
        assert_eq!(strangers(&seen(&[&[known], &[known]])).len(), 0);
    }

    #[test]
    fn who_was_seen_twice_in_a_row_is_expected_and_who_was_missed_less_so() {
        let once = strangers(&seen(&[&[(0.0, 0.0, false)]]));
        let twice = strangers(&seen(&[&[(0.0, 0.0, false)], &[(0.0, 0.0, false)]]));
        let [once, twice] = [&once[0], &twice[0]];
        assert!(once.found(Time(0), 0.75) < twice.found(Time(100_000), 0.75));
        assert!(twice.found(Time(200_000), 0.75) < 0.3 * twice.found(Time(100_000), 0.75));
    }
}
