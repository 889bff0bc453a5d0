//! Between nodes: one long-lived stream for each ordered pair.
//!
//! Each node calls each of its peers and sends its messages on that stream; acks, answers and
//! corrections come back on it. Both directions are one end of a *session* each, and keep to this:
//!
//! 1. Items of one end arrive in the order in which they were sent, so the messages of one sender to
//!    one key do.
//! 2. Within a session none is lost and none is taken twice, however often the stream breaks: what
//!    was not acked is kept and sent again, and what comes again is passed over.
//! 3. Nobody who sends ever waits. What is kept is bounded: a peer that is so far behind is broken;
//!    then everything is given up at once, counted, and a new session begins.
//! 4. What was meant for one run of a process never reaches another.
//! 5. A question to a peer that is gone fails at once.
//! 6. While the stream is idle, an item goes out at once; while it is busy, what waits goes together.

mod address;
mod end;
mod inbox;
mod item;
mod link;
mod nodes;
mod outbox;
mod peers;
mod pump;
mod service;
mod settings;

pub(crate) use nodes::Nodes;
pub use peers::Peers;
pub use settings::server;

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks; a holder that panicked left nothing half done here.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
