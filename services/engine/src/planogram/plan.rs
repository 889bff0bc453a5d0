//! The plan's places, by shelf.

use std::sync::Arc;

use crate::{
    attribution::StackKey,
    layout::{Layout, Placement, ProductIx, ShelfIx},
};

/// The layout, with its placements by shelf.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) layout: Arc<Layout>,
    by_shelf: Vec<Vec<usize>>,
}

impl Plan {
    pub(super) fn of(layout: Arc<Layout>) -> Self {
        let mut by_shelf = vec![Vec::new(); layout.shelves.len()];
        for (at, placement) in layout.placements.iter().enumerate() {
            let first = placement.plates.first();
            let plate = first.and_then(|plate| layout.plates.get(plate.at()));
            if let Some(own) = plate.and_then(|plate| by_shelf.get_mut(plate.shelf.at())) {
                own.push(at);
            }
        }
        Self { layout, by_shelf }
    }

    /// The places of a shelf, in the plan's order.
    pub(super) fn places(&self, shelf: ShelfIx) -> impl Iterator<Item = &Placement> + Clone {
        let own = self.by_shelf.get(shelf.at()).into_iter().flatten();
        own.filter_map(|&at| self.layout.placements.get(at))
    }

    /// The plan's place of this name.
    pub(super) fn place(&self, shelf: ShelfIx, key: StackKey) -> Option<&Placement> {
        self.places(shelf).find(|p| name(p) == Some(key))
    }

    /// The shelf of a place of this name, if the plan has it.
    pub(super) fn shelf_of(&self, key: StackKey) -> Option<ShelfIx> {
        let shelf = self.layout.plates.get(key.first.at())?.shelf;
        self.place(shelf, key).map(|_| shelf)
    }

    /// The products that are planned in the zone of a shelf, with whether they are on that shelf itself.
    pub(super) fn products(&self, shelf: ShelfIx) -> Vec<(ProductIx, bool)> {
        let Some(zone) = self.layout.shelves.get(shelf.at()).map(|s| s.zone) else {
            return Vec::new();
        };
        let shelves = (0u32..).map(ShelfIx).zip(&self.layout.shelves);
        let shelves = shelves.filter(|(_, other)| other.zone == zone);
        let all =
            shelves.flat_map(|(ix, _)| self.places(ix).map(move |p| (p.product, ix == shelf)));
        let mut all: Vec<(ProductIx, bool)> = all.collect();
        all.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(b.1.cmp(&a.1)));
        all.dedup_by_key(|p| p.0);
        all
    }
}

/// A place's name; one without plates has none.
pub(super) fn name(placement: &Placement) -> Option<StackKey> {
    let ends = placement.plates.first().zip(placement.plates.last());
    ends.map(|(&first, &last)| StackKey {
        product: placement.product,
        first,
        last,
    })
}
