//! What is held and what stands where: the certain part, and what one world sees of it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    evidence::PartyId,
    layout::{Layout, PlateIx, ProductIx, ShelfIx},
};

/// Names a place of a product: two places of one product differ in their first or last plate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct StackKey {
    /// The product.
    pub product: ProductIx,
    /// Its first plate.
    pub first: PlateIx,
    /// Its last plate.
    pub last: PlateIx,
}

impl StackKey {
    /// No place: goods that go from hand to hand. Their pieces sum to nothing.
    #[must_use]
    pub const fn in_hands(product: ProductIx) -> Self {
        let nowhere = PlateIx(u32::MAX);
        Self {
            product,
            first: nowhere,
            last: nowhere,
        }
    }

    /// Whether it is a place on a shelf.
    #[must_use]
    pub const fn is_place(&self) -> bool {
        self.first.0 != u32::MAX
    }
}

/// Units of one product at one place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stack {
    /// Its name.
    pub key: StackKey,
    /// The plates that it stands on, ascending.
    pub plates: Vec<PlateIx>,
    /// How many are thought to be there. Below 0 when more left than were counted.
    pub units: i32,
    /// Where the plan wants it.
    pub planned: bool,
}

/// Goods that moved between one party and one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Piece {
    /// Whose hands; `None` for somebody whom no camera tracked.
    pub party: Option<PartyId>,
    /// The place.
    pub key: StackKey,
    /// Positive when taken, negative when put back.
    pub quantity: i32,
}

/// What one world knows of what matters to one interaction.
#[derive(Clone, Debug, PartialEq)]
pub struct View {
    /// What stands on the shelf, ascending by key.
    pub stacks: Vec<Stack>,
    /// For each suspect of the scene: what it holds, ascending by product, each more than 0.
    pub held: Vec<Vec<(ProductIx, i32)>>,
    /// Who in the shop holds a product that belongs here and weighs what was gained, and how many at least,
    /// ascending: they may have handed it on.
    pub others: Vec<(PartyId, ProductIx, i32)>,
    /// For each suspect of the scene: how often it brought goods into the shop.
    pub brought: Vec<u32>,
}

/// What is certain.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct State {
    held: BTreeMap<PartyId, BTreeMap<ProductIx, i32>>,
    stacks: BTreeMap<ShelfIx, Vec<Stack>>,
    /// Taken minus brought by people whom nobody tracked.
    unaccounted: BTreeMap<ProductIx, i32>,
    /// How often who brought goods into the shop.
    brought: BTreeMap<PartyId, u32>,
}

impl State {
    /// The shop when it opens: everything where the plan wants it.
    pub(super) fn opening(layout: &Layout) -> Self {
        let mut state = Self::default();
        for placement in &layout.placements {
            let ends = placement.plates.first().zip(placement.plates.last());
            let Some((&first, &last)) = ends else {
                continue;
            };
            let Some(plate) = layout.plates.get(first.at()) else {
                continue;
            };
            let stack = Stack {
                key: StackKey {
                    product: placement.product,
                    first,
                    last,
                },
                plates: placement.plates.clone(),
                units: i32::try_from(placement.units).unwrap_or(i32::MAX),
                planned: true,
            };
            let stacks = state.stacks.entry(plate.shelf).or_default();
            if let Err(at) = stacks.binary_search_by_key(&stack.key, |s| s.key) {
                stacks.insert(at, stack);
            }
        }
        state
    }

    /// A piece became certain. Later ones may be certain before earlier ones.
    pub(super) fn apply(&mut self, piece: &Piece) {
        let product = piece.key.product;
        let hands = match piece.party {
            Some(party) => self.held.entry(party).or_default(),
            None => &mut self.unaccounted,
        };
        add(hands, product, piece.quantity);
    }

    /// What became certain also moved what stands on a shelf.
    pub(super) fn move_stack(&mut self, shelf: ShelfIx, piece: &Piece) {
        move_stack(self.stacks.entry(shelf).or_default(), piece);
    }

    pub(super) fn held(&self, party: PartyId) -> impl Iterator<Item = (ProductIx, i32)> + '_ {
        self.held
            .get(&party)
            .into_iter()
            .flatten()
            .map(|(&p, &n)| (p, n))
    }

    /// All that is held: party, product, units.
    pub(super) fn holdings(&self) -> impl Iterator<Item = (PartyId, ProductIx, i32)> + '_ {
        let of = |(&party, held): (&PartyId, _)| {
            let held: &BTreeMap<ProductIx, i32> = held;
            held.iter()
                .map(move |(&product, &units)| (party, product, units))
        };
        self.held.iter().flat_map(of)
    }

    pub(super) fn stacks(&self, shelf: ShelfIx) -> &[Stack] {
        self.stacks.get(&shelf).map_or(&[], Vec::as_slice)
    }

    pub(super) fn unaccounted(&self, product: ProductIx) -> i32 {
        self.unaccounted.get(&product).copied().unwrap_or(0)
    }

    pub(super) fn brought(&self, party: PartyId) -> u32 {
        self.brought.get(&party).copied().unwrap_or(0)
    }

    /// The party brought goods into the shop, most probably.
    pub(super) fn brings(&mut self, party: PartyId) {
        *self.brought.entry(party).or_insert(0) += 1;
    }

    /// What `from` holds and did goes over to `into`.
    pub(super) fn hand_over(&mut self, from: PartyId, into: PartyId) {
        if let Some(times) = self.brought.remove(&from) {
            *self.brought.entry(into).or_insert(0) += times;
        }
        for (product, units) in self.held.remove(&from).unwrap_or_default() {
            add(self.held.entry(into).or_default(), product, units);
        }
    }

    /// The party has left with what it holds.
    pub(super) fn leave(&mut self, party: PartyId) {
        self.held.remove(&party);
        self.brought.remove(&party);
    }
}

fn add(hands: &mut BTreeMap<ProductIx, i32>, product: ProductIx, units: i32) {
    let held = hands.entry(product).or_insert(0);
    *held += units;
    if *held == 0 {
        hands.remove(&product);
    }
}

/// Moves a piece off its place or onto it. A place that the plan does not know exists while something
/// stands there. What goes from hand to hand is at none.
pub(super) fn move_stack(stacks: &mut Vec<Stack>, piece: &Piece) {
    if !piece.key.is_place() {
        return;
    }
    match stacks.binary_search_by_key(&piece.key, |s| s.key) {
        Ok(at) => {
            stacks[at].units -= piece.quantity;
            if stacks[at].units == 0 && !stacks[at].planned {
                stacks.remove(at);
            }
        }
        Err(at) => {
            let plates = (piece.key.first.0..=piece.key.last.0).map(PlateIx);
            let stack = Stack {
                key: piece.key,
                plates: plates.collect(),
                units: -piece.quantity,
                planned: false,
            };
            stacks.insert(at, stack);
        }
    }
}
