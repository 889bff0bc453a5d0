//! New tracks from detections that no track claims.
//!
//! Properties:
//!
//! - B1 Clutter gives no birth: a candidate must be seen in most of the last rounds, for longer when
//!   only one camera sees it, and by a good part of the cameras that look there.
//! - B2 Somebody who walks in at an entry is born within half a second.
//! - B3 Nobody is born where a track, or somebody born a moment ago, explains what was seen; nor on
//!   the street before an exit, unless an entry is nearer: who has left is nobody's.
//! - B4 A track's name is given once: it holds the zone, the round and a running number.
//! - B5 The state is a function of the last five seconds.

use serde::{Deserialize, Serialize};

use super::{
    candidates::{Candidate, Window},
    detection::Detection,
    filter::Filter,
    prediction::Prediction,
};
use crate::{
    evidence::TrackId,
    geometry::Vec2,
    layout::{CameraIx, Gate, GateIx, Layout, ZoneIx},
    time::{Round, Time},
};

/// How close to an entry's line somebody is who comes in there, in metres: as far as cameras see out.
const AT_GATE_M: f64 = 1.7;

/// Depth up to which somebody at an entry is still outside, in metres.
const OUTSIDE_M: f64 = 0.15;

/// Speed inwards of somebody who comes in, in m/s; and the speed that sets a walker whom only one
/// camera sees apart from a ghost, which stands.
const INWARD_SPEED: f64 = 0.3;
const WALKING_SPEED: f64 = 0.6;

/// B3: how far before an exit the street is seen, in metres.
const BEFORE_EXIT_M: f64 = 2.5;

/// B3: the radius that a track covers, in standard deviations and within these bounds in metres.
/// Two people do not stand closer than the lower one; the upper one is as far as somebody gets
/// within the age of a prediction.
const COVERED_SIGMAS: f64 = 2.5;
const COVERED_M: (f64, f64) = (0.35, 1.0);

/// What somebody covers who was born a moment ago, in metres: their speed is hardly known, and
/// somebody else so close can wait until it is.
const NEWBORN_M: f64 = 0.6;

/// A track unseen for longer explains nothing: [`super::relink()`] tells whether it is back.
const EXPLAINS_S: f64 = 2.0;

/// How long a newborn counts although no prediction shows it, in seconds.
const REMEMBERED_S: f64 = 1.0;

/// Standard deviation of a newborn's velocity on each axis, in m/s.
pub(super) const VELOCITY_SIGMA: f64 = 0.5;

/// B1: the least share of all looks at a place that find somebody who stands there. Furniture may hide
/// them from half of the cameras; a ghost haunts one.
const SHARE: f64 = 0.4;

/// Seen in `hits` of the last `of` rounds, by `cameras` cameras at least `each` times.
struct Rule {
    hits: u32,
    of: u32,
    cameras: usize,
    each: u32,
}

/// Detectors' ghosts last up to about five frames and stand still in one camera, so two cameras
/// prove more if both see enough.
const AT_GATE: Rule = rule(4, 5, 2, 3);
const WALKING_IN: Rule = rule(5, 6, 1, 5);
const ANYWHERE: [Rule; 2] = [rule(7, 8, 2, 5), rule(10, 12, 1, 10)];

const fn rule(hits: u32, of: u32, cameras: usize, each: u32) -> Rule {
    Rule {
        hits,
        of,
        cameras,
        each,
    }
}

impl Rule {
    fn holds(&self, candidate: &Candidate, share: impl Fn(u32) -> f64) -> bool {
        candidate.seen_in(2) > 0
            && candidate.seen_in(self.of) >= self.hits
            && candidate.cameras(self.each) >= self.cameras
            && share(self.of) >= SHARE
    }
}

/// Somebody whom no track knew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Newborn {
    /// The new track's name.
    pub track: TrackId,
    /// The end of the round that it was born in.
    pub time: Time,
    /// Estimated position in metres.
    pub position: Vec2,
    /// Estimated velocity in metres per second.
    pub velocity: Vec2,
    /// Standard deviation of the position on each axis, in metres.
    pub sigma: f64,
    /// The entry that they come in by.
    pub at_gate: Option<GateIx>,
}

/// A detection that no track claimed.
#[derive(Clone, Copy, Debug)]
pub struct Unclaimed<'a> {
    /// Who saw it.
    pub camera: CameraIx,
    /// When.
    pub time: Time,
    /// What.
    pub detection: &'a Detection,
}

