//! The cameras' people detectors.
//!
//! 1. A person in view is found in a share `recall` of the frames; misses come in bursts.
//! 2. A share `precision` of the detections are people; the others lie anywhere in view, and some
//!    stay for a few frames.
//! 3. Positions have the sensors' error, whatever their distance.

use amble_proto::{plan::Sensors, v1};

use super::clock_offset;
use crate::{
    chance::Dice,
    config::DayConfig,
    geometry::{Polygon, V2, V3},
    person::{Look, Person},
    shop::Shop,
};

/// A ghost is there in the next frame again with this probability.
const GHOST_STAYS: f64 = 0.6;
/// Standard deviation of each component of an appearance vector.
const APPEARANCE_NOISE: f64 = 0.08;
/// Standard deviation of a head's position on each axis, in metres.
const HEAD_SIGMA_M: f64 = 0.05;
/// A camera that sees the hand tells the item in this share of the frames.
const ITEM_SHARE: f64 = 0.7;
/// Side of the squares by which cameras are found, in metres.
const SQUARE_M: f64 = 1.0;

/// All cameras.
pub(crate) struct Cameras {
    cameras: Vec<Camera>,
    sensors: Sensors,
    config: DayConfig,
    dice: Dice,
    squares: Squares,
    /// Floor that no camera sees.
    unseen: Vec<Polygon>,
    codes: Vec<String>,
}

struct Camera {
    view: Polygon,
    blind: bool,
    offset_us: i64,
    period_us: f64,
    phase_us: f64,
    sequence: u64,
    /// People near its view in this round: places in the world's list.
    near: Vec<usize>,
    /// Who is being missed or found, ascending by person.
    chains: Vec<Chain>,
    ghosts: Vec<V2>,
}

struct Chain {
    person: u32,
    missed: bool,
    frame: u64,
}

/// Which cameras may see a square of floor.
struct Squares {
    low: V2,
    columns: usize,
    rows: usize,
    cameras: Vec<Vec<usize>>,
}

/// The world at the time of a frame.
pub(crate) struct Scene<'a> {
    pub(crate) people: &'a [Person],
    pub(crate) tick: i64,
    pub(crate) tick_us: i64,
}

impl Cameras {
    pub(crate) fn new(shop: &Shop, sensors: &Sensors, config: &DayConfig, mut dice: Dice) -> Self {
        let cameras: Vec<Camera> = shop
            .cameras
            .iter()
            .map(|camera| {
                let period_us = 1e6 / camera.fps;
                Camera {
                    view: camera.view.clone(),
                    blind: config.blind_cameras.contains(&camera.id),
                    offset_us: clock_offset(config, &mut dice),
                    period_us,
                    phase_us: dice.between(0.0, period_us),
                    sequence: 0,
                    near: Vec::new(),
                    chains: Vec::new(),
                    ghosts: Vec::new(),
                }
            })
            .collect();
        Self {
            squares: Squares::new(shop),
            cameras,
            sensors: sensors.clone(),
            config: config.clone(),
            dice,
            unseen: config
                .unseen
                .iter()
                .map(|area| Polygon::new(area))
                .collect(),
            codes: shop.products.iter().map(|p| p.code.clone()).collect(),
        }
    }

    /// Tells the cameras who may be in their views in this round.
    pub(crate) fn look_round(&mut self, people: &[Person]) {
        for camera in &mut self.cameras {
            camera.near.clear();
        }
        for (at, person) in people.iter().enumerate().filter(|(_, p)| p.visible) {
            for &camera in self.squares.at(person.position) {
                self.cameras[camera].near.push(at);
            }
        }
    }

    /// What a camera captured before a time.
    pub(crate) fn capture(
        &mut self,
        camera: usize,
        until_us: i64,
        scene: &Scene<'_>,
    ) -> Vec<v1::CameraFrame> {
        let mut frames = Vec::new();
        while let Some(capture_time_us) = self.cameras[camera].due(self.config.start_us, until_us) {
            let detections = self.detect(camera, capture_time_us, scene);
            frames.push(v1::CameraFrame {
                sequence: self.cameras[camera].sequence,
                capture_time_us,
                detections,
            });
        }
        frames
    }

