//! The actors at the shop's edge: cameras, shelves and gates.
//!
//! A device's watermark is a function of the order of its own messages: its frames, what they
//! complete, and pass-overs. So whoever plays the same messages again finds every frame in the same
//! round. What comes after its round was reported is late: a camera drops it (L6), a shelf or a gate
//! takes it in its first open round (L1).

mod camera;
mod convert;
mod desk;
mod fitness;
mod gate;
mod lately;
mod lifted;
mod link;
mod muster;
mod poison;
mod shelf;

pub use camera::Camera;
pub use desk::{Desk, Task};
pub use gate::{Gate, Scans};
pub use lately::{Lately, Stored as StoredMatches};
pub use link::{Link, Reply};
pub use muster::{DeviceId, Muster};
pub use poison::DEADLY;
pub use shelf::Shelf;
