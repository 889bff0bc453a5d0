//! A party's cart: the fold of its decisions, with money.
//!
//! 1. Of each interaction only the highest revision counts; saying one twice, or an older one late,
//!    changes nothing.
//! 2. A line's price is the one valid when its units were taken; a product taken at two prices has
//!    two lines. What is put back comes off the dearest units: doubt is the shop's.
//! 3. Nothing is ever negative: more returns than takes make an empty cart.
//! 4. When the total falls, the cart says why.

mod lines;
mod receipt;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    attribution::{Decision, InteractionId, Move},
    evidence::PartyId,
    layout::ProductIx,
    price::{Currency, Money, MoneyError, PriceBook, Taxed, tax},
    time::Time,
};

pub use receipt::{ProductName, Receipt, ReceiptHead, ReceiptLine};

/// One product in a cart, at one price.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct CartLine {
    /// What.
    pub product: ProductIx,
    /// How many; at least 1.
    pub quantity: u32,
    /// Price of one when it was taken.
    pub unit_price: Money,
    /// `quantity × unit_price`.
    pub amount: Money,
    /// That of the least sure decision behind it, 0 to 1.
    pub probability: f64,
    /// A decision behind it is still close to another.
    pub open: bool,
}

/// The total beside the budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum BudgetState {
    /// No budget is set.
    Unset,
    /// Less than 80 % of it.
    Within,
    /// 80 % of it or more.
    Near,
    /// More than it.
    Over,
}

/// Why the total fell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fall {
    /// Something went back to a shelf.
    PutBack(ProductIx),
    /// An earlier decision was changed.
    Revised(ProductIx),
}

/// Why a cart could not follow a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CartError {
    /// The amounts don't fit.
    #[error(transparent)]
    Money(#[from] MoneyError),
    /// The price book lacks the product.
    #[error("product {} has no price", .0.0)]
    NoPrice(ProductIx),
}

/// A party's cart. Serialisable; also rebuilt by folding its decisions again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cart {
    party: PartyId,
    entries: BTreeMap<InteractionId, Entry>,
    lines: Vec<CartLine>,
    taxed: Taxed,
    budget: Option<Money>,
    fall: Option<Fall>,
}

/// What the highest revision of one interaction says of this party.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Entry {
    revision: u32,
    taken_at: Time,
    open: bool,
    moves: Vec<Move>,
}

impl Cart {
    /// An empty cart.
    #[must_use]
    pub const fn new(party: PartyId, currency: Currency) -> Self {
        Self {
            party,
            entries: BTreeMap::new(),
            lines: Vec::new(),
            taxed: Taxed {
                lines: Vec::new(),
                total: Money::zero(currency),
            },
            budget: None,
            fall: None,
        }
    }

    /// Follows one decision; says whether what the shopper sees changed.
    ///
    /// # Errors
    /// When a price is missing or the total is too large; the cart is then as it was.
    pub fn apply(&mut self, decision: &Decision, prices: &PriceBook) -> Result<bool, CartError> {
        let before = self.entries.get(&decision.interaction);
        if before.is_some_and(|e| e.revision >= decision.revision) {
            return Ok(false);
        }
        let moves = decision.moves.iter().filter(|m| m.party == self.party);
        let entry = Entry {
            revision: decision.revision,
            taken_at: decision.taken_at,
            open: decision.open,
            moves: moves.copied().collect(),
        };
        if before.is_none() && entry.moves.is_empty() {
            return Ok(false);
        }
        let fallen = Self::fallen(before, &entry);
        let mut entries = self.entries.clone();
        entries.insert(decision.interaction, entry);
        let lines = lines::lines(&entries, prices)?;
        let taxed = self.tax(&lines, prices)?;
        self.fall = fallen.filter(|_| taxed.total.minor < self.taxed.total.minor);
        let changed = lines != self.lines || taxed != self.taxed;
        (self.entries, self.lines, self.taxed) = (entries, lines, taxed);
        Ok(changed)
    }

