//! To every node of a shop: what concerns whatever lives there.

use amble_cluster::Key;
use amble_engine::{
    layout::ProductIx,
    time::{Round, Time},
};
use serde::{Deserialize, Serialize};

/// To a node.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum ToNode {
    /// A shard, or one device's actor, has begun anew: the streams that carry its devices are to say
    /// so to it.
    Begun(Key),
    /// A shard's cut of this round is durable.
    Stands(String, Round),
    /// All is decided up to the end of this round.
    Decided(Round),
    /// A product has another price from an event time on, in minor units.
    Price(ProductIx, i64, Time),
    /// A review of this visit was opened or answered.
    Reviewed(String),
}
