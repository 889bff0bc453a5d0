//! The pure part of Amble: from numbers to who took what.
//!
//! No I/O, no clock, no threads, no chance, no hash order: the same input gives the same output, on
//! any machine, at any speed. Each room states the properties it keeps, then keeps them:
//!
//! - [`time`]: event time and its rounds.
//! - [`geometry`]: points, lines and polygons in metres.
//! - [`layout`]: the shop as the engine sees it, with dense indices instead of names.
//! - [`tracking`]: detections → tracks.
//! - [`weighing`]: plate samples → settled weight changes.
//! - [`evidence`]: what passes between the rooms.
//! - [`attribution`]: weight changes and evidence → who took what, and how sure that is.
//! - [`planogram`]: what became certain → what stands where, and where that is not what the plan says.
//! - [`cart`] and [`price`]: attributions → lines and money.

pub mod attribution;
pub mod cart;
pub mod evidence;
pub mod geometry;
pub mod layout;
pub mod planogram;
pub mod price;
pub mod time;
pub mod tracking;
pub mod weighing;
