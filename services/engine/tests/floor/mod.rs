//! A floor of 10 m × 10 m with four cameras, people who stroll, stand and turn, and the tracking loop
//! as the store runs it.

use std::collections::{BTreeMap, VecDeque};

use amble_engine::{
    evidence::TrackId,
    geometry::{Polygon, Segment, Vec2},
    layout::{CameraIx, Gate, Sensors, ZoneIx},
    time::{ROUND_US, Round, Time},
    tracking::{Births, Detection, Matcher, Prediction, Track, Unclaimed, relink},
};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

const SIDE_M: f64 = 10.0;
const LAG: i64 = 3;
const SIGMA_M: f64 = 0.09;
const START: Round = Round(1_000_000);
const SENSORS: Sensors = Sensors {
    position_sigma_m: SIGMA_M,
    wrist_sigma_m: 0.05,
    recall: 0.95,
    precision: 0.94,
    plate_noise_g: 1.0,
};
/// Distance at which people give way.
const GIVE_WAY_M: f64 = 0.9;
/// Clutter is never rarer than with this many people in view.
const CLUTTER_PEOPLE: f64 = 5.0;

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

/// Somebody who strolls from point to point.
struct Walker {
    position: Vec2,
    velocity: Vec2,
    goal: Vec2,
    stands_s: f64,
    look: Vec<f32>,
}

struct Eye {
    view: Polygon,
    phase_us: i64,
    matcher: Matcher,
    /// By person: how many more frames the burst of misses lasts.
    hidden: Vec<u32>,
    /// Clutter that stays: position and frames to go.
    ghosts: Vec<(Vec2, u32)>,
}

/// The simulated floor and everything that watches it.
pub(crate) struct Floor {
    rng: ChaCha8Rng,
    walkers: Vec<Walker>,
    eyes: Vec<Eye>,
    gates: Vec<Gate>,
    births: Births,
    tracks: BTreeMap<TrackId, Track>,
    /// Births on their way to the cameras.
    nursery: VecDeque<(Round, Track)>,
    /// Predictions by round, oldest first.
    predictions: VecDeque<Vec<Prediction>>,
}

