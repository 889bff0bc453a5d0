//! What is told of shelves, and what is not.

use std::sync::Arc;

use super::{
    BEGINS, ENDS, Kind, Memory, News, Planogram, Stands,
    mismatch::{Wrong, chances},
    plan::Plan,
};
use crate::{
    attribution::{Book, InteractionId, Known, Piece, Place, Settings, StackKey},
    evidence::{PartyId, PlateChange, WeightChange},
    geometry::{Polygon, Vec2, Vec3},
    layout::{
        Layout, Placement, Plate, PlateIx, Product, ProductIx, Sensors, Shelf, ShelfIx, ZoneIx,
    },
    time::Time,
};

const SHELF: ShelfIx = ShelfIx(0);
const OATS: ProductIx = ProductIx(0);
const FLAKES: ProductIx = ProductIx(1);
const RICE: ProductIx = ProductIx(2);
const ANNA: Option<PartyId> = Some(PartyId(1));

/// One shelf of nine plates: oats 0–1, flakes 3–4, rice 6–7, and salt at 8 that the plan opens without.
fn layout() -> Arc<Layout> {
    let mut layout = Layout::empty(Polygon::new(Vec::new()), Sensors::default());
    layout.shelves.push(Shelf {
        zone: ZoneIx(0),
        first_plate: PlateIx(0),
        plate_count: 9,
    });
    layout.plates = (0..9)
        .map(|i| Plate {
            shelf: SHELF,
            centre: Vec3::new(f64::from(i) * 0.1, 0.0, 1.2),
            outward: Vec2::new(0.0, -1.0),
            width: 0.1,
            depth: 0.4,
        })
        .collect();
    let goods: [(f64, &[u32], u32); 4] = [
        (500.0, &[0, 1], 8),
        (375.0, &[3, 4], 8),
        (375.0, &[6, 7], 8),
        (100.0, &[8], 0),
    ];
    for (ix, (unit_weight_g, plates, units)) in (0..).zip(goods) {
        layout.products.push(Product {
            unit_weight_g,
            weight_sigma_g: unit_weight_g * 0.01,
        });
        layout.placements.push(Placement {
            product: ProductIx(ix),
            plates: plates.iter().copied().map(PlateIx).collect(),
            units,
        });
    }
    Arc::new(layout)
}

fn key(product: ProductIx, first: u32, last: u32) -> StackKey {
    StackKey {
        product,
        first: PlateIx(first),
        last: PlateIx(last),
    }
}

/// A shop in which what moved is certain at once.
struct Day {
    planogram: Planogram,
    book: Book,
    now: Time,
    next: u64,
}

impl Day {
    fn new() -> Self {
        Self {
            planogram: Planogram::restore(layout(), Memory::default()),
            book: Book::new(layout(), Settings::default()),
            now: Time(0),
            next: 0,
        }
    }

    /// These plates changed, and that was explained by these pieces.
    fn moved(&mut self, plates: &[(u32, f64)], pieces: &[Piece]) -> Vec<News> {
        self.now = self.now.plus_us(1_000_000);
        let id = InteractionId(self.next);
        self.next += 1;
        let plate = |&(plate, delta_g): &(u32, f64)| PlateChange {
            plate: PlateIx(plate),
            delta_g,
            sigma_g: 0.5,
            start: self.now,
            end: self.now,
        };
        let change = WeightChange {
            start: self.now,
            end: self.now,
            closed: self.now,
            plates: plates.iter().map(plate).collect(),
            silent: Vec::new(),
        };
        self.planogram.recorded(id, &change);
        let known = Known {
            id,
            shelf: SHELF,
            pieces: pieces.to_vec(),
            probability: 1.0,
        };
        self.planogram.settled(&[known], &self.book, self.now)
    }

    /// Anna takes what weighs so much off the flakes' place; it was explained by a product of the shelf.
    fn takes(&mut self, grams: f64, place: StackKey) -> Vec<News> {
        let piece = Piece {
            party: ANNA,
            key: place,
            quantity: 1,
        };
        self.moved(&[(3, -0.4 * grams), (4, -0.6 * grams)], &[piece])
    }

    fn kinds(&self) -> Vec<Kind> {
        let all = self.planogram.mismatches();
        all.iter().map(|m| m.kind).collect()
    }
}

#[test]
fn a_second_weight_of_another_product_tells_that_it_stands_there() {
    let mut day = Day::new();
    assert_eq!(day.takes(501.0, key(OATS, 0, 1)), []);
    let news = day.takes(499.0, key(OATS, 0, 1));
    let [News::Began(mismatch)] = news.as_slice() else {
        panic!("{news:?}");
    };
    assert_eq!(mismatch.kind, Kind::WrongProduct);
    assert_eq!(
        (mismatch.place, mismatch.product),
        (key(FLAKES, 3, 4), OATS)
    );
    assert_eq!(mismatch.since, Time(2_000_000));
    assert!(mismatch.probability >= BEGINS);
}

#[test]
fn what_was_put_right_is_no_mismatch_after_two_weights_of_its_own() {
    let mut day = Day::new();
    for _ in 0..12 {
        day.takes(500.0, key(OATS, 0, 1));
    }
    assert_eq!(day.kinds(), [Kind::WrongProduct]);
    assert_eq!(
        day.takes(375.0, key(FLAKES, 3, 4)),
        [],
        "one may be a stray"
    );
    let news = day.takes(375.0, key(FLAKES, 3, 4));
    assert!(matches!(news.as_slice(), [News::Ended(_)]), "{news:?}");
    assert_eq!(day.kinds(), []);
}

