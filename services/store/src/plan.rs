//! The store plan: judged, converted, cut into shards, and made up.

mod gtin;
mod profile;
mod text;

pub use profile::{PROFILES, Profile, profile};
pub use text::to_text;