impl Floor {
    pub(crate) fn new(seed: u64, people: usize, looks: Looks) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let walkers = (0..people)
            .map(|_| {
                let position = anywhere(&mut rng);
                Walker {
                    position,
                    velocity: Vec2::default(),
                    goal: position,
                    stands_s: rng.random_range(0.0..5.0),
                    look: match looks {
                        Looks::Told => look(&mut rng),
                        Looks::Untold => Vec::new(),
                    },
                }
            })
            .collect();
        let corners = [(0.0, 0.0), (3.0, 0.0), (0.0, 3.0), (3.0, 3.0)];
        let eyes = corners.map(|(x, y)| {
            let square = [(x, y), (x + 7.0, y), (x + 7.0, y + 7.0), (x, y + 7.0)];
            let view = Polygon::new(square.map(|(x, y)| Vec2::new(x, y)).to_vec());
            Eye {
                matcher: Matcher::new(SENSORS, view.area()),
                view,
                phase_us: rng.random_range(0..ROUND_US),
                hidden: vec![0; people],
                ghosts: Vec::new(),
            }
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
        Self {
            rng,
            walkers,
            eyes: eyes.into(),
            gates: vec![gate],
            births: Births::new(ZoneIx(0)),
            tracks: BTreeMap::new(),
            nursery: VecDeque::new(),
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
        let newborns = self.births.round(round, &left, &old, &self.gates);
        outcome.births += newborns.len();
        let links = relink(&newborns, &self.lost());
        for newborn in newborns {
            let mut newborn = newborn;
            if let Some((_, lost)) = links.iter().find(|(track, _)| *track == newborn.track) {
                outcome.relinked += 1;
                self.tracks.remove(lost);
                newborn.track = *lost;
            }
            self.nursery
                .push_back((round.plus(LAG), Track::born(&newborn)));
        }
        while self
            .nursery
            .front()
            .is_some_and(|(due, _)| *due <= round.plus(LAG))
        {
            if let Some((_, track)) = self.nursery.pop_front() {
                self.tracks.insert(track.id(), track);
            }
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

impl Walker {
    /// One round of strolling: stands, picks a goal, walks there at 1 m/s.
    fn step(&mut self, others: &[Vec2], rng: &mut ChaCha8Rng) {
        let dt = 0.1;
        self.stands_s -= dt;
        let way = self.goal - self.position;
        let wanted = if self.stands_s > 0.0 {
            Vec2::default()
        } else if way.norm() < 0.3 {
            self.goal = anywhere(rng);
            self.stands_s = rng.random_range(0.0..8.0);
            Vec2::default()
        } else {
            way * (1.0 / way.norm())
        };
        // People give way to each other, sidestepping to the right.
        let room = others.iter().fold(Vec2::default(), |sum, &other| {
            let away = self.position - other;
            let distance = away.norm();
            if distance < 0.01 || distance > GIVE_WAY_M {
                return sum;
            }
            let aside = away + Vec2::new(away.y, -away.x) * 0.5;
            sum + aside * (1.5 * (GIVE_WAY_M / distance - 1.0) / distance)
        });
        let change = wanted + room - self.velocity;
        let most = 2.0 * dt;
        let change = change * (most / change.norm().max(most));
        self.velocity = self.velocity + change;
        self.position = self.position + self.velocity * dt;
    }
}

impl Eye {
    fn look(&mut self, walkers: &[Walker], phase_us: i64, rng: &mut ChaCha8Rng) -> Vec<Detection> {
        let mut seen = Vec::new();
        let mut people: f64 = 0.0;
        let ago = (ROUND_US - phase_us) as f64 * 1e-6;
        for (walker, hidden) in walkers.iter().zip(&mut self.hidden) {
            let position = walker.position - walker.velocity * ago;
            if !self.view.contains(position) {
                continue;
            }
            people += 1.0;
            if *hidden > 0 {
                *hidden -= 1;
                continue;
            }
            // Bursts of 4.5 frames on average: 1 % of the frames start one.
            if rng.random::<f64>() < 0.0117 {
                *hidden = rng.random_range(0..8);
                continue;
            }
            seen.push(detection(position, &walker.look, rng));
        }
        let clutter = people.max(CLUTTER_PEOPLE) * 0.06;
        self.ghosts.retain_mut(|(_, frames)| {
            *frames = frames.saturating_sub(1);
            *frames > 0
        });
        if rng.random::<f64>() < clutter / 1.6 {
            let (low, high) = self.view.bounds();
            let place = Vec2::new(
                rng.random_range(low.x..high.x),
                rng.random_range(low.y..high.y),
            );
            // One in five stays for a few frames.
            let frames = if rng.random::<f64>() < 0.2 {
                rng.random_range(2..6)
            } else {
                1
            };
            self.ghosts.push((place, frames));
        }
        for (place, _) in &self.ghosts {
            seen.push(detection(*place, &[], rng));
        }
        seen
    }
}

fn detection(position: Vec2, look: &[f32], rng: &mut ChaCha8Rng) -> Detection {
    Detection {
        position: position + Vec2::new(normal(rng), normal(rng)) * SIGMA_M,
        sigma: SIGMA_M,
        confidence: 0.9,
        head: None,
        wrists: [None; 2],
        appearance: look
            .iter()
            .map(|value| value + 0.5 * normal(rng) as f32)
            .collect(),
        item: None,
    }
}

fn look(rng: &mut ChaCha8Rng) -> Vec<f32> {
    (0..16).map(|_| normal(rng) as f32).collect()
}

fn anywhere(rng: &mut ChaCha8Rng) -> Vec2 {
    Vec2::new(
        rng.random_range(0.5..SIDE_M - 0.5),
        rng.random_range(0.5..SIDE_M - 0.5),
    )
}

/// Box–Muller.
fn normal(rng: &mut ChaCha8Rng) -> f64 {
    let (u, v): (f64, f64) = (1.0 - rng.random::<f64>(), rng.random());
    (-2.0 * u.ln()).sqrt() * (std::f64::consts::TAU * v).cos()
}
