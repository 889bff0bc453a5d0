//! The commands that look into a shop that runs: clients of its inspect service and, for reviews and
//! shelves, of its operators' door; they need nothing else of it.

mod actors;
mod client;
mod message;
mod nodes;
mod reviews;
mod shards;
mod shelves;
mod top;
mod words;

pub use actors::actors;
pub use nodes::nodes;
pub use reviews::reviews;
pub use shards::shards;
pub use shelves::shelves;
pub use top::top;
