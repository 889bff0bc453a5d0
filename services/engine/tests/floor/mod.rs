//! A floor of 10 m × 10 m with four cameras, people who stroll, stand and turn, and the tracking loop
//! as the store runs it.

mod scene;

use std::collections::{BTreeMap, VecDeque};

use amble_engine::{
    evidence::TrackId,
    geometry::{Polygon, Segment, Vec2, Vec3},
    layout::{Camera, CameraIx, Gate, Layout, Sensors, ZoneIx},
    time::{Round, Time},
    tracking::{Births, Detection, Prediction, Track, Unclaimed, relink},
};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use scene::{Eye, Walker};

const LAG: i64 = 3;
const START: Round = Round(1_000_000);
/// What a run came to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outcome {
    /// How often a person's track became another one.
    pub(crate) switches: usize,
    /// Share of person-rounds, after the first second, without a track within 0.5 m.
    pub(crate) lost_share: f64,
    /// Tracks beyond one for each person, not relinked.
    pub(crate) false_births: usize,
    /// All births.
    pub(crate) births: usize,
    /// Births that were found to be lost tracks.
    pub(crate) relinked: usize,
    /// Root mean square error of the position, in metres on the plane.
    pub(crate) error_m: f64,
}

impl Outcome {
    pub(crate) fn worst(&self, other: &Self) -> Self {
        Self {
            switches: self.switches.max(other.switches),
            lost_share: self.lost_share.max(other.lost_share),
            false_births: self.false_births.max(other.false_births),
            births: self.births.max(other.births),
            relinked: self.relinked.max(other.relinked),
            error_m: self.error_m.max(other.error_m),
        }
    }
}

/// Whether cameras tell what people look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Looks {
    Told,
    Untold,
}

/// The simulated floor and everything that watches it.
pub(crate) struct Floor {
    rng: ChaCha8Rng,
    walkers: Vec<Walker>,
    eyes: Vec<Eye>,
    layout: Layout,
    births: Births,
    tracks: BTreeMap<TrackId, Track>,
    /// Predictions by round, oldest first.
    predictions: VecDeque<Vec<Prediction>>,
}

