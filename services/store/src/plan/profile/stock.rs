//! What stands where in a made-up shop.
//!
//! 1. Every product stands somewhere, and something stands on every plate.
//! 2. The products stand in the order of their list, so that neighbours are of a kind; when all
//!    have a place and there is room left, the list begins again.
//! 3. A product spans one to three plates of one shelf. On up to one shelf in three, two products
//!    share theirs, if two neighbours weigh so differently that their weight tells them apart.

use amble_proto::plan::{Gondola, Placement, Product};
use rand::RngExt;

/// Plates that a product has when there is room.
const PLATES_A_PRODUCT: usize = 2;
const MOST_PLATES: usize = 3;
/// Products that share plates differ in weight by more than this share of the heavier one's: five
/// standard deviations of weights that vary by 3 %.
const UNLIKE: f64 = 0.2;
/// What a plate carries at most when the shop opens, in grams; it measures up to 20 kg.
const FULL_PLATE_G: f64 = 6000.0;

pub(super) fn planogram(
    gondolas: &[Gondola],
    products: &[Product],
    chance: &mut impl RngExt,
) -> Vec<Placement> {
    let shelves: Vec<_> = gondolas
        .iter()
        .flat_map(|gondola| gondola.shelves.iter().map(move |shelf| (gondola, shelf)))
        .collect();
    let mut turn = products.iter().cycle();
    let mut placed = 0;
    let mut placements = Vec::new();
    for (index, &(gondola, shelf)) in shelves.iter().enumerate() {
        // So many of the products have a place after this shelf that all have one after the last.
        let due = (products.len() * (index + 1)).div_ceil(shelves.len());
        let wanted = due.saturating_sub(placed);
        let here = wanted.max(shelf.plates.len() / PLATES_A_PRODUCT);
        let turn: Vec<&Product> = turn.by_ref().take(here).collect();
        placed += here;
        let mut plates = shelf.plates.iter().map(|plate| plate.id.clone());
        let slots = slots(&turn, shelf.plates.len(), chance);
        let mut turn = turn.into_iter();
        for (width, sharing) in slots {
            let ids: Vec<String> = plates.by_ref().take(width).collect();
            for product in turn.by_ref().take(sharing) {
                placements.push(Placement {
                    product: product.code.clone(),
                    gondola: gondola.id.clone(),
                    shelf: shelf.id.clone(),
                    plates: ids.clone(),
                    units: units(product, width, sharing),
                });
            }
        }
    }
    placements
}

/// Cuts a shelf of `plates` plates for these products: (plates, products that share them).
fn slots(products: &[&Product], plates: usize, chance: &mut impl RngExt) -> Vec<(usize, usize)> {
    let unlike: Vec<usize> = (1..products.len())
        .filter(|&right| weigh_differently(products[right - 1], products[right]))
        .collect();
    let shares = products.len() > plates.div_ceil(MOST_PLATES)
        && !unlike.is_empty()
        && chance.random_bool(1.0 / 3.0);
    let mut slots = vec![(1, 1); products.len() - usize::from(shares)];
    let last = slots.len() - 1;
    for _ in slots.len()..plates {
        // The next one that still has room, from a place left to chance.
        let start = chance.random_range(0..=last);
        let order = (start..=last).chain(0..start);
        if let Some(index) = order.into_iter().find(|&i| slots[i].0 < MOST_PLATES) {
            slots[index].0 += 1;
        }
    }
    if shares {
        slots[unlike[chance.random_range(0..unlike.len())] - 1].1 = 2;
    }
    slots
}

/// Whether one of each can be told apart on one plate.
fn weigh_differently(a: &Product, b: &Product) -> bool {
    let apart = (a.unit_weight_g - b.unit_weight_g).abs();
    apart > UNLIKE * a.unit_weight_g.max(b.unit_weight_g)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "at most 24"
)]
fn units(product: &Product, plates: usize, sharing: usize) -> u32 {
    let room = FULL_PLATE_G * plates as f64 / sharing as f64 / product.unit_weight_g;
    room.clamp(3.0, 24.0) as u32
}
