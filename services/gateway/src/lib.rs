//! The shop's doors: gRPC for devices, shoppers, operators and those who keep it running; reflection,
//! health and metrics; shoppers' web pages.
//!
//! The gateway knows the protocol and nothing of how a shop works: it checks what comes in, and
//! hands it to the shop through the traits in [`ports`], which the binary fills. To be read first:
//! [`ports`], [`limits`], and the rules on top of `device/door.rs`.

mod admission;
mod calls;
mod console;
mod device;
mod errors;
mod inspect;
pub mod limits;
pub mod metrics;
mod operator;
mod pages;
pub mod ports;
mod replies;
mod server;
mod shopper;
mod stop;
mod web;

pub use admission::Admission;
pub use device::{Admitted, RecordedDoor};
pub use limits::Limits;
pub use replies::{DeviceReplies, DeviceReply};
pub use server::{Builder, Gateway, GatewayError, Pages, Ports};