/// Finds the newcomers of one zone.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Births {
    zone: ZoneIx,
    window: Window,
    /// Those born in the last second.
    recent: Vec<Newborn>,
}

impl Births {
    /// For this zone.
    #[must_use]
    pub fn new(zone: ZoneIx) -> Self {
        Self {
            zone,
            window: Window::default(),
            recent: Vec::new(),
        }
    }

    /// Who is new at the end of `round`, given the cameras that looked in that round, the detections
    /// that nobody claimed, and the tracks near the zone as of three rounds before.
    pub fn round(
        &mut self,
        round: Round,
        looked: &[CameraIx],
        unclaimed: &[Unclaimed<'_>],
        tracks: &[Prediction],
        layout: &Layout,
    ) -> Vec<Newborn> {
        let now = round.end();
        self.window.extend(round, looked, unclaimed);
        self.recent.retain(|newborn| {
            now.since(newborn.time) <= REMEMBERED_S
                && tracks.iter().all(|track| track.track != newborn.track)
        });
        let mut known: Vec<(Filter, f64)> = tracks
            .iter()
            .filter(|track| track.unseen_s <= EXPLAINS_S)
            .map(|track| (track.at(now), COVERED_M.0))
            .chain(self.recent.iter().map(|n| (n.at(now), NEWBORN_M)))
            .collect();
        let mut born = Vec::new();
        for candidate in self.window.candidates(round) {
            let state = candidate.at(now);
            let at_gate = entry(&candidate, &state, &layout.gates);
            let share = |of| self.window.share(&candidate, of, round, &layout.cameras);
            if !known.iter().any(|k| covers(k, state.position))
                && !is_out(state.position, &layout.gates)
                && confirmed(&candidate, at_gate, share)
            {
                known.push((state, NEWBORN_M));
                born.push((candidate, state, at_gate.map(|(gate, _)| gate)));
            }
        }
        self.window
            .remove(born.iter().map(|(candidate, ..)| candidate));
        let newborns: Vec<Newborn> = (0..=0xff)
            .zip(&born)
            .map(|(ordinal, (_, state, at_gate))| Newborn {
                track: name(self.zone, round, ordinal),
                time: now,
                position: state.position,
                velocity: state.velocity,
                sigma: state.variance().sqrt(),
                at_gate: *at_gate,
            })
            .collect();
        self.recent.extend(newborns.iter().cloned());
        newborns
    }
}

impl Newborn {
    /// Its state at birth.
    pub(super) fn state(&self) -> Filter {
        Filter::new(self.position, self.sigma, self.velocity, VELOCITY_SIGMA)
    }

    fn at(&self, time: Time) -> Filter {
        self.state().after(time.since(self.time), 0.0)
    }
}

/// B4: the top bit stays free.
fn name(zone: ZoneIx, round: Round, ordinal: u64) -> TrackId {
    let zone = u64::from(zone.0) & 0x7f_ffff;
    let round = round.0.cast_unsigned() & 0xffff_ffff;
    TrackId(zone << 40 | round << 8 | ordinal)
}

/// B1, B2.
fn confirmed(
    candidate: &Candidate,
    at_gate: Option<(GateIx, f64)>,
    share: impl Fn(u32) -> f64,
) -> bool {
    let comes_in = at_gate.is_some_and(|(_, inward)| {
        AT_GATE.holds(candidate, &share)
            || (inward >= WALKING_SPEED && WALKING_IN.holds(candidate, &share))
    });
    comes_in || ANYWHERE.iter().any(|rule| rule.holds(candidate, &share))
}

/// The nearest entry that a candidate may be coming in by, and how fast they go in.
fn entry(candidate: &Candidate, state: &Filter, gates: &[Gate]) -> Option<(GateIx, f64)> {
    (0..)
        .map(GateIx)
        .zip(gates)
        .filter(|(_, gate)| gate.entry)
        .filter_map(|(index, gate)| {
            let line = &gate.line;
            let distance = line
                .distance(candidate.first)
                .min(line.distance(state.position));
            let depth = line.side(state.position);
            let inward = line.side(state.position + state.velocity) - depth;
            let comes_in = inward >= INWARD_SPEED || (depth < OUTSIDE_M && inward > -INWARD_SPEED);
            (distance <= AT_GATE_M && comes_in).then_some((distance, index, inward))
        })
        .min_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, index, inward)| (index, inward))
}

