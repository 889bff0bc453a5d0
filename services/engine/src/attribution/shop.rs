//! A small shop for the tests: one shelf after another along a wall, people in front of it.

use std::sync::Arc;

use crate::{
    evidence::{
        Interaction, PartyId, PathPoint, PlateChange, Sighting, TrackEvidence, TrackId,
        WeightChange,
    },
    geometry::{Polygon, Vec2, Vec3},
    layout::{
        Layout, Placement, Plate, PlateIx, Product, ProductIx, Sensors, Shelf, ShelfIx, ZoneIx,
    },
    time::Time,
};

use super::{Book, Decision, InteractionId, Move, Part, Settings};

pub(super) const PLATE_M: f64 = 0.1;

/// A shelf of plates 10 cm wide along the x axis, 1.2 m above the floor; people stand at y < 0.
/// Each product is (unit weight in grams, plates, units).
pub(super) fn layout(plates: u32, goods: &[(f64, &[u32], u32)]) -> Arc<Layout> {
    let plate = |i: u32| Plate {
        shelf: ShelfIx(0),
        centre: Vec3::new(f64::from(i) * PLATE_M, 0.0, 1.2),
        outward: Vec2::new(0.0, -1.0),
        width: PLATE_M,
        depth: 0.4,
    };
    let product = |&(unit_weight_g, _, _): &(f64, _, _)| Product {
        unit_weight_g,
        weight_sigma_g: unit_weight_g * 0.01,
    };
    let placement = |(ix, &(_, plates, units)): (usize, &(f64, &[u32], u32))| Placement {
        product: ProductIx(u32::try_from(ix).unwrap()),
        plates: plates.iter().copied().map(PlateIx).collect(),
        units,
    };
    Arc::new(Layout {
        floor: Polygon::new(Vec::new()),
        zones: Vec::new(),
        gates: Vec::new(),
        cameras: Vec::new(),
        shelves: vec![Shelf {
            zone: ZoneIx(0),
            first_plate: PlateIx(0),
            plate_count: plates,
        }],
        plates: (0..plates).map(plate).collect(),
        products: goods.iter().map(product).collect(),
        placements: goods.iter().enumerate().map(placement).collect(),
        sensors: Sensors {
            position_sigma_m: 0.09,
            wrist_sigma_m: 0.05,
            recall: 0.95,
            precision: 0.94,
            plate_noise_g: 0.7,
        },
    })
}

/// Somebody near the shelf.
#[derive(Clone, Copy, Debug)]
pub(super) struct Person {
    pub(super) party: u64,
    /// Where it stands: x along the shelf, distance from its front.
    pub(super) at: (f64, f64),
    /// The plate in which its hand is seen during the unrest.
    pub(super) hand: Option<f64>,
}

impl Person {
    pub(super) fn at(party: u64, x: f64, distance: f64) -> Self {
        Self {
            party,
            at: (x, distance),
            hand: None,
        }
    }

    pub(super) fn hand(self, plate: f64) -> Self {
        Self {
            hand: Some(plate),
            ..self
        }
    }

    fn evidence(&self, end: Time) -> TrackEvidence {
        let (x, distance) = self.at;
        let point = |i: i64| {
            let reaching = (6..14).contains(&i);
            let wrist = self.hand.filter(|_| reaching);
            let rest = Vec3::new(x + 0.15, -0.2 - distance + 0.2, 1.0);
            PathPoint {
                time: end.plus_us((i - 15) * 100_000),
                position: Vec2::new(x, -0.2 - distance),
                sigma: 0.05,
                wrists: [
                    wrist.map(|plate| Vec3::new(plate * PLATE_M + 0.02, -0.1, 1.25)),
                    self.hand.map(|_| rest),
                ],
                seen: true,
            }
        };
        TrackEvidence {
            track: TrackId(self.party),
            party: PartyId(self.party),
            path: (0..20).map(point).collect(),
            sightings: Vec::new(),
        }
    }
}

/// A book with the clock of a test.
pub(super) struct Day {
    pub(super) book: Book,
    pub(super) now: Time,
    next: u64,
}

impl Day {
    pub(super) fn new(layout: &Arc<Layout>, parties: &[u64]) -> Self {
        Self::without(&[], layout, parties)
    }

    /// A book that does not go by these.
    pub(super) fn without(parts: &[Part], layout: &Arc<Layout>, parties: &[u64]) -> Self {
        let settings = Settings {
            without: parts.iter().copied().collect(),
            ..Settings::default()
        };
        let mut book = Book::new(Arc::clone(layout), settings);
        for &party in parties {
            book.open(PartyId(party), Time(0));
        }
        Self {
            book,
            now: Time(0),
            next: 0,
        }
    }

    /// The plates change by these grams while these people are near, ten seconds after the last time.
    pub(super) fn change(&mut self, plates: &[(u32, f64)], people: &[Person]) -> Vec<Decision> {
        self.change_seen(plates, people, &[])
    }

    /// The same, with items seen in hands: (party, candidates).
    pub(super) fn change_seen(
        &mut self,
        plates: &[(u32, f64)],
        people: &[Person],
        seen: &[(u64, &[(u32, f64)])],
    ) -> Vec<Decision> {
        self.now = self.now.plus_us(10_000_000);
        let interaction = self.interaction(plates, people, seen);
        let id = InteractionId(self.next);
        self.next += 1;
        self.book.record(id, &interaction)
    }

    pub(super) fn interaction(
        &self,
        plates: &[(u32, f64)],
        people: &[Person],
        seen: &[(u64, &[(u32, f64)])],
    ) -> Interaction {
        let (start, end) = (self.now.plus_us(-1_000_000), self.now);
        let change = |&(plate, delta_g): &(u32, f64)| PlateChange {
            plate: PlateIx(plate),
            delta_g,
            sigma_g: 0.5,
            start,
            end,
        };
        let mut evidence: Vec<TrackEvidence> = people.iter().map(|p| p.evidence(end)).collect();
        for &(party, candidates) in seen {
            let sighting = Sighting {
                time: end.plus_us(-200_000),
                hand: None,
                candidates: candidates.iter().map(|&(p, q)| (ProductIx(p), q)).collect(),
            };
            for track in evidence.iter_mut().filter(|t| t.party == PartyId(party)) {
                track.sightings.push(sighting.clone());
            }
        }
        Interaction {
            shelf: ShelfIx(0),
            sequence: self.next,
            change: WeightChange {
                start,
                end,
                closed: end.plus_us(300_000),
                plates: plates.iter().map(change).collect(),
                silent: Vec::new(),
            },
            contact: None,
            evidence,
        }
    }

    /// What a party holds in the most probable world: (product, units).
    pub(super) fn holds(&self, party: u64) -> Vec<(u32, i32)> {
        let held = self.book.holding(PartyId(party));
        held.iter().map(|h| (h.product.0, h.units)).collect()
    }

    /// What a party is charged with.
    pub(super) fn settle(&mut self, party: u64) -> Vec<(u32, u32)> {
        let settlement = self.book.settle(PartyId(party), self.now);
        settlement
            .lines
            .iter()
            .map(|l| (l.product.0, l.quantity))
            .collect()
    }
}

/// The moves as (party, product, quantity).
pub(super) fn moves(decision: &Decision) -> Vec<(u64, u32, i32)> {
    let of = |m: &Move| (m.party.0, m.product.0, m.quantity);
    decision.moves.iter().map(of).collect()
}
