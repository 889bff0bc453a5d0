//! Tracks against the truth, by the measures that the field uses.
//!
//! It knows points, ids and frames, and has never heard of a shop. A [`Sequence`] is who was where in
//! each frame; [`mot`] reads and writes it in the form of the MOT Challenge; [`Tally::of`] compares two
//! of them, and [`Tally::figures`] says what comes of it:
//!
//! - [`clear`]: CLEAR-MOT, what goes wrong frame by frame (MOTA, MOTP, identity switches);
//! - [`identity`]: IDF1, for how long the best name for somebody was the right one;
//! - [`hota`]: HOTA, finding and naming in equal parts, over all strictnesses.
//!
//! Two points may be one person when they are at most `within_m` apart; HOTA, which wants a
//! similarity instead of a bound, gets one that is a half at that distance ([`hota::similarity`]).

pub mod clear;
mod figures;
pub mod hota;
pub mod identity;
pub mod mot;
mod pairing;
mod sequence;
mod tally;

pub use figures::Figures;
pub use sequence::{Place, Sequence};
pub use tally::Tally;
