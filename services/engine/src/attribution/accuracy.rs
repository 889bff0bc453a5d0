//! Random days with known truth: how often attribution is right, and whether it knows.
//!
//! The truth is drawn with assumed rates of mishaps and measured sensor errors, by a generator that
//! shares nothing with the model but the units.

use std::{collections::BTreeMap, sync::Arc};

use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{
    Book, Decision, InteractionId, Settings,
    shop::{PLATE_M, layout},
};
use crate::{
    evidence::{
        Interaction, PartyId, PathPoint, PlateChange, Sighting, TrackEvidence, TrackId,
        WeightChange,
    },
    geometry::{Vec2, Vec3},
    layout::{Layout, PlateIx, ProductIx, ShelfIx},
    time::Time,
};

const PLATES: u32 = 12;
const PARTIES: u64 = 3;

/// Goods of one unit that somebody moves.
#[derive(Clone, Copy)]
struct Act {
    party: u64,
    product: u32,
    taken: bool,
    /// Where, in plates.
    at: f64,
}

/// What the sensors show.
#[derive(Clone, Copy)]
struct Senses {
    hands: bool,
    sightings: bool,
}

struct Truth {
    random: ChaCha8Rng,
    layout: Arc<Layout>,
    held: BTreeMap<(u64, u32), Vec<f64>>,
    now: Time,
}

fn goods(random: &mut ChaCha8Rng) -> Arc<Layout> {
    let weights: Vec<f64> = (0..8).map(|_| random.random_range(40.0..600.0)).collect();
    let starts = [0, 1, 3, 4, 6, 7, 9, 10];
    let plates: Vec<Vec<u32>> = starts.iter().map(|&s| vec![s, s + 1]).collect();
    let goods: Vec<(f64, &[u32], u32)> = weights
        .iter()
        .zip(&plates)
        .map(|(&w, p)| (w, p.as_slice(), 30))
        .collect();
    layout(PLATES, &goods)
}

fn normal(random: &mut impl Rng, sigma: f64) -> f64 {
    let sum: f64 = (0..12).map(|_| random.random_range(0.0..1.0)).sum();
    (sum - 6.0) * sigma
}