    /// Sets or clears the budget.
    pub const fn set_budget(&mut self, budget: Option<Money>) {
        self.budget = budget;
    }

    /// Whose cart it is.
    #[must_use]
    pub const fn party(&self) -> PartyId {
        self.party
    }

    /// What is in it, in order of the first take.
    #[must_use]
    pub fn lines(&self) -> &[CartLine] {
        &self.lines
    }

    /// What is to be paid, and the tax by rate.
    #[must_use]
    pub const fn taxed(&self) -> &Taxed {
        &self.taxed
    }

    /// The budget, when one is set.
    #[must_use]
    pub const fn budget(&self) -> Option<Money> {
        self.budget
    }

    /// How the total stands to the budget. A budget in another currency is never passed.
    #[must_use]
    pub fn budget_state(&self) -> BudgetState {
        let total = self.taxed.total;
        let Some(budget) = self.budget else {
            return BudgetState::Unset;
        };
        let near = i128::from(total.minor) * 10 >= i128::from(budget.minor) * 8;
        if budget.currency != total.currency {
            BudgetState::Within
        } else if total.minor > budget.minor {
            BudgetState::Over
        } else if near {
            BudgetState::Near
        } else {
            BudgetState::Within
        }
    }

    /// Why the total fell with the last decision; `None` when it did not.
    #[must_use]
    pub const fn fall(&self) -> Option<Fall> {
        self.fall
    }

    /// When the shelf had settled of which the newest line comes; `None` when nothing ever moved.
    #[must_use]
    pub fn newest_change(&self) -> Option<Time> {
        let moved = self.entries.values().filter(|e| !e.moves.is_empty());
        moved.map(|e| e.taken_at).max()
    }

    fn tax(&self, lines: &[CartLine], prices: &PriceBook) -> Result<Taxed, CartError> {
        let mut amounts = Vec::with_capacity(lines.len());
        for line in lines {
            let rate = prices.tax_of(line.product);
            amounts.push((rate.ok_or(CartError::NoPrice(line.product))?, line.amount));
        }
        let currency = self.taxed.total.currency;
        Ok(tax(amounts, prices.rates(), prices.mode(), currency)?)
    }

    /// What went down from one entry to the next, if anything did.
    fn fallen(before: Option<&Entry>, after: &Entry) -> Option<Fall> {
        let Some(before) = before else {
            let back = after.moves.iter().find(|m| m.quantity < 0)?;
            return Some(Fall::PutBack(back.product));
        };
        let quantity = |entry: &Entry, product| {
            let of_it = entry.moves.iter().filter(|m| m.product == product);
            of_it.map(|m| m.quantity).sum::<i32>()
        };
        let touched = before.moves.iter().chain(&after.moves).map(|m| m.product);
        touched
            .into_iter()
            .find(|&p| quantity(after, p) < quantity(before, p))
            .map(Fall::Revised)
    }
}

