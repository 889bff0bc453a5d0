//! Which node holds which shard: a pure function (rule C2).
//!
//! 1. Every shard is at a node that is not draining. Where all nodes drain, it stays or goes to one of
//!    them; without nodes it is nowhere.
//! 2. Afterwards the load of each node is within 15 % of the mean, or within the largest shard of it
//!    where shards are coarse.
//! 3. A node that joins gets its share, and nothing moves but to it ([`welcome`]). A node that leaves
//!    moves nothing but its own shards, where shards are small beside a node's share.
//! 4. Planned again, nothing moves; nor when loads are a little other than they were. That holds for a
//!    plan that was carried out whole: planned again half-way, it may want something else, and again.
//! 5. Shards that belong together tend to sit together, as far as balance allows. Nothing moves for
//!    that alone.
//! 6. The order in which shards and nodes are named changes nothing.

mod board;

use std::collections::BTreeMap;

use crate::NodeId;
use board::Board;

/// A shard to be placed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shard {
    /// Its name.
    pub key: String,
    /// How much work it is; only the ratios matter.
    pub load: u64,
    /// Shards that it should be near; said of one of them, it holds for both.
    pub near: Vec<String>,
    /// The node where it is. One that is not among the nodes counts as none.
    pub at: Option<NodeId>,
}

/// A node that can hold shards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seat {
    /// Its id.
    pub node: NodeId,
    /// It shall lose its shards.
    pub draining: bool,
}

/// Shard → node.
pub type Plan = BTreeMap<String, NodeId>;

/// How far a node's load may be from the mean before shards move, in percent.
const TOLERATED: u128 = 15;

/// Where every shard should be.
#[must_use]
pub fn plan(shards: &[Shard], seats: &[Seat]) -> Plan {
    let mut board = Board::new(shards, seats);
    board.house();
    board.balance(TOLERATED);
    board.plan()
}

/// Where every shard should be when nodes have come that hold nothing: they are given their share, and
/// nothing moves but to them, however uneven the others are.
#[must_use]
pub fn welcome(shards: &[Shard], seats: &[Seat]) -> Plan {
    let mut board = Board::new(shards, seats);
    let newcomers = board.empty();
    board.house();
    board.fill(&newcomers, TOLERATED);
    board.plan()
}

/// Where every shard should be when only those move that have no node, or a draining one.
#[must_use]
pub fn house(shards: &[Shard], seats: &[Seat]) -> Plan {
    let mut board = Board::new(shards, seats);
    board.house();
    board.plan()
}

/// Whether a node's load is further from the mean than this.
#[must_use]
pub fn uneven(shards: &[Shard], seats: &[Seat], percent: u32) -> bool {
    Board::new(shards, seats).uneven(u128::from(percent))
}
