//! What a party's phone shows.

use std::sync::Arc;

use amble_engine::{
    cart::Cart,
    evidence::PartyId,
    layout::ProductIx,
    price::{Currency, Money},
    time::Time,
};
use serde::{Deserialize, Serialize};

use super::PartyCut;

/// Where a visit stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Stage {
    /// The pass was scanned; nobody is matched to it yet.
    Open,
    /// People are in the shop.
    Shopping,
    /// The party has left; the last changes are being decided.
    Left,
    /// The receipt is there.
    Settled,
}

/// Something that is plainly being lifted near the party, and not decided yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pending {
    /// What it is most likely.
    pub product: ProductIx,
    /// When it was lifted.
    pub since: Time,
}

/// One state of a cart, for whoever watches.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CartView {
    /// The party.
    pub party: PartyId,
    /// The visit; empty for a guest.
    pub visit: String,
    /// How many people the pass was for.
    pub size: u32,
    /// When the pass was scanned.
    pub opened: Time,
    /// Counts the states; it never goes back.
    pub version: u64,
    /// The lines and the total.
    pub cart: Cart,
    /// Where the visit stands.
    pub stage: Stage,
    /// Event time up to which everything is decided.
    pub as_of: Time,
    /// The receipt, as JSON, once settled.
    pub receipt: Option<Arc<str>>,
    /// What may become a line. It is in no total, and in no form: between nodes it goes beside the cart.
    #[serde(skip)]
    pub pending: Vec<Pending>,
}

impl CartView {
    /// The cart of a party that has nothing yet.
    #[must_use]
    pub fn empty(cut: &PartyCut, opened: Time, currency: Currency) -> Self {
        let mut cart = Cart::new(cut.party, currency);
        cart.set_budget(cut.budget.map(|minor| Money::new(minor, currency)));
        Self {
            party: cut.party,
            visit: cut.visit.clone().unwrap_or_default(),
            size: cut.size,
            opened,
            version: 1,
            cart,
            stage: Stage::Open,
            as_of: opened,
            receipt: None,
            pending: Vec::new(),
        }
    }
}
