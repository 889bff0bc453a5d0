//! What one interaction costs: on a supermarket's shelf of twelve plates and ten products with four
//! people in front of it.

use std::sync::Arc;

use amble_engine::{
    attribution::{Book, InteractionId, Settings},
    evidence::{
        Interaction, PartyId, PathPoint, PlateChange, TrackEvidence, TrackId, WeightChange,
    },
    geometry::{Polygon, Vec2, Vec3},
    layout::{
        Layout, Placement, Plate, PlateIx, Product, ProductIx, Sensors, Shelf, ShelfIx, ZoneIx,
    },
    time::Time,
};

fn main() {
    divan::main();
}

const SHELVES: u32 = 100;
const PLATES: u32 = 12;
const PRODUCTS: u32 = 10;
const PEOPLE: u64 = 4;

fn unit_weight(product: u32) -> f64 {
    40.0 + f64::from(product * 37 % 97) * 6.0
}

fn layout() -> Arc<Layout> {
    let plate = |i: u32| Plate {
        shelf: ShelfIx(i / PLATES),
        centre: Vec3::new(
            f64::from(i % PLATES) * 0.1,
            f64::from(i / PLATES) * 3.0,
            1.2,
        ),
        outward: Vec2::new(0.0, -1.0),
        width: 0.1,
        depth: 0.4,
    };
    let shelf = |i: u32| Shelf {
        zone: ZoneIx(0),
        first_plate: PlateIx(i * PLATES),
        plate_count: PLATES,
    };
    let product = |i: u32| Product {
        unit_weight_g: unit_weight(i),
        weight_sigma_g: unit_weight(i) * 0.02,
    };
    let placement = |i: u32| {
        let first = (i / PRODUCTS) * PLATES + i % PRODUCTS;
        Placement {
            product: ProductIx(i),
            plates: (first..first + 2 + i % 2).map(PlateIx).collect(),
            units: 12,
        }
    };
    Arc::new(Layout {
        floor: Polygon::new(Vec::new()),
        zones: Vec::new(),
        gates: Vec::new(),
        cameras: Vec::new(),
        shelves: (0..SHELVES).map(shelf).collect(),
        plates: (0..SHELVES * PLATES).map(plate).collect(),
        products: (0..SHELVES * PRODUCTS).map(product).collect(),
        placements: (0..SHELVES * PRODUCTS).map(placement).collect(),
        sensors: Sensors {
            position_sigma_m: 0.09,
            wrist_sigma_m: 0.05,
            recall: 0.95,
            precision: 0.94,
            plate_noise_g: 0.7,
        },
    })
}

/// Four people stand along the shelf; the hand of one is seen in a plate when `hand` says which.
fn interaction(
    at_s: f64,
    shelf: u32,
    steps: &[(u32, f64)],
    first_party: u64,
    hand: Option<(u64, u32)>,
) -> Interaction {
    let end = Time::from_secs_f64(at_s);
    let start = end.plus_us(-1_000_000);
    let y = f64::from(shelf) * 3.0;
    let track = |i: u64| {
        let x = 0.2 + 0.25 * i as f64;
        let point = |k: i64| PathPoint {
            time: start.plus_us(k * 100_000 - 500_000),
            position: Vec2::new(x, y - 0.7),
            sigma: 0.06,
            wrists: [
                hand.filter(|h| h.0 == i && (5..12).contains(&k))
                    .map(|h| Vec3::new(f64::from(h.1) * 0.1, y - 0.1, 1.3)),
                hand.map(|_| Vec3::new(x + 0.2, y - 0.6, 1.0)),
            ],
            seen: true,
        };
        TrackEvidence {
            track: TrackId(first_party + i),
            party: PartyId(first_party + i),
            path: (0..20).map(point).collect(),
            sightings: Vec::new(),
        }
    };
    let step = |&(plate, delta_g): &(u32, f64)| PlateChange {
        plate: PlateIx(shelf * PLATES + plate),
        delta_g,
        sigma_g: 0.5,
        start,
        end,
    };
    Interaction {
        shelf: ShelfIx(shelf),
        sequence: 1,
        change: WeightChange {
            start,
            end,
            closed: end,
            plates: steps.iter().map(step).collect(),
            silent: Vec::new(),
        },
        contact: None,
        evidence: (0..PEOPLE).map(track).collect(),
    }
}

