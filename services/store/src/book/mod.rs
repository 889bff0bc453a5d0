//! The bookkeeper: one per store. It takes the interactions of the whole shop in one order, decides
//! them jointly, revises, and settles.
//!
//! It is a fold over what the zones and buckets recorded. Round k is taken when every zone's and
//! every bucket's report of it is there: first what happened to the parties, then the interactions
//! in order of (closing time, shelf, sequence), then the settlements that have become due. So a
//! bookkeeper that starts anew, from its last cut and the ledger, comes to the same decisions.

mod actor;
mod describe;
mod guests;
mod outages;
mod parties;
mod recover;
mod round;
mod settle;
mod shelves;

pub use actor::{Arguments, Bookkeeper, Past, StoredReceipt};
pub use recover::BookCut;
pub(crate) use shelves::NOTE;
pub use shelves::ShelfQuery;
