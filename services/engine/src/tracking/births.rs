//! New tracks from detections that no track claims.
//!
//! Properties:
//!
//! - B1 Clutter gives no birth: a candidate must be seen in most of the last rounds, for longer when
//!   only one camera sees it.
//! - B2 Somebody who walks in at an entry is born within half a second.
//! - B3 Nobody is born where a track, or somebody born a moment ago, explains what was seen.
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
    layout::{CameraIx, Gate, GateIx, ZoneIx},
    time::{Round, Time},
};

/// How close to an entry's line somebody is who comes in there, in metres.
const AT_GATE_M: f64 = 1.2;

/// Depth up to which somebody at an entry is still outside, in metres.
const OUTSIDE_M: f64 = 0.15;

/// Speed inwards of somebody who comes in, in m/s.
const INWARD_SPEED: f64 = 0.3;

/// B3: the radius that a track covers, in standard deviations and within these bounds in metres.
/// Two people do not stand closer than the lower one; the upper one is as far as somebody gets
/// within the age of a prediction.
const COVERED_SIGMAS: f64 = 2.5;
const COVERED_M: (f64, f64) = (0.35, 1.0);

/// A track unseen for longer explains nothing: [`super::relink()`] tells whether it is back.
const EXPLAINS_S: f64 = 2.0;

/// How long a newborn counts although no prediction shows it, in seconds.
const REMEMBERED_S: f64 = 1.0;

/// Standard deviation of a newborn's velocity on each axis, in m/s.
pub(super) const VELOCITY_SIGMA: f64 = 0.5;

/// Seen in `hits` of the last `of` rounds, by `cameras` cameras at least `each` times.
struct Rule {
    hits: u32,
    of: u32,
    cameras: usize,
    each: u32,
}

/// Detectors' ghosts last a few frames in one camera, so two cameras prove more.
const AT_GATE: Rule = rule(3, 4, 2, 2);
const WALKING_IN: Rule = rule(5, 6, 1, 5);
const ANYWHERE: [Rule; 2] = [rule(6, 8, 2, 3), rule(9, 11, 1, 9)];

const fn rule(hits: u32, of: u32, cameras: usize, each: u32) -> Rule {
    Rule {
        hits,
        of,
        cameras,
        each,
    }
}

impl Rule {
    fn holds(&self, candidate: &Candidate) -> bool {
        candidate.seen_in(2) > 0
            && candidate.seen_in(self.of) >= self.hits
            && candidate.cameras(self.each) >= self.cameras
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

    /// Who is new at the end of `round`, given the detections of that round that nobody claimed and
    /// the tracks near the zone as of three rounds before.
    pub fn round(
        &mut self,
        round: Round,
        unclaimed: &[Unclaimed<'_>],
        tracks: &[Prediction],
        gates: &[Gate],
    ) -> Vec<Newborn> {
        let now = round.end();
        self.window.extend(round, unclaimed);
        self.recent.retain(|newborn| {
            now.since(newborn.time) <= REMEMBERED_S
                && tracks.iter().all(|track| track.track != newborn.track)
        });
        let mut known: Vec<Filter> = tracks
            .iter()
            .filter(|track| track.unseen_s <= EXPLAINS_S)
            .map(|track| track.at(now))
            .chain(self.recent.iter().map(|newborn| newborn.at(now)))
            .collect();
        let mut born = Vec::new();
        for candidate in self.window.candidates(round) {
            let state = candidate.at(now);
            let at_gate = entry(&candidate, &state, gates);
            if confirmed(&candidate, at_gate) && !known.iter().any(|k| covers(k, state.position)) {
                known.push(state);
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
fn confirmed(candidate: &Candidate, at_gate: Option<(GateIx, f64)>) -> bool {
    let comes_in = at_gate.is_some_and(|(_, inward)| {
        AT_GATE.holds(candidate) || (inward >= INWARD_SPEED && WALKING_IN.holds(candidate))
    });
    comes_in || ANYWHERE.iter().any(|rule| rule.holds(candidate))
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

/// B3: whether somebody expected there explains a person here.
fn covers(known: &Filter, position: Vec2) -> bool {
    let radius = COVERED_SIGMAS * known.variance().sqrt();
    known.position.distance(position) <= radius.clamp(COVERED_M.0, COVERED_M.1)
}
