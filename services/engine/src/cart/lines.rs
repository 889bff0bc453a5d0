//! From decisions to priced lines.

use std::collections::BTreeMap;

use super::{CartError, CartLine, Entry};
use crate::{attribution::InteractionId, layout::ProductIx, price::PriceBook, time::Time};

/// What one product's decisions add up to.
struct Tally {
    first: (Time, InteractionId),
    /// Units taken by price in minor units.
    taken: BTreeMap<i64, u32>,
    returned: u32,
    probability: f64,
    open: bool,
}

pub(super) fn lines(
    entries: &BTreeMap<InteractionId, Entry>,
    prices: &PriceBook,
) -> Result<Vec<CartLine>, CartError> {
    let mut tallies: Vec<_> = tally(entries, prices)?.into_iter().collect();
    tallies.sort_by_key(|(_, tally)| tally.first);
    let mut lines = Vec::with_capacity(tallies.len());
    for (product, mut tally) in tallies {
        put_back_dearest(&mut tally);
        for (&minor, &quantity) in tally.taken.iter().filter(|taken| *taken.1 > 0) {
            let unit_price = crate::price::Money::new(minor, prices.currency());
            lines.push(CartLine {
                product,
                quantity,
                unit_price,
                amount: unit_price.times(quantity)?,
                probability: tally.probability,
                open: tally.open,
            });
        }
    }
    Ok(lines)
}

fn tally(
    entries: &BTreeMap<InteractionId, Entry>,
    prices: &PriceBook,
) -> Result<BTreeMap<ProductIx, Tally>, CartError> {
    let mut tallies: BTreeMap<ProductIx, Tally> = BTreeMap::new();
    for (&id, entry) in entries {
        for m in &entry.moves {
            let at = (entry.taken_at, id);
            let tally = tallies.entry(m.product).or_insert(Tally {
                first: at,
                taken: BTreeMap::new(),
                returned: 0,
                probability: 1.0,
                open: false,
            });
            tally.first = tally.first.min(at);
            tally.probability = tally.probability.min(m.probability);
            tally.open |= entry.open;
            if m.quantity > 0 {
                let price = prices
                    .price_at(m.product, entry.taken_at)
                    .ok_or(CartError::NoPrice(m.product))?;
                let taken = tally.taken.entry(price.minor).or_insert(0);
                *taken = taken.saturating_add(m.quantity.unsigned_abs());
            } else {
                tally.returned = tally.returned.saturating_add(m.quantity.unsigned_abs());
            }
        }
    }
    Ok(tallies)
}

fn put_back_dearest(tally: &mut Tally) {
    for taken in tally.taken.values_mut().rev() {
        let back = tally.returned.min(*taken);
        *taken -= back;
        tally.returned -= back;
    }
}
