//! The products of a made-up shop, like ones next to each other.

use amble_proto::plan::Product;
use rand::RngExt;
use rand::seq::SliceRandom;

use super::words::{BRANDS, KINDS, Kind};
use super::{FOOD_TAX, FULL_TAX};
use crate::plan::gtin;

/// Weights of real products vary by 1–3 % round their nominal weight.
const SPREAD: [f64; 3] = [0.01, 0.02, 0.03];
/// Packs of one kind and size differ by this share of their weight from brand to brand.
const BRAND_SIGMA: f64 = 0.004;

/// `count` different products, ordered as they stand in the shop.
pub(super) fn products(count: usize, chance: &mut impl RngExt) -> Vec<Product> {
    let kinds = (count / 5).clamp(1, KINDS.len());
    let mut kinds: Vec<&Kind> = KINDS[..kinds].iter().collect();
    kinds.sort_by_key(|kind| kind.group);
    let (each, rest) = (count / kinds.len(), count % kinds.len());
    let mut products = Vec::with_capacity(count);
    for (index, kind) in kinds.into_iter().enumerate() {
        let count = each + usize::from(index < rest);
        for (brand, flavour, size) in variants(kind, count, chance) {
            let code = gtin::in_store(products.len() as u64 + 1);
            products.push(product(kind, code, [brand, flavour], size, chance));
        }
    }
    products
}

/// Different (brand, flavour, size) of a kind: three in five of its usual size, which makes many
/// products of nearly one weight, the others of any.
fn variants(
    kind: &Kind,
    count: usize,
    chance: &mut impl RngExt,
) -> Vec<(&'static str, &'static str, u32)> {
    let mut of_sizes = |sizes: &[u32], count: usize| {
        let mut all = Vec::new();
        for brand in BRANDS {
            for &flavour in kind.group.flavours() {
                all.extend(sizes.iter().map(|&size| (brand, flavour, size)));
            }
        }
        all.shuffle(chance);
        all.truncate(count);
        all
    };
    let usual = (count * 3).div_ceil(5);
    let mut variants = of_sizes(&kind.sizes[..1], usual);
    variants.extend(of_sizes(&kind.sizes[1..], count - variants.len()));
    variants.sort_by_key(|&(brand, flavour, size)| (size, brand, flavour));
    variants
}

fn product(
    kind: &Kind,
    code: String,
    [brand, flavour]: [&str; 2],
    size: u32,
    chance: &mut impl RngExt,
) -> Product {
    let nominal = f64::from(size) * (1.0 + kind.tare);
    let weight = nominal * (1.0 + BRAND_SIGMA * chance.random_range(-1.7..1.7));
    let dearness = chance.random_range(0.8..1.3);
    // Larger packs are cheaper by the gram.
    let bulk = (f64::from(kind.sizes[0]) / f64::from(size)).powf(0.15);
    let cents = f64::from(size) / 100.0 * kind.cents * dearness * bulk;
    Product {
        code,
        name: format!(
            "{brand} {flavour} {} {size} {}",
            kind.noun,
            kind.group.unit()
        ),
        unit_weight_g: (weight.clamp(8.0, 2000.0) * 10.0).round() / 10.0,
        weight_spread: SPREAD[chance.random_range(0..SPREAD.len())],
        price_minor: ending_in_nine(cents),
        tax: if kind.group.is_food() {
            FOOD_TAX
        } else {
            FULL_TAX
        }
        .to_owned(),
    }
}

/// Rounded to a price that ends in 9, at least 19 cents.
#[expect(clippy::cast_possible_truncation, reason = "prices of a few euros")]
fn ending_in_nine(cents: f64) -> i64 {
    ((cents / 10.0).round() as i64 * 10 - 1).max(19)
}
