//! A shop full of simulated people and sensors, which speaks the public device protocol.
//!
//! Two layers. [`Day`] is pure and seeded: people walk, reach and err; sensors report it with the
//! errors that were measured in real shops; [`Day::next_round`] gives the frames and [`Day::truth`]
//! what really happened. [`record()`] writes a day to a file, and the drivers play it against a shop
//! over gRPC. The crate knows nothing of the shop's own code but the contract (`amble-proto`), so
//! that it can't share a mistake with what it tests.

mod chance;
mod config;
mod day;
mod drive;
mod error;
mod floor;
mod floor_paths;
mod geometry;
mod passes;
mod person;
mod record;
mod scenario;
mod script;
mod sensing;
mod shop;
mod steering;
mod stock;
mod truth;
mod world;

#[cfg(test)]
mod tests;

pub use config::{Arrivals, Basket, DayConfig, Mishaps, PlateFault, PlateMode, PlateTrouble};
pub use day::{Day, DeviceRound, RoundOutput};
pub use drive::{
    Drive, DriveConfig, DriveStats, Outage, Pace, Played, TimedAction, drive, wall_us,
};
pub use error::SimulatorError;
pub use floor_paths::{Fit, FloorPaths};
pub use passes::{PassSigner, ScannedPass};
pub use record::record;
pub use scenario::{Scenario, Staged};
pub use script::Script;
pub use truth::{Action, ActionKind, Item, Mishap, PathPoint, Truth, TruthLine, Visit};
