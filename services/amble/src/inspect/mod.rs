//! The commands that look into a shop that runs: clients of its inspect service, which need nothing
//! else of it.

mod actors;
mod client;
mod message;
mod nodes;
mod shards;
mod top;
mod words;

pub use actors::actors;
pub use nodes::nodes;
pub use shards::shards;
pub use top::top;
