//! The bucket: a share of the visits and guests, with their shoppers.
//!
//! Round k of a bucket begins when every zone's round k and every bucket's transfers of round k − 1
//! are there; the shoppers get what concerns them. It ends when all of them have answered; the
//! zones, the buckets and the bookkeeper are told, and what must survive goes to the ledger.

mod actor;
mod cut;
mod describe;
mod dispatch;
mod finish;
mod parties;

pub use actor::{Arguments, Bucket};
pub use cut::BucketCut;