/// B3: whether a place lies before a gate that only leads out, and no entry is nearer.
fn is_out(position: Vec2, gates: &[Gate]) -> bool {
    let distance = |gate: &&Gate| gate.line.distance(position);
    let nearest = gates
        .iter()
        .min_by(|a, b| distance(a).total_cmp(&distance(b)));
    nearest.is_some_and(|gate| {
        !gate.entry && gate.line.side(position) < 0.0 && distance(&gate) < BEFORE_EXIT_M
    })
}

/// B3: whether somebody expected there, who covers at least so much, explains a person here.
fn covers((known, least): &(Filter, f64), position: Vec2) -> bool {
    let radius = COVERED_SIGMAS * known.variance().sqrt();
    known.position.distance(position) <= radius.clamp(*least, COVERED_M.1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        geometry::Segment,
        tracking::testing::{self, hall, seen},
    };

    /// One person walks from (0, y) at `speed` along y, seen by `seeing` of `cameras` cameras in
    /// every round; the round of the birth.
    fn born_before(
        births: &mut Births,
        (y, speed): (f64, f64),
        (seeing, cameras): (u32, u32),
        tracks: &[Prediction],
    ) -> Option<(i64, Newborn)> {
        let looked: Vec<CameraIx> = (0..cameras).map(CameraIx).collect();
        (0..15).find_map(|k| {
            let round = Round(k);
            let detection = seen(0.0, y + speed * 0.1 * k as f64);
            let unclaimed: Vec<_> = (0..seeing)
                .map(|camera| Unclaimed {
                    camera: CameraIx(camera),
                    time: round.start().plus_us(i64::from(camera) * 30_000),
                    detection: &detection,
                })
                .collect();
            let born = births.round(round, &looked, &unclaimed, tracks, &hall(cameras));
            Some((k, born.into_iter().next()?))
        })
    }

    #[test]
    fn b2_who_walks_in_is_born_within_half_a_second() {
        for cameras in 1..=3 {
            let mut births = Births::new(ZoneIx(1));
            let (round, newborn) =
                born_before(&mut births, (-0.4, 1.2), (cameras, cameras), &[]).unwrap();
            assert!(round < 5, "{cameras} cameras: {round}");
            assert_eq!(newborn.at_gate, Some(GateIx(0)));
            assert!(newborn.velocity.y > 0.5, "{newborn:?}");
        }
    }

    #[test]
    fn b1_inside_one_camera_takes_longer_than_two() {
        let [one, two] = [1, 2].map(|cameras| {
            let mut births = Births::new(ZoneIx(1));
            born_before(&mut births, (5.0, 0.0), (cameras, cameras), &[]).unwrap()
        });
        assert!(two.0 < one.0, "{one:?} {two:?}");
        assert_eq!(two.1.at_gate, None);
    }

    #[test]
    fn b1_what_few_of_the_cameras_that_look_there_see_is_a_ghost() {
        let born = |seeing| {
            let mut births = Births::new(ZoneIx(1));
            born_before(&mut births, (5.0, 0.0), (seeing, 6), &[]).is_some()
        };
        assert!(!born(2) && born(3));
    }

    #[test]
    fn b3_nobody_is_born_on_a_track_or_on_a_newborn() {
        let mut births = Births::new(ZoneIx(1));
        let (_, newborn) = born_before(&mut births, (5.0, 0.0), (2, 2), &[]).unwrap();
        assert_eq!(
            born_before(&mut births, (5.0, 0.0), (1, 1), &[]).map(|(k, _)| k),
            None
        );
        let track = crate::tracking::Track::born(&newborn).prediction();
        let mut births = Births::new(ZoneIx(1));
        assert_eq!(born_before(&mut births, (5.0, 0.0), (2, 2), &[track]), None);
    }

    #[test]
    fn b3_on_the_street_only_who_comes_to_the_entry_beside_the_exit_is_born() {
        let exit = Gate {
            line: Segment {
                from: Vec2::new(2.0, 0.0),
                to: Vec2::new(3.0, 0.0),
            },
            entry: false,
            reader: None,
            ..testing::entry()
        };
        let gates = [testing::entry(), exit];
        assert!(!is_out(Vec2::new(0.8, -0.6), &gates));
        assert!(is_out(Vec2::new(2.4, -0.6), &gates));
        assert!(!is_out(Vec2::new(2.4, 0.6), &gates));
    }

    #[test]
    fn b4_names_hold_zone_round_and_number() {
        let name = name(ZoneIx(3), Round(0x1_0000_0005), 7);
        assert_eq!(name, TrackId(3 << 40 | 5 << 8 | 7));
        assert_eq!(super::name(ZoneIx(u32::MAX), Round(-1), 255).0 >> 63, 0);
    }
}
