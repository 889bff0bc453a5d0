//! Fuzzing of everything that parses what comes from outside, and of what is fed with it at once.
//!
//! 1. An input is one of a target's seeds, changed in up to eight places ([`Change`]). A stream of inputs is
//!    named by its seed: the same seed gives the same inputs.
//! 2. A target fails when it panics, takes longer than [`LONGEST`] or more memory than [`MOST`] for an input,
//!    or says that one of its own rules is broken.
//! 3. Seeds are taken for good as they are: else only a target's refusals would be tried.
//! 4. What fails is made as small as it gets, and kept in `corpus/TARGET`. All that lies there is tried first
//!    in every run, as it is, and is a seed of others.
//!
//! ```text
//! cargo run --release -p amble-fuzz -- --inputs 10000000
//! cargo run --release -p amble-fuzz -- --only plan --seconds 600 --seed 7
//! ```

/// Who measures what an input takes.
#[global_allocator]
static MEMORY: peak_alloc::PeakAlloc = peak_alloc::PeakAlloc;

mod change;
mod corpus;
mod run;
mod target;
pub mod targets;

pub use change::Change;
pub use run::{LONGEST, Limit, MOST, Outcome, all, run};
pub use target::{Fate, Target};
