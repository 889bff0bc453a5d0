//! Faults, and what is left of the shop during them.

mod books;
mod delay;
mod happening;
mod monitor;
mod moves;
mod net;
mod outages;
mod soak;
mod spread;
mod undisturbed;
mod world;

pub use books::{Books, lost_frames};
pub use happening::Happening;
pub use monitor::{Monitor, wall_us};
pub use moves::Moves;
pub use outages::{Gap, Outages, Sample, Table};
pub use soak::{Wanted, soak};
pub use spread::{Found, Wanted as Spread, spread};
pub use undisturbed::{Day, WrongLine};
pub use world::{Mend, World};
