//! What is wrong at a place, and how probable that is.

use serde::{Deserialize, Serialize};

use super::{Stands, plan::Plan};
use crate::{
    attribution::StackKey,
    layout::{ProductIx, ShelfIx},
    time::Time,
};

/// A mismatch begins at this probability. Lower: operators hear sooner, and more often for nothing.
pub const BEGINS: f64 = 0.9;
/// It ends at this probability. Higher: it is told to be over sooner, and may come back.
pub const ENDS: f64 = 0.5;
/// Chance that nothing is left where, by count, nothing is: counts miss a unit now and then.
const COUNTED: f64 = 0.95;
/// The same where more left than were counted: somebody filled it up and was not noticed, or the count was
/// wrong. It can be said neither that it is empty nor that it is not.
const OVERDRAWN: f64 = 0.5;

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Kind {
    /// Goods stand where the plan does not want them.
    WrongPlace,
    /// Nothing is left at a place of the plan.
    Empty,
    /// Another product stands at a place of the plan.
    WrongProduct,
}

/// Where something else stands than the plan says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Mismatch {
    /// What is wrong.
    pub kind: Kind,
    /// The shelf.
    pub shelf: ShelfIx,
    /// The place: the plan's, or where the goods stand that are in a wrong place.
    pub place: StackKey,
    /// What stands there and should not; of an empty place, what should.
    pub product: ProductIx,
    /// How probable it is, 0 to 1.
    pub probability: f64,
    /// Event time at which it began.
    pub since: Time,
}

/// Something that an operator is to hear.
#[derive(Clone, Debug, PartialEq)]
pub enum News {
    /// A mismatch began.
    Began(Mismatch),
    /// A mismatch is over.
    Ended(Mismatch),
}

/// Names a mismatch: at one place each kind is there once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(super) struct Wrong {
    pub(super) shelf: ShelfIx,
    pub(super) place: StackKey,
    pub(super) kind: Kind,
}

impl Wrong {
    pub(super) const fn product(&self) -> ProductIx {
        self.place.product
    }
}

/// How probable each mismatch is at a place, with the product that it is about.
pub(super) fn chances(
    plan: &Plan,
    shelf: ShelfIx,
    stands: &Stands,
) -> Vec<(Wrong, (ProductIx, f64))> {
    let place = &stands.place;
    let own = place.key.product;
    let wrong = |kind| Wrong {
        shelf,
        place: place.key,
        kind,
    };
    if !place.planned {
        let some = place.chance(|count| count > 0);
        return vec![(wrong(Kind::WrongPlace), (own, some))];
    }
    // A place that the plan opens with nothing is as the plan says.
    let planned = plan.place(shelf, place.key);
    let stocked = planned.is_some_and(|p| p.units > 0);
    let none =
        place.chance(|count| count == 0) * COUNTED + place.chance(|count| count < 0) * OVERDRAWN;
    let mut chances = Vec::new();
    if stocked {
        chances.push((wrong(Kind::Empty), (own, none)));
    }
    if let Some(&(product, _)) = stands.others.first() {
        let chance = (wrong(Kind::WrongProduct), (product, 1.0 - stands.own));
        chances.push(chance);
    }
    chances
}
