//! Whom a process trusts (rule S1): its certificates, who is at the other end, what operators may do,
//! and what becomes of all others.
//!
//! - [`Keeper`]: the process's certificate, its key and the authority, read from a folder and read again
//!   when they change.
//! - [`accept`]: a port's connections, with TLS or without, each with its [`Caller`].
//! - [`Names`]: what a certificate says that its holder is.
//! - [`call`]: the way to a peer that must show a name.
//! - [`client`]: the way to a server that is known by its host's name.
//! - [`token`]: what operators show.
//! - [`refused`]: the one place where refusals are counted and logged.
//!
//! The room knows nobody, and knows of shops only that there are names and roles.

pub mod accept;
pub mod call;
pub mod client;
mod keeper;
mod lengths;
mod names;
mod pair;
mod rate;
mod refusal;
mod telemetry;
pub mod token;

pub use accept::Caller;
pub use keeper::Keeper;
pub use names::{Names, device, node};
pub use pair::{Pair, PairError};
pub use rate::TokenBucket;
pub use refusal::refused;
pub use telemetry::{describe_metrics, unprotected};
