//! The zone: the hub through which a patch of floor and the shoppers hear of one another.
//!
//! Round k of a zone has four steps, each taken when all that it needs is there:
//!
//! 1. *Look*: the buckets' round k − 3 is there: the cameras are told what to expect.
//! 2. *Border*: all devices have told all of round k: what the cameras saw unclaimed on a
//!    neighbour's floor goes to that neighbour.
//! 3. *Close*: the neighbours' round k is there: births and claims are decided, and the buckets get
//!    the round, with the questions of the weight changes that closed in it.
//! 4. *Record*: the buckets' round k is there, with the answers: interactions are written to the
//!    ledger, then reported to the bookkeeper, and the shelves' acks move.
//!
//! The steps of neighbouring rounds overlap; each step takes its rounds in order.

mod actor;
mod close;
mod contact;
mod describe;
mod lifted;
mod look;
mod people;
mod record;
mod silent;

pub use actor::{Arguments, Zone};
pub use people::ZoneCut;
