//! Where things live: who owns a key, and how a message gets there.
//!
//! The room knows keys and messages and has never heard of a shop. To the rest there is
//! [`Router::tell`] and [`Router::ask`], local or not (rule C7).
//!
//! - [`Router::alone`]: one process; every key lives in its [`Directory`].
//! - [`Router::in_cluster`]: a node among others. Keys that live elsewhere are reached over its
//!   [`Peers`], by the [`Table`], which says who owns a shard and where nodes are. Messages take the
//!   form of bytes only then ([`Wire`]).
//! - [`Peers::silent`]: whom the majority finds silent (rule C3). Streams that break, processes that
//!   are refused, and heartbeats that stay away tell.

pub mod beat;
pub mod coordinator;
mod detector;
mod directory;
pub mod etcd;
mod key;
mod node;
pub mod ownership;
pub mod placement;
mod router;
mod table;
mod telemetry;
mod transport;
mod wire;

pub use directory::{Directory, Mailbox};
pub use key::{Epoch, Key};
pub use node::{NodeId, Owner, ShardSpec};
pub use router::{AskError, Router, TellError};
pub use table::Table;
pub use telemetry::{describe_metrics, losses};
pub use transport::{Peers, server};
pub use wire::{Answer, Back, Wire};