impl Floor {
    pub(crate) fn new(seed: u64, people: usize, looks: Looks) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let walkers = (0..people).map(|_| Walker::new(looks, &mut rng)).collect();
        let corners = [(0.0, 0.0), (3.0, 0.0), (0.0, 3.0), (3.0, 3.0)];
        let eyes = corners.map(|(x, y)| {
            let square = [(x, y), (x + 7.0, y), (x + 7.0, y + 7.0), (x, y + 7.0)];
            let view = Polygon::new(square.map(|(x, y)| Vec2::new(x, y)).to_vec());
            Eye::new(view, people, &mut rng)
        });
        let gate = Gate {
            zone: ZoneIx(0),
            line: Segment {
                from: Vec2::new(0.0, 0.3),
                to: Vec2::new(1.5, 0.3),
            },
            entry: true,
            exit: true,
            reader: None,
        };
        let cameras = eyes.iter().map(|eye| Camera {
            zone: ZoneIx(0),
            position: Vec3::new(0.0, 0.0, 3.0),
            view: eye.view.clone(),
        });
        let floor = Polygon::new(
            [(0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0)]
                .map(|(x, y)| Vec2::new(x, y))
                .to_vec(),
        );
        let layout = Layout {
            gates: vec![gate],
            cameras: cameras.collect(),
            ..Layout::empty(floor, Sensors::default())
        };
        Self {
            rng,
            walkers,
            eyes: eyes.into(),
            layout,
            births: Births::new(ZoneIx(0)),
            tracks: BTreeMap::new(),
            predictions: VecDeque::from(vec![Vec::new(); LAG as usize]),
        }
    }

    pub(crate) fn run(mut self, seconds: f64) -> Outcome {
        let mut outcome = Outcome::default();
        let mut owners: Vec<Option<TrackId>> = vec![None; self.walkers.len()];
        let (mut square, mut lost, mut counted) = (0.0, 0_u32, 0_u32);
        let rounds = (seconds * 10.0) as i64;
        for round in (0..rounds).map(|k| START.plus(k)) {
            self.step(round, &mut outcome);
            if round.0 - START.0 < 15 {
                continue;
            }
            for (walker, owner) in self.walkers.iter().zip(&mut owners) {
                counted += 1;
                // Somebody keeps the track they had while it is near.
                let near = |t: &Track| t.position().distance(walker.position);
                let kept = owner
                    .and_then(|id| self.tracks.get(&id))
                    .filter(|t| near(t) < 0.5);
                let best = kept.or_else(|| {
                    let all = self.tracks.values().filter(|t| near(t) < 0.5);
                    all.min_by(|a, b| near(a).total_cmp(&near(b)))
                });
                let Some(track) = best else {
                    lost += 1;
                    continue;
                };
                square += near(track).powi(2);
                if owner
                    .replace(track.id())
                    .is_some_and(|old| old != track.id())
                {
                    outcome.switches += 1;
                }
            }
        }
        let people = self.walkers.len();
        outcome.false_births = (outcome.births - outcome.relinked).saturating_sub(people);
        outcome.lost_share = f64::from(lost) / f64::from(counted.max(1));
        outcome.error_m = (square / f64::from((counted - lost).max(1))).sqrt();
        outcome
    }

    fn step(&mut self, round: Round, outcome: &mut Outcome) {
        let others: Vec<Vec2> = self.walkers.iter().map(|w| w.position).collect();
        for walker in &mut self.walkers {
            walker.step(&others, &mut self.rng);
        }
        let old = self.predictions.pop_front().unwrap_or_default();
        let mut observed: Vec<(Time, usize, TrackId, Detection)> = Vec::new();
        let mut unclaimed: Vec<(Time, usize, Detection)> = Vec::new();
        for (index, eye) in self.eyes.iter_mut().enumerate() {
            let time = round.start().plus_us(eye.phase_us);
            let seen = eye.look(&self.walkers, eye.phase_us, &mut self.rng);
            let near: Vec<Prediction> = old
                .iter()
                .filter(|p| p.may_be_in(&eye.view))
                .cloned()
                .collect();
            let matching = eye.matcher.match_frame(time, &near, &seen);
            for (track, detection) in matching.pairs {
                observed.push((time, index, track, seen[detection].clone()));
            }
            for detection in matching.unclaimed {
                unclaimed.push((time, index, seen[detection].clone()));
            }
        }
        observed.sort_by_key(|(time, camera, ..)| (*time, *camera));
        for (time, _, track, detection) in &observed {
            if let Some(track) = self.tracks.get_mut(track) {
                track.observe(detection, *time);
            }
        }
        let left: Vec<Unclaimed<'_>> = unclaimed
            .iter()
            .map(|(time, camera, detection)| Unclaimed {
                camera: CameraIx(*camera as u32),
                time: *time,
                detection,
            })
            .collect();
        let looked: Vec<CameraIx> = (0..).map(CameraIx).take(self.eyes.len()).collect();
        let newborns = self.births.round(round, &looked, &left, &old, &self.layout);
        outcome.births += newborns.len();
        let links = relink(&newborns, &self.lost());
        for mut newborn in newborns {
            if let Some((_, lost)) = links.iter().find(|(track, _)| *track == newborn.track) {
                outcome.relinked += 1;
                self.tracks.remove(lost);
                newborn.track = *lost;
            }
            let track = Track::born(&newborn);
            self.tracks.insert(track.id(), track);
        }
        self.tracks.retain(|_, track| track.unseen_s() < 30.0);
        let predictions = self.tracks.values_mut().map(|track| {
            track.end_round(round);
            track.prediction()
        });
        self.predictions.push_back(predictions.collect());
    }

    fn lost(&self) -> Vec<Prediction> {
        let lost = self.tracks.values().filter(|t| t.unseen_s() >= 0.8);
        lost.map(Track::prediction).collect()
    }
}
