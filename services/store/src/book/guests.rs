//! Guests who hold goods: tailgaters, and people whose pass was not read. Nobody's receipt has what they took, so
//! operators hear of it while they are still in the shop.
//!
//! 1. A guest is told of once it holds goods for sure: by decisions that are not open and at least
//!    [`SURE`]. Who only stands there is a guest like any other: a pass may still claim it.
//! 2. It is told once, and again when it leaves with them. A guest that a visit claims is none any more, and what
//!    it took is the visit's.
//! 3. A bookkeeper that starts anew tells nothing of what is past.

use std::collections::{BTreeMap, BTreeSet};

use amble_engine::{evidence::PartyId, layout::ProductIx};

use super::{actor::State, parties::Party};
use crate::inspect::What;

/// A move less probable than this is no reason to go after anybody.
const SURE: f64 = 0.9;

impl State {
    /// Tells of guests that hold goods since the last round.
    pub(super) fn watch_guests(&mut self, live: bool) {
        let guests = self.parties.all.iter();
        let guests = guests.filter(|(_, known)| known.visit.is_none() && !known.settled);
        let holding = guests.filter_map(|(&party, known)| {
            let units = held(party, known);
            (units > 0).then_some((party, units))
        });
        let now: BTreeMap<PartyId, u32> = holding.collect();
        for (&party, &units) in now.iter().filter(|_| live) {
            if !self.guests.contains(&party) {
                self.tell_of_guest(party, units, false);
            }
        }
        self.guests = now.into_keys().collect::<BTreeSet<_>>();
        self.guests_shown.count(self.guests.len());
    }

    /// An event that operators hear of.
    pub(super) fn tell_of_guest(&self, party: PartyId, units: u32, left: bool) {
        self.shop.happened(What::Guest {
            shopper: self.shop.keys.shopper(party),
            units,
            left,
        });
    }
}

/// How many pieces a guest holds for sure.
fn held(party: PartyId, known: &Party) -> u32 {
    let sure = known.decisions.values().filter(|decision| !decision.open);
    let moves = sure.flat_map(|decision| &decision.moves);
    let own = moves.filter(|moved| moved.party == party && moved.probability >= SURE);
    let mut held: BTreeMap<ProductIx, i32> = BTreeMap::new();
    for moved in own {
        *held.entry(moved.product).or_insert(0) += moved.quantity;
    }
    let units: i32 = held.values().filter(|&&units| units > 0).sum();
    units.unsigned_abs()
}

#[cfg(test)]
mod tests {
    use amble_engine::{
        attribution::{Decision, InteractionId, Move},
        time::Time,
    };

    use super::*;

    const TINA: PartyId = PartyId(7);

    fn guest(decisions: &[(i32, f64, bool)]) -> Party {
        let mut guest = Party::of_guest(Time(0));
        for (id, &(quantity, probability, open)) in (0..).zip(decisions) {
            let moved = Move {
                party: TINA,
                product: ProductIx(1),
                quantity,
                probability,
            };
            let decision = Decision {
                interaction: InteractionId(id),
                revision: 0,
                moves: vec![moved],
                probability,
                open,
                taken_at: Time(0),
                alternatives: Vec::new(),
            };
            guest.decisions.insert(id, decision);
        }
        guest
    }

    #[test]
    fn a_guest_holds_what_is_sure_and_not_put_back() {
        assert_eq!(held(TINA, &guest(&[(2, 0.99, false)])), 2);
        assert_eq!(
            held(TINA, &guest(&[(2, 0.99, false), (-2, 0.95, false)])),
            0
        );
        assert_eq!(held(TINA, &guest(&[(2, 0.99, true)])), 0, "it is open");
        assert_eq!(held(TINA, &guest(&[(2, 0.6, false)])), 0, "it is not sure");
    }
}
