//! The one place where everything is put together.
//!
//! - [`shop`]: a store, a ledger and checkout become a shop that runs.
//! - [`console`]: what the shop's console asks for.
//! - [`doors`]: what the gateway asks for, answered by the shop.
//! - [`inspect`]: what those who keep the shop running ask for, answered by all its nodes.
//! - [`present`]: the engine's carts and receipts in the protocol's words.
//! - [`reviews`]: reviews and disputes in the protocol's words; [`amend`] makes corrections of answers.
//! - `payment`: how authorisations stand, and what the payment service tells.
//! - [`play`]: a recording instead of devices.
//! - [`recorder`]: the shop's inputs into a file.
//! - [`there`]: what has to be there before a shop can open.
//! - [`upkeep`]: what is old goes.

mod amend;
pub mod console;
pub mod doors;
pub mod inspect;
mod payment;
pub mod phones;
pub mod play;
mod player;
pub mod present;
pub mod recorder;
pub mod reviews;
pub mod settle;
mod shelves;
pub mod shop;
pub mod there;
pub mod upkeep;
pub mod usage;
