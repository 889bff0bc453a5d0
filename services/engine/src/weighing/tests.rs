//! The properties of [`super`], each tried on simulated shelves.

mod properties;
mod shelf;
mod stories;