#[test]
fn odd_weights_products_that_weigh_alike_and_the_plans_own_tell_nothing() {
    let mut day = Day::new();
    for grams in [31.0, 220.0, 940.0, 1_700.0, 66.0, 333.0] {
        assert_eq!(day.moved(&[(3, -grams)], &[]), []);
    }
    // Flakes and rice weigh alike.
    for _ in 0..20 {
        assert_eq!(day.takes(375.0, key(FLAKES, 3, 4)), []);
    }
    assert_eq!(day.kinds(), []);
}

#[test]
fn what_somebody_puts_back_and_what_lies_astray_tell_nothing_of_the_place() {
    let mut day = Day::new();
    let stray = key(OATS, 3, 4);
    let piece = |quantity| Piece {
        party: ANNA,
        key: stray,
        quantity,
    };
    for _ in 0..4 {
        assert_eq!(day.moved(&[(3, 200.0), (4, 300.0)], &[piece(-1)]), []);
        assert_eq!(day.moved(&[(3, -200.0), (4, -300.0)], &[piece(1)]), []);
    }
}

#[test]
fn a_hand_over_two_places_tells_of_neither() {
    let mut day = Day::new();
    for _ in 0..4 {
        let news = day.moved(&[(4, -200.0), (5, -20.0), (6, -300.0)], &[]);
        assert_eq!(news, []);
    }
}

#[test]
fn what_somebody_unknown_restocks_tells_what_stands_there() {
    let mut day = Day::new();
    assert_eq!(day.moved(&[(3, 250.0), (4, 250.0)], &[]), []);
    let news = day.moved(&[(3, 250.0), (4, 251.0)], &[]);
    assert!(matches!(news.as_slice(), [News::Began(m)] if m.product == OATS));
}

#[test]
fn of_plates_that_two_products_share_no_weight_tells_whose_they_are() {
    let mut layout = (*layout()).clone();
    layout.placements[0].plates = vec![PlateIx(3), PlateIx(4)];
    let mut day = Day::new();
    day.planogram = Planogram::restore(Arc::new(layout), Memory::default());
    for _ in 0..4 {
        assert_eq!(day.takes(500.0, key(OATS, 3, 4)), []);
    }
}

/// What is wrong at a place with these counts.
fn wrong(place: StackKey, planned: bool, counts: &[(i32, f64)]) -> Vec<(Wrong, f64)> {
    let plates = place.first.0..=place.last.0;
    let stands = Stands {
        place: Place {
            key: place,
            plates: plates.map(PlateIx).collect(),
            planned,
            units: counts.iter().map(|&(n, p)| f64::from(n) * p).sum(),
            counts: counts.to_vec(),
        },
        others: Vec::new(),
        own: 1.0,
    };
    let all = chances(&Plan::of(layout()), SHELF, &stands);
    all.into_iter().map(|(wrong, (_, p))| (wrong, p)).collect()
}

#[test]
fn a_place_is_empty_when_it_was_counted_to_nothing() {
    let chance = |counts: &[(i32, f64)]| {
        let wrong = wrong(key(RICE, 6, 7), true, counts);
        assert!(matches!(wrong.as_slice(), [(w, _)] if w.kind == Kind::Empty));
        wrong[0].1
    };
    assert!(chance(&[(0, 1.0)]) >= BEGINS);
    assert!(chance(&[(0, 0.8), (1, 0.2)]) < BEGINS, "it is still open");
    assert!(chance(&[(0, 0.5), (1, 0.5)]) <= ENDS, "it was filled up");
    assert!(chance(&[(-1, 1.0)]) <= ENDS, "the count was wrong");
}

#[test]
fn a_place_that_the_plan_opens_empty_is_as_the_plan_says() {
    assert_eq!(wrong(key(ProductIx(3), 8, 8), true, &[(0, 1.0)]), []);
}

#[test]
fn goods_where_the_plan_has_none_are_in_a_wrong_place_while_they_stand_there() {
    let stray = |counts: &[(i32, f64)]| {
        let wrong = wrong(key(OATS, 3, 4), false, counts);
        assert!(matches!(wrong.as_slice(), [(w, _)] if w.kind == Kind::WrongPlace));
        wrong[0].1
    };
    assert!(stray(&[(0, 0.02), (1, 0.98)]) >= BEGINS);
    let between = stray(&[(0, 0.3), (1, 0.7)]);
    assert!(ENDS < between && between < BEGINS, "it does not flap");
    assert!(stray(&[(0, 0.9), (1, 0.1)]) <= ENDS);
}

#[test]
fn a_snapshot_goes_on_with_what_began_and_forgets_what_the_plan_no_longer_has() {
    let mut day = Day::new();
    day.takes(500.0, key(OATS, 0, 1));
    day.takes(500.0, key(OATS, 0, 1));
    let memory = day.planogram.memory().clone();
    let again = Planogram::restore(layout(), memory.clone());
    assert_eq!(again.mismatches(), day.planogram.mismatches());
    let mut other = (*layout()).clone();
    other.placements.remove(1);
    let other = Planogram::restore(Arc::new(other), memory);
    assert_eq!(other.mismatches(), []);
}