impl Truth {
    fn new(seed: u64) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let layout = goods(&mut random);
        Self {
            random,
            layout,
            held: BTreeMap::new(),
            now: Time(0),
        }
    }

    fn act(&mut self, party: u64) -> Act {
        let holds: Vec<u32> = self
            .held
            .iter()
            .filter(|h| h.0.0 == party && !h.1.is_empty())
            .map(|h| h.0.1)
            .collect();
        if !holds.is_empty() && self.random.random_bool(0.15) {
            let product = holds[self.random.random_range(0..holds.len())];
            let wrong = self.random.random_bool(0.2);
            let at = if wrong {
                self.random.random_range(0.0..11.0)
            } else {
                self.place(product)
            };
            return Act {
                party,
                product,
                taken: false,
                at,
            };
        }
        let product = self.random.random_range(0..8);
        let at = self.place(product);
        Act {
            party,
            product,
            taken: true,
            at,
        }
    }

    fn place(&mut self, product: u32) -> f64 {
        let plates = &self.layout.placements[product as usize].plates;
        let (first, last) = (plates[0].0, plates[plates.len() - 1].0);
        self.random.random_range(f64::from(first)..f64::from(last))
    }

    /// Plays one change; gives what it shows and what happened.
    fn change(&mut self, senses: Senses) -> (Interaction, Vec<Act>) {
        self.now = self.now.plus_us(8_000_000);
        let first = self.random.random_range(1..=PARTIES);
        let mut acts = vec![self.act(first)];
        if self.random.random_bool(0.05) {
            acts.push(self.act(first % PARTIES + 1));
        } else if self.random.random_bool(0.03) && acts[0].taken {
            let also = self.act(first);
            let near = (also.at - acts[0].at).abs() < 4.0;
            acts.extend((also.taken && near).then_some(also));
        }
        let mut grams: BTreeMap<u32, f64> = BTreeMap::new();
        for act in &acts {
            let product = &self.layout.products[act.product as usize];
            let (mean, sigma) = (product.unit_weight_g, product.weight_sigma_g);
            let held = self.held.entry((act.party, act.product)).or_default();
            let weight = if act.taken {
                let weight = mean + normal(&mut self.random, sigma);
                held.push(weight);
                -weight
            } else {
                held.pop().unwrap_or(mean)
            };
            // A unit 8 cm wide on plates 10 cm wide.
            for plate in 0..PLATES {
                let (low, high) = (act.at - 0.4, act.at + 0.4);
                let edge = f64::from(plate);
                let share = ((high.min(edge + 0.5) - low.max(edge - 0.5)) / 0.8).max(0.0);
                *grams.entry(plate).or_insert(0.0) += share * weight;
            }
        }
        let (start, end) = (self.now.plus_us(-1_200_000), self.now);
        let mut plates = Vec::new();
        for (plate, delta) in grams {
            let delta_g = delta + normal(&mut self.random, 0.7);
            if delta.abs() > 4.0 {
                plates.push(PlateChange {
                    plate: PlateIx(plate),
                    delta_g,
                    sigma_g: 0.7,
                    start,
                    end,
                });
            }
        }
        let evidence = (1..=PARTIES)
            .map(|p| self.track(p, &acts, senses))
            .collect();
        let change = WeightChange {
            start,
            end,
            closed: end,
            plates,
            silent: Vec::new(),
        };
        let interaction = Interaction {
            shelf: ShelfIx(0),
            sequence: 1,
            change,
            contact: None,
            evidence,
        };
        (interaction, acts)
    }

    fn track(&mut self, party: u64, acts: &[Act], senses: Senses) -> TrackEvidence {
        let own = acts.iter().find(|a| a.party == party).copied();
        let also = acts.iter().rfind(|a| a.party == party).copied();
        let random = &mut self.random;
        let x = own.map_or_else(|| random.random_range(-0.5..1.7), |a| a.at * PLATE_M);
        let x = x + normal(random, 0.22);
        let y = -0.2 - random.random_range(0.3..0.7);
        let mut path = Vec::new();
        let mut sightings = Vec::new();
        for i in -3..16_i64 {
            let time = self.now.plus_us((i - 12) * 100_000);
            let now = if i < 6 { own } else { also };
            let reaching = now.filter(|_| (2..10).contains(&i));
            let mut wrist = |at: Vec3| {
                let seen = senses.hands && random.random_bool(0.8);
                let mut error = || normal(random, 0.05);
                seen.then(|| Vec3::new(at.x + error(), at.y + error(), at.z + error()))
            };
            let idle = Vec3::new(x - 0.2, y + 0.15, 1.0);
            let right = reaching.map_or(Vec3::new(x + 0.2, y + 0.15, 1.0), |a| {
                Vec3::new(a.at * PLATE_M, -0.1, 1.3)
            });
            let wrists = [wrist(idle), wrist(right)];
            path.push(PathPoint {
                time,
                position: Vec2::new(x + normal(random, 0.05), y + normal(random, 0.05)),
                sigma: 0.05,
                wrists,
                seen: true,
            });
        }
        if let Some(act) = own.filter(|a| a.taken && senses.sightings && random.random_bool(0.6)) {
            let neighbour = if act.product == 0 { 1 } else { act.product - 1 };
            let right = random.random_bool(0.8);
            let order = if right {
                [act.product, neighbour]
            } else {
                [neighbour, act.product]
            };
            sightings.push(Sighting {
                time: self.now.plus_us(-300_000),
                hand: None,
                candidates: vec![(ProductIx(order[0]), 0.8), (ProductIx(order[1]), 0.15)],
            });
        }
        TrackEvidence {
            track: TrackId(party),
            party: PartyId(party),
            path,
            sightings,
        }
    }
}

/// Right, wrong and missing units of settled lines, and decisions as (stated, true).
#[derive(Default)]
struct Score {
    right: f64,
    charged: f64,
    taken: f64,
    stated: Vec<(f64, bool)>,
}

impl Score {
    fn f1(&self) -> f64 {
        2.0 * self.right / (self.charged + self.taken)
    }

