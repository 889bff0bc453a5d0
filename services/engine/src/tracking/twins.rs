//! Two tracks on one person: a guest's is given up.
//!
//! - W1 Two tracks whose predictions stay within arm's width for a second are one person: bodies keep
//!   0.4 m, and two filters on one body differ by some centimetres.
//! - W2 Only a guest is given up, and of two the younger: a visit keeps its people.
//! - W3 A pair that parts again is forgotten at once.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::prediction::Prediction;
use crate::{evidence::TrackId, time::Round};

/// How near twins are, in metres.
const NEAR_M: f64 = 0.22;
/// For how many rounds in a row.
const ROUNDS: u8 = 10;

/// Pairs of tracks that are near one another, and for how long.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Twins {
    pairs: BTreeMap<(TrackId, TrackId), u8>,
}

impl Twins {
    /// The tracks to give up after this round. `tracks` are everybody near, as of their predictions;
    /// those that are unseen count with where they are thought to be.
    pub fn round(&mut self, round: Round, tracks: &[Prediction]) -> Vec<TrackId> {
        let now = round.end();
        let places: Vec<_> = tracks.iter().map(|t| (t, t.position_at(now).0)).collect();
        let mut near = BTreeMap::new();
        let mut given_up = Vec::new();
        for (i, (a, at)) in places.iter().enumerate() {
            for (b, there) in &places[i + 1..] {
                if (at.x - there.x).abs() > NEAR_M || at.distance(*there) > NEAR_M {
                    continue;
                }
                let pair = (a.track.min(b.track), a.track.max(b.track));
                let rounds = self
                    .pairs
                    .get(&pair)
                    .copied()
                    .unwrap_or(0)
                    .saturating_add(1);
                if rounds < ROUNDS {
                    near.insert(pair, rounds);
                    continue;
                }
                given_up.extend(match (a.guest, b.guest) {
                    (true, false) => Some(a.track),
                    (false, true) => Some(b.track),
                    (true, true) => Some(younger(a.track, b.track)),
                    (false, false) => None,
                });
            }
        }
        self.pairs = near;
        given_up.sort_unstable();
        given_up.dedup();
        given_up
    }
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

    fn after(rounds: i64, tracks: &[Prediction]) -> Vec<u64> {
        let mut twins = Twins::default();
        let mut given_up = Vec::new();
        for round in 0..rounds {
            given_up.extend(
                twins
                    .round(Round(round), tracks)
                    .iter()
                    .map(|track| track.0),
            );
        }
        given_up
    }

    #[test]
    fn w1_w2_the_guest_of_twins_is_given_up_after_a_second() {
        let pair = [track(1, 0.0, true), track(2, 0.1, false)];
        assert_eq!(after(9, &pair), Vec::<u64>::new());
        assert_eq!(after(10, &pair), [1]);
        assert_eq!(after(10, &[track(1, 0.0, true), track(2, 0.1, true)]), [2]);
    }

    #[test]
    fn w1_people_side_by_side_are_two() {
        assert_eq!(
            after(30, &[track(1, 0.0, true), track(2, 0.4, true)]),
            Vec::<u64>::new()
        );
    }
}
