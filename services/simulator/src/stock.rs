//! The goods: every single unit with its own weight and the plates that it weighs on.
//!
//! Goods are conserved: a unit is on a slot, in a hand, with a party, or on the floor.

use crate::{
    chance::Dice,
    shop::{Placement, Shop},
};

/// The most plates that one unit weighs on.
const SPAN: usize = 3;

/// One thing that can be taken.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Unit {
    pub(crate) product: usize,
    pub(crate) weight_g: f64,
    /// Where its share of plates begins in the slot's list.
    first: usize,
    shares: [f64; SPAN],
}

/// A place where units of one product stand; strangers may be put there.
pub(crate) struct Slot {
    pub(crate) place: Placement,
    pub(crate) units: Vec<Unit>,
}

/// Everything that stands on shelves.
pub(crate) struct Stock {
    pub(crate) slots: Vec<Slot>,
    /// The slots of each shelf.
    pub(crate) on_shelf: Vec<Vec<usize>>,
}

impl Unit {
    /// A new unit, not standing anywhere yet.
    pub(crate) fn new(product: usize, shop: &Shop, dice: &mut Dice) -> Self {
        let nominal = shop.products[product].weight_g;
        let factor = 1.0 + shop.products[product].spread * dice.normal().clamp(-3.5, 3.5);
        Self {
            product,
            weight_g: (nominal * factor).max(0.1),
            first: 0,
            shares: [1.0, 0.0, 0.0],
        }
    }

    /// Stands on a slot with this many plates: on one plate, or across two neighbours; a script's
    /// unit on all of them.
    fn stand(&mut self, plates: usize, on_all: bool, dice: &mut Dice) {
        let span = if on_all || plates == 1 {
            plates.min(SPAN)
        } else if dice.chance(0.25) {
            1
        } else {
            2
        };
        self.first = dice.below(plates - span + 1);
        let mut shares = [0.0; SPAN];
        for share in shares.iter_mut().take(span) {
            *share = dice.between(0.15, 1.0);
        }
        let sum: f64 = shares.iter().sum();
        self.shares = shares.map(|share| share / sum);
    }

    /// The plates of a slot that it weighs on, with its grams on each.
    pub(crate) fn loads<'a>(
        &'a self,
        place: &'a Placement,
    ) -> impl Iterator<Item = (usize, f64)> + 'a {
        let plates = place.plates.iter().skip(self.first);
        plates
            .zip(self.shares)
            .filter(|&(_, share)| share > 0.0)
            .map(|(&plate, share)| (plate, share * self.weight_g))
    }
}

impl Stock {
    /// The shop as it opens.
    pub(crate) fn new(shop: &Shop, dice: &mut Dice) -> Self {
        let mut stock = Self {
            slots: Vec::with_capacity(shop.placements.len()),
            on_shelf: vec![Vec::new(); shop.shelves.len()],
        };
        for place in &shop.placements {
            stock.add(place.clone(), false, shop, dice);
        }
        stock
    }

    /// Adds a slot with its units; `on_all`: each weighs on all its plates, as a script wants it.
    /// Returns its place in the list.
    pub(crate) fn add(
        &mut self,
        place: Placement,
        on_all: bool,
        shop: &Shop,
        dice: &mut Dice,
    ) -> usize {
        let units = (0..place.units)
            .map(|_| {
                let mut unit = Unit::new(place.product, shop, dice);
                unit.stand(place.plates.len(), on_all, dice);
                unit
            })
            .collect();
        self.on_shelf[place.shelf].push(self.slots.len());
        self.slots.push(Slot { place, units });
        self.slots.len() - 1
    }

    /// One more unit on a script's slot.
    pub(crate) fn grow(&mut self, slot: usize, shop: &Shop, dice: &mut Dice) {
        let slot = &mut self.slots[slot];
        let mut unit = Unit::new(slot.place.product, shop, dice);
        unit.stand(slot.place.plates.len(), true, dice);
        slot.units.push(unit);
    }

    /// Whether a unit of the slot's own product, or a stranger, can be taken.
    pub(crate) fn has(&self, slot: usize, own: bool) -> bool {
        let slot = &self.slots[slot];
        let mut units = slot.units.iter();
        units.any(|unit| (unit.product == slot.place.product) == own)
    }

    /// Takes a unit of the slot's own product, or of another that was put there.
    pub(crate) fn take(&mut self, slot: usize, own: bool) -> Option<Unit> {
        let slot = &mut self.slots[slot];
        let product = slot.place.product;
        let at = slot
            .units
            .iter()
            .rposition(|unit| (unit.product == product) == own)?;
        Some(slot.units.remove(at))
    }

    /// Makes a unit ready to stand on a slot; [`Stock::put`] puts it there.
    pub(crate) fn fit(&self, slot: usize, unit: &mut Unit, dice: &mut Dice) {
        unit.stand(self.slots[slot].place.plates.len(), false, dice);
    }

    /// Puts a unit where it fits.
    pub(crate) fn put(&mut self, slot: usize, unit: Unit) {
        self.slots[slot].units.push(unit);
    }

    /// How many units stand on shelves.
    #[cfg(test)]
    pub(crate) fn count(&self) -> usize {
        self.slots.iter().map(|slot| slot.units.len()).sum()
    }

    /// Grams on each plate of each shelf.
    pub(crate) fn loads(&self, shop: &Shop) -> Vec<Vec<f64>> {
        let mut loads: Vec<Vec<f64>> = shop
            .shelves
            .iter()
            .map(|shelf| vec![0.0; shelf.plates.len()])
            .collect();
        for slot in &self.slots {
            for unit in &slot.units {
                for (plate, grams) in unit.loads(&slot.place) {
                    loads[slot.place.shelf][plate] += grams;
                }
            }
        }
        loads
    }
}