    /// By stated probability up to 0.5, 0.7, 0.9, 0.99 and 1: (decisions, mean stated, share true).
    fn reliability(&self) -> Vec<(f64, f64, f64)> {
        let mut bins = [(0.0, 0.0, 0.0); 5];
        for &(stated, right) in &self.stated {
            let bin = &mut bins[[0.5, 0.7, 0.9, 0.99].partition_point(|&edge| edge <= stated)];
            *bin = (
                bin.0 + 1.0,
                bin.1 + stated,
                bin.2 + f64::from(u8::from(right)),
            );
        }
        let mean = |b: &(f64, f64, f64)| (b.0, b.1 / b.0.max(1.0), b.2 / b.0.max(1.0));
        bins.iter().map(mean).collect()
    }

    /// Mean distance of stated from true frequency, over the bins.
    fn calibration_error(&self) -> f64 {
        let off = |b: &(f64, f64, f64)| b.0 * (b.1 - b.2).abs();
        self.reliability().iter().map(off).sum::<f64>() / self.stated.len() as f64
    }
}

fn play(seed: u64, changes: u64, senses: Senses, score: &mut Score) {
    let mut truth = Truth::new(seed);
    let mut book = Book::new(Arc::clone(&truth.layout), Settings::default());
    (1..=PARTIES).for_each(|p| book.open(PartyId(p), Time(0)));
    let mut said: BTreeMap<InteractionId, Decision> = BTreeMap::new();
    let mut happened = Vec::new();
    for id in 0..changes {
        let (interaction, acts) = truth.change(senses);
        happened.push(acts);
        for decision in book.record(InteractionId(id), &interaction) {
            said.insert(decision.interaction, decision);
        }
    }
    for (acts, decision) in happened.iter().zip(said.values()) {
        let mut net: BTreeMap<(u64, u32), i32> = BTreeMap::new();
        for act in acts {
            let units = if act.taken { 1 } else { -1 };
            *net.entry((act.party, act.product)).or_insert(0) += units;
        }
        net.retain(|_, n| *n != 0);
        let decided: BTreeMap<(u64, u32), i32> = decision
            .moves
            .iter()
            .map(|m| ((m.party.0, m.product.0), m.quantity))
            .collect();
        score.stated.push((decision.probability, net == decided));
    }
    for party in 1..=PARTIES {
        let settlement = book.settle(PartyId(party), truth.now);
        let mut lines: BTreeMap<u32, f64> = settlement
            .lines
            .iter()
            .map(|l| (l.product.0, f64::from(l.quantity)))
            .collect();
        score.charged += lines.values().sum::<f64>();
        for ((_, product), units) in truth.held.iter().filter(|h| h.0.0 == party) {
            let taken = units.len() as f64;
            score.taken += taken;
            score.right += taken.min(lines.remove(product).unwrap_or(0.0));
        }
    }
}

fn many(senses: Senses) -> Score {
    let mut score = Score::default();
    for seed in 0..60 {
        play(seed, 20, senses, &mut score);
    }
    score
}

/// F1 is at least `least`; stated probabilities are off by at most `most_off` on average; and what is
/// called nearly sure is right in at least `sure` of all cases.
fn check(senses: Senses, least: f64, most_off: f64, sure: f64) {
    let score = many(senses);
    let (f1, off, bins) = (score.f1(), score.calibration_error(), score.reliability());
    let shown = format!("F1 {f1:.4}, calibration error {off:.4}, {bins:.3?}");
    println!(
        "hands {}, sightings {}: {shown}",
        senses.hands, senses.sightings
    );
    assert!(f1 >= least && off <= most_off, "{shown}");
    assert!(bins.last().is_some_and(|b| b.2 >= sure), "{shown}");
}

#[test]
fn with_hands_and_sightings_nearly_all_is_right() {
    let senses = Senses {
        hands: true,
        sightings: true,
    };
    check(senses, 0.985, 0.03, 0.995);
}

#[test]
fn with_hands_alone_most_is_right() {
    let senses = Senses {
        hands: true,
        sightings: false,
    };
    check(senses, 0.965, 0.05, 0.99);
}

#[test]
fn bodies_alone_leave_doubt_in_the_shoppers_favour() {
    let senses = Senses {
        hands: false,
        sightings: false,
    };
    check(senses, 0.45, 0.12, 0.85);
}
