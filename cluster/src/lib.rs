//! Where things live: who owns a key, and how a message gets there.
//!
//! The room knows keys and messages and has never heard of a shop. To the rest there is
//! [`Router::tell`] and [`Router::ask`], local or not (rule C7). Here is the part that runs in one
//! process; membership, placement and the peer transport plug in behind the same two calls.

pub mod beat;
pub mod coordinator;
mod directory;
pub mod etcd;
mod key;
mod node;
pub mod ownership;
pub mod placement;
mod router;
mod table;
mod wire;

pub use directory::{Directory, Mailbox};
pub use key::{Epoch, Key};
pub use node::{NodeId, Owner, ShardSpec};
pub use router::{AskError, Router, TellError};
pub use table::Table;
pub use wire::{Answer, Back, Wire};
