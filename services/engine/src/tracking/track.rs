//! One tracked person, fused from what all cameras tell.
//!
//! Properties:
//!
//! - T1 The state is a function of the birth and the observations, taken in order of
//!   (capture time, camera, sequence).
//! - T2 A track restored from a snapshot goes on bit for bit like the one that it was taken from,
//!   apart from appearance and the last seconds of its history. What it says of the time before them is
//!   the same, too.

use serde::{Deserialize, Serialize};

use super::{
    appearance::Appearance,
    births::Newborn,
    crossing::{Direction, Sides, Whereabouts},
    detection::Detection,
    filter::Filter,
    history::History,
    past::Past,
    prediction::Prediction,
};
use crate::{
    evidence::{PathPoint, Sighting, TrackId},
    geometry::Vec2,
    layout::{Gate, GateIx},
    time::{Round, Time},
};

/// One tracked person.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Track {
    core: TrackSnapshot,
    history: History,
    #[serde(skip)]
    appearance: Appearance,
}

/// A track on its way to another node's memory, with what it looked like. It is never stored (rule S2).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TrackInTransit {
    track: Track,
    appearance: Appearance,
}

impl From<&Track> for TrackInTransit {
    fn from(track: &Track) -> Self {
        Self {
            track: track.clone(),
            appearance: track.appearance.clone(),
        }
    }
}

impl From<TrackInTransit> for Track {
    fn from(transit: TrackInTransit) -> Self {
        Self {
            appearance: transit.appearance,
            ..transit.track
        }
    }
}

/// What a track cannot rebuild from the last ten seconds of frames: its filter, the sides of the gates
/// near it, and a moment of each second before. No appearance. To be taken at the end of a second.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrackSnapshot {
    id: TrackId,
    time: Time,
    state: Filter,
    /// When a camera last saw it, and position and velocity at that time.
    seen: (Time, Vec2, Vec2),
    sides: Sides,
    past: Past,
}

impl Track {
    /// The track of somebody whom the zone has just found.
    #[must_use]
    pub fn born(newborn: &Newborn) -> Self {
        let Newborn {
            position, velocity, ..
        } = *newborn;
        Self::restore(&TrackSnapshot {
            id: newborn.track,
            time: newborn.time,
            state: newborn.state(),
            seen: (newborn.time, position, velocity),
            sides: Sides::born(newborn.at_gate),
            past: Past::default(),
        })
    }

    /// Its name.
    #[must_use]
    pub const fn id(&self) -> TrackId {
        self.core.id
    }

    /// Takes in a detection of a frame captured at `time`.
    pub fn observe(&mut self, detection: &Detection, time: Time) {
        let core = &mut self.core;
        core.advance(time);
        core.state.correct(detection.position, detection.sigma);
        core.seen = (core.time, core.state.position, core.state.velocity);
        self.history.observe(detection, time);
        self.appearance.observe(&detection.appearance, time);
    }

    /// Goes on to the end of the round and adds a point to the path.
    pub fn end_round(&mut self, round: Round) {
        let core = &mut self.core;
        core.advance(round.end());
        let sigma = core.state.variance().sqrt();
        self.history
            .end_round(round, core.state.position, sigma, &mut core.past);
        self.appearance.settle(core.time);
    }

    /// Where it will be, as of the end of the last round. Whether it is a guest, the caller knows.
    #[must_use]
    pub fn prediction(&self) -> Prediction {
        Prediction {
            track: self.core.id,
            time: self.core.time,
            state: self.core.state,
            appearance: self.appearance.mean(),
            unseen_s: self.core.unseen_s(),
            guest: false,
        }
    }

    /// Expected position in metres.
    #[must_use]
    pub const fn position(&self) -> Vec2 {
        self.core.state.position
    }

    /// Expected velocity in metres per second.
    #[must_use]
    pub const fn velocity(&self) -> Vec2 {
        self.core.state.velocity
    }

    /// For how long no camera has seen it, in seconds.
    #[must_use]
    pub fn unseen_s(&self) -> f64 {
        self.core.unseen_s()
    }

