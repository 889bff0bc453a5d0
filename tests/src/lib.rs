//! Whole-system tests: the real `amble` process, from outside.
//!
//! What they need is here; each rule they guard is a file in `tests/`. Three things hold for all of
//! them:
//!
//! 1. They use the `amble` beside them, built before, and nothing of its insides.
//! 2. Every process has a deadline, and ends with the test that started it.
//! 3. Whoever waits, waits for a condition.

mod chance;
pub mod chaos;
mod command;
mod documents;
mod edge;
mod fault;
mod guarded;
mod inspector;
mod nodes;
mod process;
mod receipts;
mod shop;

pub use chance::Chance;
pub use command::command;
pub use documents::Documents;
pub use edge::{ENTRY, Edge, SHELF};
pub use fault::{Fault, Outcome};
pub use guarded::Guarded;
pub use inspector::{Events, Inspector, first_key, told};
pub use nodes::Nodes;
pub use process::{Finished, Process, run, until};
pub use receipts::{Receipt, Receipts, visits_in};
pub use shop::{Shop, Start};
