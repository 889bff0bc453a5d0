//! The settled cart as plain data, with names instead of indices.

use serde::{Deserialize, Serialize};

use super::Cart;
use crate::{
    layout::ProductIx,
    price::{Money, TaxLine},
    time::Time,
};

/// What the caller knows of a receipt and the cart does not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceiptHead {
    /// Its id; also the idempotency key of the charge.
    pub receipt_id: String,
    /// The visit.
    pub visit_id: String,
    /// The store.
    pub store_id: String,
    /// When the party entered.
    pub entered: Time,
    /// When the last of it left.
    pub left: Time,
    /// When it was settled.
    pub settled: Time,
    /// How many interactions were decided by expected cost because they were still open.
    pub undecided: u32,
}

/// What a product is called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductName {
    /// Its code in the store plan.
    pub code: String,
    /// Its name.
    pub name: String,
}

/// One line of a receipt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReceiptLine {
    /// What.
    pub product: ProductName,
    /// How many.
    pub quantity: u32,
    /// Price of one when it was taken.
    pub unit_price: Money,
    /// `quantity × unit_price`.
    pub amount: Money,
    /// How sure the shop is, 0 to 1.
    pub probability: f64,
}

/// The settled cart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Receipt {
    /// Ids and times.
    pub head: ReceiptHead,
    /// What was bought, in order of the first take.
    pub lines: Vec<ReceiptLine>,
    /// What is charged.
    pub total: Money,
    /// Tax by rate.
    pub taxes: Vec<TaxLine>,
}

impl Receipt {
    /// The receipt of a cart whose party is settled; `name` gives each product's code and name.
    #[must_use]
    pub fn of(cart: &Cart, head: ReceiptHead, name: impl Fn(ProductIx) -> ProductName) -> Self {
        let lines = cart.lines().iter().map(|line| ReceiptLine {
            product: name(line.product),
            quantity: line.quantity,
            unit_price: line.unit_price,
            amount: line.amount,
            probability: line.probability,
        });
        Self {
            head,
            lines: lines.collect(),
            total: cart.taxed().total,
            taxes: cart.taxed().lines.clone(),
        }
    }
}