    /// Path and item sightings from `from` to `to`, both included, oldest first: all of the last
    /// [`FULL_US`], a moment of each second before, and a minute in all.
    #[must_use]
    pub fn evidence(&self, from: Time, to: Time) -> (Vec<PathPoint>, Vec<Sighting>) {
        self.history.between(from, to, &self.core.past)
    }

    /// Which gate it has crossed since the last call; to be asked after each round.
    pub fn crossing(&mut self, gates: &[Gate]) -> Option<(GateIx, Direction)> {
        let (_, position, velocity) = self.core.seen;
        let now = Whereabouts {
            position: self.core.state.position,
            unseen_s: self.core.unseen_s(),
            seen: (position, velocity),
        };
        self.core.sides.crossing(&now, gates)
    }

    /// What must be stored to go on elsewhere.
    #[must_use]
    pub fn snapshot(&self) -> TrackSnapshot {
        self.core.clone()
    }

    /// Goes on from a snapshot.
    #[must_use]
    pub fn restore(snapshot: &TrackSnapshot) -> Self {
        Self {
            core: snapshot.clone(),
            history: History::default(),
            appearance: Appearance::default(),
        }
    }
}

impl TrackSnapshot {
    /// Its name.
    #[must_use]
    pub const fn id(&self) -> TrackId {
        self.id
    }

    /// Predicts to `time`; a time that has passed changes nothing.
    fn advance(&mut self, time: Time) {
        if time > self.time {
            self.state = self.state.after(time.since(self.time), self.unseen_s());
            self.time = time;
        }
    }

    fn unseen_s(&self) -> f64 {
        self.time.since(self.seen.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        geometry::Vec3,
        layout::ProductIx,
        time::ROUND_US,
        tracking::{FULL_US, Item, testing},
    };

    proptest! {
        #[test]
        fn t2_a_restored_track_goes_on_bit_for_bit(
            seen in prop::collection::vec((any::<bool>(), -1.0..1.0f64), 150),
            second in 0..14i64,
        ) {
            let gates = [testing::entry()];
            let mut track = Track::born(&testing::newborn(1, Time(0), 0.0, 0.0));
            let mut restored = track.clone();
            for (k, (seen, y)) in (0..).zip(seen) {
                let round = Round(k);
                let step = |track: &mut Track| {
                    if seen {
                        let mut detection = testing::seen(0.0, y);
                        detection.wrists[0] = (y > 0.0).then(|| Vec3::new(y, 0.0, 1.0));
                        detection.item = (y > 0.5).then(|| Item {
                            hand: Some(0),
                            candidates: vec![(ProductIx(3), y)],
                        });
                        track.observe(&detection, round.start().plus_us(40_000));
                    }
                    track.end_round(round);
                    track.crossing(&gates)
                };
                prop_assert_eq!(step(&mut track), step(&mut restored));
                prop_assert_eq!(track.snapshot(), restored.snapshot());
                if k == second * 10 {
                    restored = Track::restore(&track.snapshot());
                }
                if (k - second * 10) * ROUND_US >= FULL_US {
                    let all = |track: &Track| track.evidence(Time(0), round.end());
                    prop_assert_eq!(all(&track), all(&restored));
                }
            }
        }
    }

    #[test]
    fn evidence_has_one_point_each_round_with_the_mean_wrist() {
        let mut track = Track::born(&testing::newborn(1, Time(0), 0.0, 0.0));
        for z in [1.0, 1.2] {
            let mut detection = testing::seen(0.0, 0.0);
            detection.wrists[1] = Some(Vec3::new(0.3, 0.0, z));
            track.observe(&detection, Time(50_000));
        }
        track.end_round(Round(0));
        track.end_round(Round(1));
        let (path, _) = track.evidence(Round(0).end(), Round(1).end());
        let wrist = path[0].wrists[1].unwrap();
        assert!((wrist.z - 1.1).abs() < 1e-12 && path[0].seen);
        assert!(path[1].wrists[1].is_none() && !path[1].seen && path.len() == 2);
    }
}
