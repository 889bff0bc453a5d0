//! What a phone shows as being decided, before it is.
//!
//! 1. It is shown from when it is lifted until a decision has the product, or until [`GRACE`] after its shelf is at
//!    rest: by then it was decided for somebody, and not for this party.
//! 2. Nothing is shown for longer than [`LONGEST`], or after the party has left: who would say that it is over may be
//!    gone.
//! 3. At most [`MOST`] things are shown at once, one for each shelf.

use amble_engine::{attribution::Decision, evidence::PartyId, layout::ShelfIx, time::Round};

use super::cart::Pending;
use crate::message::Lifted;

/// How long a decision may take once a shelf is at rest, in rounds.
const GRACE: i64 = 10;
/// The longest that something is shown, in rounds.
const LONGEST: i64 = 200;
/// How many things at once.
const MOST: usize = 8;

/// What is shown of each shelf, and until which round.
#[derive(Debug, Default)]
pub(super) struct AtShelves(Vec<(ShelfIx, Pending, Round)>);

impl AtShelves {
    /// Takes what a shelf tells; whether what is shown has changed.
    pub(super) fn take(&mut self, lifted: Lifted, now: Round) -> bool {
        let room = self.0.len() < MOST;
        let known = self.0.iter_mut().find(|(shelf, ..)| *shelf == lifted.shelf);
        let Some(product) = lifted.product else {
            if let Some((.., until)) = known {
                *until = (*until).min(now.plus(GRACE));
            }
            return false;
        };
        let pending = Pending {
            product,
            since: lifted.at,
        };
        let until = now.plus(LONGEST);
        match known {
            Some(known) => *known = (lifted.shelf, pending, until),
            None if room => self.0.push((lifted.shelf, pending, until)),
            None => return false,
        }
        true
    }

    /// A round has passed; whether what is shown has changed.
    pub(super) fn pass(&mut self, round: Round) -> bool {
        self.keep(|(_, _, until)| *until > round)
    }

    /// Decisions have come; whether what is shown has changed.
    pub(super) fn decided(&mut self, party: PartyId, decisions: &[Decision]) -> bool {
        self.keep(|(_, pending, _)| {
            let mut later = decisions.iter().filter(|d| d.taken_at >= pending.since);
            let own = |decision: &Decision| {
                let mut moves = decision.moves.iter();
                moves.any(|m| m.party == party && m.product == pending.product)
            };
            !later.any(own)
        })
    }

    /// The party has left; whether what is shown has changed.
    pub(super) fn clear(&mut self) -> bool {
        self.keep(|_| false)
    }

    /// What is shown, in the order in which it was lifted.
    pub(super) fn shown(&self) -> Vec<Pending> {
        self.0.iter().map(|(_, pending, _)| *pending).collect()
    }

    fn keep(&mut self, wanted: impl FnMut(&(ShelfIx, Pending, Round)) -> bool) -> bool {
        let before = self.0.len();
        self.0.retain(wanted);
        self.0.len() != before
    }
}

#[cfg(test)]
mod tests {
    use amble_engine::{
        attribution::{InteractionId, Move},
        layout::ProductIx,
        time::Time,
    };

    use super::*;

    const PARTY: PartyId = PartyId(7);

    fn lifted(shelf: u32, product: Option<u32>) -> Lifted {
        Lifted {
            shelf: ShelfIx(shelf),
            product: product.map(ProductIx),
            at: Time(1_000),
        }
    }

    fn products(at: &AtShelves) -> Vec<u32> {
        at.shown().iter().map(|pending| pending.product.0).collect()
    }

    fn decision(product: u32, taken_at: i64) -> Decision {
        Decision {
            interaction: InteractionId(1),
            revision: 0,
            moves: vec![Move {
                party: PARTY,
                product: ProductIx(product),
                quantity: 1,
                probability: 1.0,
            }],
            probability: 1.0,
            open: false,
            alternatives: Vec::new(),
            taken_at: Time(taken_at),
        }
    }

    #[test]
    fn a_decision_takes_the_place_of_what_was_being_decided() {
        let mut at = AtShelves::default();
        assert!(at.take(lifted(1, Some(5)), Round(10)));
        assert!(!at.decided(PARTY, &[decision(6, 2_000)]));
        assert!(!at.decided(PARTY, &[decision(5, 500)]), "one of before");
        assert!(!at.decided(PartyId(8), &[decision(5, 2_000)]));
        assert!(at.decided(PARTY, &[decision(5, 2_000)]));
        assert_eq!(products(&at), [0; 0]);
    }

    #[test]
    fn what_is_at_rest_and_not_decided_for_this_party_goes_in_silence() {
        let mut at = AtShelves::default();
        at.take(lifted(1, Some(5)), Round(10));
        assert!(!at.take(lifted(1, None), Round(20)));
        assert!(!at.pass(Round(20 + GRACE - 1)));
        assert_eq!(products(&at), [5]);
        assert!(at.pass(Round(20 + GRACE)));
        assert_eq!(products(&at), [0; 0]);
    }

    #[test]
    fn nothing_is_shown_for_ever_nor_without_end() {
        let mut at = AtShelves::default();
        for shelf in 0..20 {
            at.take(lifted(shelf, Some(shelf)), Round(10));
        }
        assert_eq!(at.shown().len(), MOST);
        assert!(at.take(lifted(0, Some(9)), Round(11)));
        assert_eq!(products(&at)[0], 9);
        assert!(at.pass(Round(10 + LONGEST)));
        assert!(at.clear());
        assert!(!at.clear());
    }
}
