//! Two tracks on one person: a guest's is given up.
//!
//! - W1 Two tracks close together that share the frames between them, so that hardly a frame shows
//!   both, are one person: a frame shows each person once.
//! - W2 Only a guest is given up, and of two the younger: a visit keeps its people.
//! - W3 What was seen a second ago counts a third; a pair that parts is forgotten at once.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::prediction::Prediction;
use crate::{evidence::TrackId, layout::CameraIx, time::Round};

/// Tracks farther apart than this are two people, in metres.
const NEAR_M: f64 = 0.6;

/// W3: what is left of a count after a round.
const KEPT: f64 = 0.9;

/// W1: how many frames must have shown one of the two, how many of them each at least, and the
/// largest share that may have shown both.
const FRAMES: f64 = 12.0;
const EACH: f64 = 3.0;
const BOTH_SHARE: f64 = 0.1;

/// A frame in which a track was found: the camera and the frame's sequence.
pub type Found = (TrackId, CameraIx, u64);

/// In how many frames two tracks were found: only the first, only the second, both.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
struct Shared {
    first: f64,
    second: f64,
    both: f64,
}

/// Pairs of tracks that are near one another.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Twins {
    pairs: BTreeMap<(TrackId, TrackId), Shared>,
}

impl Twins {
    /// The tracks to give up after this round. `tracks` are everybody near, as of their predictions;
    /// `found` tells in which frames of the round they were found.
    pub fn round(&mut self, round: Round, tracks: &[Prediction], found: &[Found]) -> Vec<TrackId> {
        let mut frames = BTreeMap::<TrackId, Vec<(CameraIx, u64)>>::new();
        for &(track, camera, sequence) in found {
            frames.entry(track).or_default().push((camera, sequence));
        }
        let none = Vec::new();
        let mut pairs = BTreeMap::new();
        let mut given_up = Vec::new();
        for (a, b) in near(round, tracks) {
            let pair = (a.track.min(b.track), a.track.max(b.track));
            let mut shared = self.pairs.get(&pair).copied().unwrap_or_default();
            let frames = |track| frames.get(&track).unwrap_or(&none);
            shared.count(frames(pair.0), frames(pair.1));
            if shared.is_one() {
                given_up.extend(match (a.guest, b.guest) {
                    (true, false) => Some(a.track),
                    (false, true) => Some(b.track),
                    (true, true) => Some(younger(a.track, b.track)),
                    (false, false) => None,
                });
            }
            pairs.insert(pair, shared);
        }
        self.pairs = pairs;
        given_up.sort_unstable();
        given_up.dedup();
        given_up
    }

    /// Whether a track may be on a person who has another: so far no frame shows that it is not.
    #[must_use]
    pub fn in_doubt(&self, track: TrackId) -> bool {
        self.pairs
            .iter()
            .any(|(pair, shared)| (pair.0 == track || pair.1 == track) && shared.in_doubt())
    }
}

impl Shared {
    /// Counts a round's frames, which come in order.
    fn count(&mut self, first: &[(CameraIx, u64)], second: &[(CameraIx, u64)]) {
        let both = first.iter().filter(|frame| second.contains(frame)).count() as f64;
        self.first = self.first * KEPT + first.len() as f64 - both;
        self.second = self.second * KEPT + second.len() as f64 - both;
        self.both = self.both * KEPT + both;
    }

    fn frames(&self) -> f64 {
        self.first + self.second + self.both
    }

    fn is_one(&self) -> bool {
        self.frames() >= FRAMES && self.first.min(self.second) >= EACH && self.in_doubt()
    }

    fn in_doubt(&self) -> bool {
        self.both <= BOTH_SHARE * self.frames()
    }
}

/// All pairs that are near one another.
fn near(round: Round, tracks: &[Prediction]) -> impl Iterator<Item = (&Prediction, &Prediction)> {
    let now = round.end();
    let mut places: Vec<_> = tracks.iter().map(|t| (t.position_at(now).0, t)).collect();
    places.sort_by(|a, b| a.0.x.total_cmp(&b.0.x).then(a.1.track.cmp(&b.1.track)));
    let mut pairs = Vec::new();
    for (n, (here, a)) in places.iter().enumerate() {
        let beside = places[n + 1..].iter();
        let within = beside.take_while(|(there, _)| there.x - here.x <= NEAR_M);
        let near = within.filter(|(there, _)| here.distance(*there) <= NEAR_M);
        pairs.extend(near.map(|(_, b)| (*a, *b)));
    }
    pairs.into_iter()
}

/// A track's number holds the round of its birth below the zone that gave it.
fn younger(a: TrackId, b: TrackId) -> TrackId {
    const BIRTH: u64 = (1 << 40) - 1;
    if (a.0 & BIRTH, a) > (b.0 & BIRTH, b) {
        a
    } else {
        b
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        time::Time,
        tracking::{Track, testing::newborn},
    };

    fn track(id: u64, x: f64, guest: bool) -> Prediction {
        let mut prediction = Track::born(&newborn(id, Time(0), x, 0.0)).prediction();
        prediction.guest = guest;
        prediction
    }

    /// Two tracks before two cameras for two seconds; `sees` tells whom a camera finds in a round.
    fn given_up(pair: &[Prediction; 2], sees: impl Fn(i64, u32) -> Vec<u64>) -> Option<u64> {
        let mut twins = Twins::default();
        (0..20_i64).find_map(|round| {
            let of = |camera| {
                let frame = round.unsigned_abs();
                let found = sees(round, camera).into_iter();
                found.map(move |track| (TrackId(track), CameraIx(camera), frame))
            };
            let found: Vec<Found> = (0..2).flat_map(of).collect();
            twins.round(Round(round), pair, &found).first().map(|t| t.0)
        })
    }

    #[test]
    fn w1_w2_of_two_tracks_that_share_the_frames_a_guest_is_given_up() {
        let in_turn =
            |round: i64, camera: u32| vec![1 + (round.unsigned_abs() + u64::from(camera)) % 2];
        let pair = |guests: [bool; 2]| [track(1, 0.0, guests[0]), track(2, 0.3, guests[1])];
        assert_eq!(given_up(&pair([true, false]), in_turn), Some(1));
        assert_eq!(given_up(&pair([true, true]), in_turn), Some(2));
        assert_eq!(given_up(&pair([false, false]), in_turn), None);
    }

    #[test]
    fn w1_people_side_by_side_are_two_although_one_of_them_is_often_hidden() {
        let pair = [track(1, 0.0, true), track(2, 0.3, true)];
        let sees = |round: i64, _| if round % 4 == 0 { vec![1, 2] } else { vec![1] };
        assert_eq!(given_up(&pair, sees), None);
        let lost = |_, _| vec![1];
        assert_eq!(
            given_up(&pair, lost),
            None,
            "who is unseen is not somebody else"
        );
    }
}