    fn detect(&mut self, camera: usize, capture_us: i64, scene: &Scene<'_>) -> Vec<v1::Detection> {
        let camera = &mut self.cameras[camera];
        if camera.blind {
            return Vec::new();
        }
        let time_us = capture_us - camera.offset_us;
        let mut detections = Vec::with_capacity(camera.near.len() + 1);
        let mut in_view = 0.0;
        for place in 0..camera.near.len() {
            let person = &scene.people[camera.near[place]];
            let position = person.at(time_us, scene.tick, scene.tick_us);
            let seen = time_us >= person.since_us
                && camera.view.contains(position)
                && !self.unseen.iter().any(|area| area.contains(position));
            if !seen {
                continue;
            }
            in_view += 1.0;
            if camera.misses(person.id, &self.sensors, &self.config, &mut self.dice) {
                continue;
            }
            let mut look = Observer {
                sensors: &self.sensors,
                config: &self.config,
                dice: &mut self.dice,
                codes: &self.codes,
            };
            detections.push(look.person(person, position, time_us));
        }
        camera
            .chains
            .retain(|chain| chain.frame + 100 > camera.sequence);
        camera.haunt(in_view, &self.sensors, &mut self.dice);
        let mut look = Observer {
            sensors: &self.sensors,
            config: &self.config,
            dice: &mut self.dice,
            codes: &self.codes,
        };
        for &ghost in &camera.ghosts {
            detections.push(look.ghost(ghost));
        }
        detections
    }
}

impl Camera {
    /// Capture time of the next frame, when it lies before `until_us`.
    fn due(&mut self, start_us: i64, until_us: i64) -> Option<i64> {
        let after = self.phase_us + self.period_us * self.sequence as f64;
        let capture_us = start_us + after as i64;
        (capture_us < until_us).then(|| {
            self.sequence += 1;
            capture_us
        })
    }

    /// Whether a person in view is missed in this frame: two states, whose mean durations give the
    /// recall and the length of a burst.
    fn misses(
        &mut self,
        person: u32,
        sensors: &Sensors,
        config: &DayConfig,
        dice: &mut Dice,
    ) -> bool {
        let miss = (1.0 - sensors.recall).clamp(0.0, 1.0);
        let back = 1.0 / config.miss_burst_frames.max(1.0);
        let frame = self.sequence;
        match self.chains.binary_search_by_key(&person, |c| c.person) {
            Ok(at) => {
                let chain = &mut self.chains[at];
                let gap = std::mem::replace(&mut chain.frame, frame) + 1 < frame;
                chain.missed = if gap {
                    dice.chance(miss)
                } else if chain.missed {
                    !dice.chance(back)
                } else {
                    dice.chance((back * miss / (1.0 - miss).max(1e-9)).min(1.0))
                };
                chain.missed
            }
            Err(at) => {
                let missed = dice.chance(miss);
                self.chains.insert(
                    at,
                    Chain {
                        person,
                        missed,
                        frame,
                    },
                );
                missed
            }
        }
    }

    /// Old ghosts stay or go, new ones come: on average as many as the precision allows beside the
    /// people in view.
    fn haunt(&mut self, in_view: f64, sensors: &Sensors, dice: &mut Dice) {
        self.ghosts.retain(|_| dice.chance(GHOST_STAYS));
        let precision = sensors.precision.clamp(0.01, 1.0);
        let mean = in_view * sensors.recall * (1.0 - precision) / precision;
        let mut births = mean * (1.0 - GHOST_STAYS);
        while births > 0.0 {
            if dice.chance(births.min(1.0)) {
                let (low, high) = (self.view.low, self.view.high);
                let place = (0..16)
                    .map(|_| V2::new(dice.between(low.x, high.x), dice.between(low.y, high.y)))
                    .find(|&p| self.view.contains(p));
                self.ghosts.extend(place);
            }
            births -= 1.0;
        }
    }
}

/// Makes detections.
struct Observer<'a> {
    sensors: &'a Sensors,
    config: &'a DayConfig,
    dice: &'a mut Dice,
    codes: &'a [String],
}

