//! Who walks there and what cameras make of it.

use amble_engine::{
    geometry::{Polygon, Vec2},
    layout::Sensors,
    time::ROUND_US,
    tracking::{Detection, Matcher},
};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::Looks;

const SIGMA_M: f64 = 0.09;
const SIDE_M: f64 = 10.0;
/// Distance at which people give way.
const GIVE_WAY_M: f64 = 0.9;
/// Clutter is never rarer than with this many people in view.
const CLUTTER_PEOPLE: f64 = 5.0;

/// Somebody who strolls from point to point.
pub(super) struct Walker {
    pub(super) position: Vec2,
    velocity: Vec2,
    goal: Vec2,
    stands_s: f64,
    look: Vec<f32>,
}

/// A camera that sees people and clutter.
pub(super) struct Eye {
    pub(super) view: Polygon,
    /// When in a round it takes its frame.
    pub(super) phase_us: i64,
    pub(super) matcher: Matcher,
    /// By person: how many more frames the burst of misses lasts.
    hidden: Vec<u32>,
    /// Clutter that stays: position and frames to go.
    ghosts: Vec<(Vec2, u32)>,
}

impl Walker {
    pub(super) fn new(looks: Looks, rng: &mut ChaCha8Rng) -> Self {
        let position = anywhere(rng);
        Walker {
            position,
            velocity: Vec2::default(),
            goal: position,
            stands_s: rng.random_range(0.0..5.0),
            look: match looks {
                Looks::Told => look(rng),
                Looks::Untold => Vec::new(),
            },
        }
    }

    /// One round of strolling: stands, picks a goal, walks there at 1 m/s.
    pub(super) fn step(&mut self, others: &[Vec2], rng: &mut ChaCha8Rng) {
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
            if !(0.01..=GIVE_WAY_M).contains(&distance) {
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
    pub(super) fn new(view: Polygon, people: usize, rng: &mut ChaCha8Rng) -> Self {
        Self {
            matcher: Matcher::new(Sensors::default(), view.area()),
            view,
            phase_us: rng.random_range(0..ROUND_US),
            hidden: vec![0; people],
            ghosts: Vec::new(),
        }
    }

    /// One frame.
    pub(super) fn look(
        &mut self,
        walkers: &[Walker],
        phase_us: i64,
        rng: &mut ChaCha8Rng,
    ) -> Vec<Detection> {
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
