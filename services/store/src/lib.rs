//! The shop: its plan, cut into zones and shards.

pub mod plan;
