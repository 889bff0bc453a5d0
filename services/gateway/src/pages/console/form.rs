//! What the console is told, as JSON, as `docs/CONSOLE.md` tells it. Money and times are as in the shoppers' API.

mod floor;
mod prices;
mod review;
mod sales;
mod visit;

use amble_proto::v1;
use serde::{Deserialize, Serialize};

pub(super) use self::{
    floor::Floor,
    prices::Prices,
    review::{Answer, Review, Reviews},
    sales::{Mismatches, Sales, Shelves},
    visit::{Receipts, Story, Visits},
};

/// A new price of a product.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewPrice {
    product: String,
    price: super::super::form::Amount,
    /// From when; left out or 0: now.
    #[serde(default)]
    valid_from_us: i64,
}

impl From<NewPrice> for v1::ChangePriceRequest {
    fn from(change: NewPrice) -> Self {
        Self {
            product: change.product,
            price: Some(change.price.into()),
            valid_from_us: change.valid_from_us,
        }
    }
}

/// A price that is noted.
#[derive(Debug, Serialize)]
pub(super) struct Noted {
    pub(super) valid_from_us: i64,
}

/// Where a visit stands, in a word.
const fn state(state: v1::VisitState) -> &'static str {
    match state {
        v1::VisitState::Open | v1::VisitState::Unspecified => "open",
        v1::VisitState::Shopping => "shopping",
        v1::VisitState::Left => "left",
        v1::VisitState::Settled => "settled",
    }
}