impl Fall {
    /// For the shopper, given the products' names.
    #[must_use]
    pub fn text<'a>(&self, name: impl FnOnce(ProductIx) -> &'a str) -> String {
        match *self {
            Self::PutBack(product) => format!("put back: {}", name(product)),
            Self::Revised(product) => format!("revised: {}", name(product)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::price::{TaxIx, TaxMode, TaxRate};
    use proptest::prelude::*;

    const ME: PartyId = PartyId(7);
    const BUN: ProductIx = ProductIx(0);
    const TEA: ProductIx = ProductIx(1);

    fn prices() -> PriceBook {
        let eur = Currency::from_code("EUR").unwrap();
        let rate = TaxRate {
            id: "standard".to_owned(),
            basis_points: 1900,
        };
        let mut book = PriceBook::new(eur, TaxMode::Included, vec![rate]);
        book.push(Money::new(100, eur), TaxIx(0)).unwrap();
        book.push(Money::new(250, eur), TaxIx(0)).unwrap();
        book.change(BUN, Money::new(150, eur), Time(50)).unwrap();
        book
    }

    fn decision(id: u64, revision: u32, at: i64, moves: &[(ProductIx, i32)]) -> Decision {
        let moves = moves.iter().map(|&(product, quantity)| Move {
            party: ME,
            product,
            quantity,
            probability: 0.9,
        });
        Decision {
            interaction: InteractionId(id),
            revision,
            moves: moves.collect(),
            probability: 0.9,
            open: false,
            taken_at: Time(at),
            alternatives: Vec::new(),
        }
    }

    fn cart() -> Cart {
        Cart::new(ME, prices().currency())
    }

    #[test]
    fn the_price_at_the_take_counts_and_the_dearest_goes_back_first() {
        let mut cart = cart();
        for d in [
            decision(0, 0, 10, &[(BUN, 1)]),
            decision(1, 0, 60, &[(BUN, 2)]),
        ] {
            assert_eq!(cart.apply(&d, &prices()), Ok(true));
        }
        assert_eq!(cart.taxed().total.minor, 400);
        assert_eq!(cart.lines().len(), 2);
        cart.apply(&decision(2, 0, 70, &[(BUN, -1)]), &prices())
            .unwrap();
        assert_eq!(cart.taxed().total.minor, 250);
        assert_eq!(cart.fall(), Some(Fall::PutBack(BUN)));
        assert_eq!(
            cart.fall().map(|f| f.text(|_| "bun")),
            Some("put back: bun".to_owned())
        );
    }

    #[test]
    fn a_revision_replaces_and_an_older_one_comes_too_late() {
        let mut cart = cart();
        cart.apply(&decision(0, 0, 10, &[(TEA, 1)]), &prices())
            .unwrap();
        cart.apply(&decision(0, 1, 10, &[(BUN, 1)]), &prices())
            .unwrap();
        assert_eq!(cart.fall(), Some(Fall::Revised(TEA)));
        assert_eq!(
            cart.apply(&decision(0, 0, 10, &[(TEA, 1)]), &prices()),
            Ok(false)
        );
        assert_eq!(cart.taxed().total.minor, 100);
    }

    #[test]
    fn the_budget_warns_from_four_fifths_on() {
        let mut cart = cart();
        assert_eq!(cart.budget_state(), BudgetState::Unset);
        cart.apply(&decision(0, 0, 10, &[(TEA, 1)]), &prices())
            .unwrap();
        let eur = prices().currency();
        for (budget, state) in [
            (1000, BudgetState::Within),
            (313, BudgetState::Within),
            (312, BudgetState::Near),
            (250, BudgetState::Near),
            (249, BudgetState::Over),
        ] {
            cart.set_budget(Some(Money::new(budget, eur)));
            assert_eq!(cart.budget_state(), state, "{budget}");
        }
    }

    proptest! {
        #[test]
        fn replaying_decisions_in_any_order_gives_the_same_cart(
            takes in proptest::collection::vec((0_u64..6, 0_u32..3, 0_u32..2, -2_i32..3), 0..12),
            turn in 0_usize..12,
        ) {
            // One content for each (interaction, revision), as a ledger keeps it.
            let mut said = BTreeMap::new();
            for (id, revision, product, quantity) in takes {
                let moves: &[_] = if quantity == 0 { &[] } else { &[(ProductIx(product), quantity)] };
                let at = i64::try_from(id).unwrap() * 20;
                said.entry((id, revision)).or_insert_with(|| decision(id, revision, at, moves));
            }
            let decisions: Vec<Decision> = said.into_values().collect();
            let fold = |list: &[Decision]| {
                let mut cart = cart();
                for d in list {
                    cart.apply(d, &prices()).unwrap();
                }
                (cart.lines().to_vec(), cart.taxed().clone())
            };
            let once = fold(&decisions);
            let mut turned = decisions.clone();
            turned.rotate_left(turn.min(decisions.len()));
            turned.extend_from_slice(&decisions);
            prop_assert_eq!(fold(&turned), once);
        }
    }
}
