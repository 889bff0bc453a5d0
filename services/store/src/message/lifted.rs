//! What is plainly gone from a shelf, before that is at rest: for phones, and for nobody who decides.

use amble_engine::{
    layout::{ProductIx, ShelfIx},
    time::Time,
};
use serde::{Deserialize, Serialize};

/// What a shelf shows of goods that are being lifted. It is neither stored nor recorded, and comes to no decision: it
/// may be told late, twice or never.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lifted {
    /// The shelf.
    pub shelf: ShelfIx,
    /// What it is most likely. `None`: whatever was lifted there is at rest again, there or elsewhere.
    pub product: Option<ProductIx>,
    /// When: capture time of the sample that showed it.
    pub at: Time,
}
