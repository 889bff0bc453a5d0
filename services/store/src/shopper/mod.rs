//! The shopper: one visit, or one guest that no visit has claimed.
//!
//! It fuses what every camera says of its tracks, foretells where they will be, bears witness to
//! weight changes near them, and shows the party its cart.

mod actor;
mod cart;
mod cut;
mod describe;
mod held;
mod party;
mod pending;

pub use actor::{Arguments, Shopper};
pub use cart::{CartView, Pending, Stage};
pub use cut::PartyCut;
pub(crate) use describe::state;