/// A book in which each of the four holds a dozen products from other shelves.
fn shoppers() -> (Book, u64) {
    let mut book = Book::new(layout(), Settings::default());
    let mut id = 0;
    for shelf in 1..13 {
        for party in 0..PEOPLE {
            let plate = u32::try_from(party).unwrap_or(0) * 2;
            let grams = -unit_weight(shelf * PRODUCTS + plate);
            let mut take =
                interaction(id as f64, shelf, &[(plate, grams)], 0, Some((party, plate)));
            take.evidence.retain(|e| e.party == PartyId(party));
            book.record(InteractionId(id), &take);
            id += 1;
        }
    }
    (book, id)
}

fn measure(bencher: divan::Bencher<'_, '_>, before: &[Interaction], timed: &Interaction) {
    let (mut book, mut id) = shoppers();
    for interaction in before {
        book.record(InteractionId(id), interaction);
        id += 1;
    }
    bencher
        .with_inputs(|| book.clone())
        .bench_local_values(|mut book| {
            let said = book.record(InteractionId(id), timed);
            (said, book)
        });
}

/// One product off two plates, the hand seen.
#[divan::bench]
fn take(bencher: divan::Bencher<'_, '_>) {
    let grams = unit_weight(3);
    let steps = [(3, -0.4 * grams), (4, -0.6 * grams)];
    measure(
        bencher,
        &[],
        &interaction(100.0, 0, &steps, 0, Some((1, 3))),
    );
}

/// The same without hands: four people come into question.
#[divan::bench]
fn take_without_hands(bencher: divan::Bencher<'_, '_>) {
    let grams = unit_weight(3);
    let steps = [(3, -0.4 * grams), (4, -0.6 * grams)];
    measure(bencher, &[], &interaction(100.0, 0, &steps, 0, None));
}

/// A return without hands, while each of the four holds twelve products.
#[divan::bench]
fn put_back(bencher: divan::Bencher<'_, '_>) {
    let grams = unit_weight(10);
    measure(bencher, &[], &interaction(100.0, 0, &[(5, grams)], 0, None));
}

/// All twelve plates at once, half of them up, after six doubtful changes of the same shelf.
#[divan::bench]
fn worst(bencher: divan::Bencher<'_, '_>) {
    let doubtful = |i: u32| {
        let grams = unit_weight(i) + unit_weight(i + 1);
        interaction(100.0 + f64::from(i), 0, &[(i + 1, -grams)], 0, None)
    };
    let before: Vec<Interaction> = (0..6).map(doubtful).collect();
    let step = |plate: u32| {
        let sign = if plate.is_multiple_of(2) { -1.0 } else { 1.0 };
        (plate, sign * unit_weight(plate % PRODUCTS))
    };
    let steps: Vec<(u32, f64)> = (0..PLATES).map(step).collect();
    measure(bencher, &before, &interaction(200.0, 0, &steps, 0, None));
}

/// A hundred shelves with four people each, five interactions a shelf, nobody's hands seen: the time
/// is that of all five hundred.
#[divan::bench(sample_count = 5, sample_size = 1)]
fn five_hundred(bencher: divan::Bencher<'_, '_>) {
    let take = |id: u32| {
        let (shelf, plate) = (id % SHELVES, id * 7 % PRODUCTS);
        let product = shelf * PRODUCTS + plate;
        let grams = if id % 10 == 9 { 1.0 } else { -1.0 } * unit_weight(product);
        let steps = [(plate, grams * 0.3), (plate + 1, grams * 0.7)];
        interaction(
            f64::from(id),
            shelf,
            &steps,
            u64::from(shelf) * PEOPLE,
            None,
        )
    };
    let day: Vec<Interaction> = (0..500).map(take).collect();
    bencher
        .with_inputs(|| Book::new(layout(), Settings::default()))
        .bench_local_values(|mut book| {
            for (id, interaction) in (0..).zip(&day) {
                book.record(InteractionId(id), interaction);
            }
            book
        });
}
