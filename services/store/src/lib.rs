//! The actors of a shop, and the plan that they work by.
//!
//! Data flows one way round: devices → [`zone`] → [`bucket`] and its [`shopper`]s → [`book`], and the
//! buckets' predictions back to the zones, three rounds later. What passes between them is in
//! [`message`], what keeps them in step in [`round`]. The deciding itself is `amble-engine`'s: here it
//! is carried, ordered, written down and recovered.
//!
//! To read first: [`message`], [`round`], [`zone`], [`book`], then [`manager`], which starts it all.

mod book;
mod bucket;
mod codec;
mod decided;
mod device;
mod durable;
mod following;
mod front;
mod give_way;
pub mod grab;
mod hooks;
mod inspect;
mod keys;
mod load;
mod manager;
mod message;
mod names;
mod nearer;
mod network;
mod options;
pub mod pass;
pub mod plan;
mod recover;
mod replies;
pub mod review;
mod round;
mod said;
mod settings;
mod shop;
mod shopper;
mod staff;
mod stats;
mod story;
mod telemetry;
mod tracked;
mod writer;
mod zone;

pub use book::ShelfQuery;
pub use decided::{decision, interaction, visit_event};
pub use device::{DeviceId, Link, Reply};
pub use front::{Device, OpenVisitError};
pub use hooks::Hooks;
pub use inspect::{
    ActorFilter, Declared, EventLog, NodeLook, ShardLook, ShardSaid, Usage, duration, stamp,
};
pub use keys::{guest_party, is_guest, visit_party};
pub use manager::{Running, open};
pub use message::{Input, Standing, VisitEvent};
pub use names::receipt_id;
pub use network::{AsNode, Network, Streams, shard_specs};
pub use options::{Amendment, Charged, Correct, Documents, OpenError, Options, Plan, Read, Settle};
pub use said::is_said;
pub use settings::Settings;
pub use shop::{Shop, StoreEvent};
pub use shopper::{CartView, Pending, Stage};
pub use stats::{Percentiles, Stats};
pub use story::{Step, Story};
pub use telemetry::describe;
pub use tracked::Tracked;
