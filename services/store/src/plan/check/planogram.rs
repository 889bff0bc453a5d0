//! What stands where: known products on known plates next to each other, no plate too heavy, and no
//! plate shared by products that nothing but a camera tells apart.

use std::collections::{BTreeMap, BTreeSet};

use amble_proto::plan::{Placement, Product, Shelf, StorePlan};

use super::numbers::PLATE_RANGE_G;
use super::references::Names;
use crate::plan::fault::{FaultKind, Faults, Place};

/// What is known of one shelf while the planogram is read.
struct Stock<'a> {
    shelf: &'a Shelf,
    place: (usize, usize),
    /// The plates' order along the board: id → rank.
    ranks: BTreeMap<&'a str, usize>,
    /// Grams on each plate, by rank.
    grams: Vec<f64>,
    /// Which products stand on each plate, by rank.
    products: Vec<BTreeSet<&'a str>>,
}

pub(super) fn judge(plan: &StorePlan, faults: &mut Faults) {
    let mut stocks = stocks(plan);
    let names = Names::new("product", plan.products.iter().map(|p| &*p.code));
    let products: BTreeMap<&str, &Product> = plan.products.iter().map(|p| (&*p.code, p)).collect();
    let gondolas = Names::new("gondola", plan.gondolas.iter().map(|g| &*g.id));
    let list = Place::Plan.field("planogram");
    let mut placed = BTreeSet::new();
    for (index, placement) in plan.planogram.iter().enumerate() {
        let place = list.item(index);
        names.look_up(&placement.product, place.field("product"), faults);
        placed.insert(&*placement.product);
        if !gondolas.look_up(&placement.gondola, place.field("gondola"), faults) {
            continue;
        }
        let Some(stock) = stocks.get_mut(&(&*placement.gondola, &*placement.shelf)) else {
            let problem = format!(
                "gondola `{}` has no shelf `{}`",
                placement.gondola, placement.shelf
            );
            let remedy = "add it to the gondola, or name one that it has";
            faults.error(FaultKind::Reference, place.field("shelf"), problem, remedy);
            continue;
        };
        let weight = products
            .get(&*placement.product)
            .map_or(0.0, |p| p.unit_weight_g);
        stand(placement, weight, stock, place, faults);
    }
    for stock in stocks.values() {
        leftover(stock, faults);
    }
    alike(plan, &products, faults);
    for (index, product) in plan.products.iter().enumerate() {
        if !placed.contains(&*product.code) {
            faults.warning(
                FaultKind::Empty,
                Place::Plan.field("products").item(index),
                format!("product `{}` stands nowhere", product.code),
                "add it to `planogram`, or nobody is known to take it",
            );
        }
    }
}

fn stocks(plan: &StorePlan) -> BTreeMap<(&str, &str), Stock<'_>> {
    let mut stocks = BTreeMap::new();
    for (g, gondola) in plan.gondolas.iter().enumerate() {
        for (s, shelf) in gondola.shelves.iter().enumerate() {
            let mut plates: Vec<_> = shelf.plates.iter().collect();
            plates.sort_by(|a, b| a.at[0].total_cmp(&b.at[0]));
            let stock = Stock {
                shelf,
                place: (g, s),
                ranks: plates
                    .iter()
                    .enumerate()
                    .map(|(r, p)| (&*p.id, r))
                    .collect(),
                grams: vec![0.0; plates.len()],
                products: vec![BTreeSet::new(); plates.len()],
            };
            stocks.entry((&*gondola.id, &*shelf.id)).or_insert(stock);
        }
    }
    stocks
}

