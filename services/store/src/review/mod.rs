//! Reviews: what a person is asked about a visit, and what follows from the answer.
//!
//! 1. A review is opened once: by the bookkeeper with the receipt, where a mistake would cost more than
//!    asking (`doubt`), or by a shopper who says that a line is not theirs (`dispute`). Its id says which.
//! 2. It is durable before anybody is told of it, and so is its answer.
//! 3. It is answered once, when the receipt is there. The same answer of the same person again is no other
//!    answer; another one is refused, and the first stands.
//! 4. An answer says how many of each product it names the party left with; the other lines were right. If
//!    that is not what was charged, what checkout makes of the difference is in the same append.
//! 5. Opening and answering have an event time (T3). Neither changes a receipt: a replay, which nobody
//!    reviews, gives the same receipts.
//! 6. All this is one desk's work, one thing after the other, at the bookkeeper's shard and in its epoch
//!    (L3). The ledger is its memory: a desk that begins anew has lost nothing.

mod body;
mod desk;
mod doubt;
mod evidence;
mod front;
mod totals;

pub use body::{Possible, ReviewBody, Units, VerdictBody};
pub use evidence::{Evidence, Explained};
pub use front::{Answer, Dispute, ReviewError, Reviewed, Verdict};
pub use totals::totals;

pub use crate::names::{DISPUTE, DOUBT};
pub(crate) use desk::{Desk, Job};
pub(crate) use doubt::entries;