impl Observer<'_> {
    fn person(&mut self, person: &Person, position: V2, time_us: i64) -> v1::Detection {
        let mut detection = v1::Detection {
            position: Some(self.place(position)),
            position_sigma_m: self.sensors.position_sigma_m as f32,
            confidence: self.dice.between(0.6, 1.0) as f32,
            ..v1::Detection::default()
        };
        if self.config.hands {
            let head = V3 {
                floor: position,
                z: person.height,
            };
            detection.head = Some(self.point(head, HEAD_SIGMA_M));
            detection.left_wrist = self.wrist(person, 0, position, time_us);
            detection.right_wrist = self.wrist(person, 1, position, time_us);
        }
        if self.config.appearance {
            detection.appearance = person
                .appearance
                .iter()
                .map(|&x| x + (APPEARANCE_NOISE * self.dice.normal()) as f32)
                .collect();
        }
        if let Some(look) = person.look
            && (look.from_us..look.until_us).contains(&time_us)
            && self.dice.chance(ITEM_SHARE)
        {
            detection.item = Some(self.item(&look));
        }
        detection
    }

    fn ghost(&mut self, position: V2) -> v1::Detection {
        let appearance = if self.config.appearance {
            self.dice.direction().to_vec()
        } else {
            Vec::new()
        };
        v1::Detection {
            position: Some(self.place(position)),
            position_sigma_m: self.sensors.position_sigma_m as f32,
            confidence: self.dice.between(0.3, 0.9) as f32,
            appearance,
            ..v1::Detection::default()
        }
    }

    /// A position with its error.
    fn place(&mut self, position: V2) -> v1::Point2 {
        let sigma = self.sensors.position_sigma_m;
        let seen = position + V2::new(self.dice.normal(), self.dice.normal()) * sigma;
        v1::Point2 {
            x: seen.x as f32,
            y: seen.y as f32,
        }
    }

    fn wrist(&mut self, person: &Person, hand: usize, at: V2, time_us: i64) -> Option<v1::Point3> {
        let seen = self.dice.chance(self.config.wrist_share);
        seen.then(|| self.point(person.wrist(hand, at, time_us), self.sensors.wrist_sigma_m))
    }

    fn point(&mut self, point: V3, sigma: f64) -> v1::Point3 {
        v1::Point3 {
            x: (point.floor.x + sigma * self.dice.normal()) as f32,
            y: (point.floor.y + sigma * self.dice.normal()) as f32,
            z: (point.z + sigma * self.dice.normal()) as f32,
        }
    }

    fn item(&mut self, look: &Look) -> v1::ItemSighting {
        let hand = if look.hand == 0 {
            v1::Hand::Left
        } else {
            v1::Hand::Right
        };
        let candidates = look.ranked.iter().zip(look.probabilities);
        v1::ItemSighting {
            hand: hand.into(),
            candidates: candidates
                .filter(|&(_, probability)| probability > 0.0)
                .map(|(&product, probability)| v1::ItemCandidate {
                    product: self.codes[product].clone(),
                    probability,
                })
                .collect(),
        }
    }
}

impl Squares {
    fn new(shop: &Shop) -> Self {
        let low = shop.floor.low;
        let span = shop.floor.high - low;
        let columns = (span.x / SQUARE_M).ceil().max(1.0) as usize;
        let rows = (span.y / SQUARE_M).ceil().max(1.0) as usize;
        let mut squares = Self {
            low,
            columns,
            rows,
            cameras: vec![Vec::new(); columns * rows],
        };
        // People move a little within a round.
        let margin = V2::new(0.5, 0.5);
        for (at, camera) in shop.cameras.iter().enumerate() {
            let from = squares.square(camera.view.low - margin);
            let to = squares.square(camera.view.high + margin);
            for row in from.1..=to.1 {
                for column in from.0..=to.0 {
                    squares.cameras[row * columns + column].push(at);
                }
            }
        }
        squares
    }

    fn square(&self, p: V2) -> (usize, usize) {
        let own = (p - self.low) * (1.0 / SQUARE_M);
        (
            (own.x as usize).min(self.columns - 1),
            (own.y as usize).min(self.rows - 1),
        )
    }

    fn at(&self, p: V2) -> &[usize] {
        let (column, row) = self.square(p);
        &self.cameras[row * self.columns + column]
    }
}