/// Puts one placement onto its plates.
fn stand<'a>(
    placement: &'a Placement,
    unit_g: f64,
    stock: &mut Stock<'a>,
    place: Place<'_>,
    faults: &mut Faults,
) {
    let plates = place.field("plates");
    if placement.plates.is_empty() {
        let remedy = "name the plates that the product stands on";
        faults.error(
            FaultKind::Placement,
            plates,
            "the product stands on no plate",
            remedy,
        );
        return;
    }
    let share = unit_g * f64::from(placement.units) / placement.plates.len() as f64;
    let mut ranks = Vec::new();
    for (index, id) in placement.plates.iter().enumerate() {
        let place = plates.item(index);
        let Some(&rank) = stock.ranks.get(&**id) else {
            let problem = format!(
                "shelf `{}/{}` has no plate `{id}`",
                placement.gondola, placement.shelf
            );
            let remedy = "add it to the shelf, or name one that it has";
            faults.error(FaultKind::Reference, place, problem, remedy);
            continue;
        };
        ranks.push(rank);
        stock.grams[rank] += share;
        if !stock.products[rank].insert(&placement.product) {
            let problem = format!(
                "product `{}` already stands on plate `{id}`",
                placement.product
            );
            faults.error(
                FaultKind::Duplicate,
                place,
                problem,
                "list it once and add up `units`",
            );
        }
    }
    ranks.sort_unstable();
    if ranks.windows(2).any(|pair| pair[1] > pair[0] + 1) {
        faults.error(
            FaultKind::Placement,
            plates,
            "these plates aren't next to each other",
            "write one placement for each run of neighbours",
        );
    }
}

/// Weights closer than this many standard deviations can't be told apart.
const ALIKE_SIGMAS: f64 = 3.0;

/// Products that share a plate and weigh the same.
fn alike(plan: &StorePlan, products: &BTreeMap<&str, &Product>, faults: &mut Faults) {
    let mut shelves = BTreeMap::<_, Vec<(usize, &Placement)>>::new();
    for (index, placement) in plan.planogram.iter().enumerate() {
        let shelf = (&*placement.gondola, &*placement.shelf);
        shelves.entry(shelf).or_default().push((index, placement));
    }
    let product = |placement: &Placement| products.get(&*placement.product).copied();
    for placements in shelves.values() {
        for (n, &(_, first)) in placements.iter().enumerate() {
            for &(index, second) in &placements[n + 1..] {
                let (Some(a), Some(b)) = (product(first), product(second)) else {
                    continue;
                };
                let share = first
                    .plates
                    .iter()
                    .any(|plate| second.plates.contains(plate));
                let sigma = |p: &Product| p.unit_weight_g * p.weight_spread;
                let apart = (a.unit_weight_g - b.unit_weight_g).abs();
                if share && a.code != b.code && apart < ALIKE_SIGMAS * sigma(a).hypot(sigma(b)) {
                    faults.warning(
                        FaultKind::Weight,
                        Place::Plan.field("planogram").item(index),
                        format!(
                            "`{}` and `{}` share plates and weigh within {apart:.1} g",
                            a.code, b.code
                        ),
                        "give each its own plates, or let products share that weigh differently",
                    );
                }
            }
        }
    }
}

/// Plates that carry nothing, or more than they can weigh.
fn leftover(stock: &Stock<'_>, faults: &mut Faults) {
    let gondolas = Place::Plan.field("gondolas");
    let gondola = gondolas.item(stock.place.0);
    let shelves = gondola.field("shelves");
    let place = shelves.item(stock.place.1);
    let which = |rank: &usize| {
        stock
            .shelf
            .plates
            .iter()
            .find(|p| stock.ranks.get(&*p.id) == Some(rank))
    };
    let ids = |ranks: Vec<usize>| {
        let ids = ranks.iter().filter_map(which).map(|p| p.id.clone());
        ids.collect::<Vec<_>>().join(", ")
    };
    let ranks = || 0..stock.grams.len();
    let bare: Vec<usize> = ranks().filter(|&r| stock.products[r].is_empty()).collect();
    if !bare.is_empty() {
        faults.warning(
            FaultKind::Empty,
            place.field("plates"),
            format!("nothing stands on plate {}", ids(bare)),
            "add what stands there to `planogram`, if anything does",
        );
    }
    let heavy: Vec<usize> = ranks()
        .filter(|&r| stock.grams[r] > PLATE_RANGE_G)
        .collect();
    if !heavy.is_empty() {
        faults.warning(
            FaultKind::Weight,
            place.field("plates"),
            format!("more than {PLATE_RANGE_G} g stand on plate {}", ids(heavy)),
            "check `units` and `unit_weight_g` of what stands there, or give it more plates",
        );
    }
}
