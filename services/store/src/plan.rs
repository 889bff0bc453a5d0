//! The store plan: judged, converted, cut into shards, and made up.

mod gtin;
mod nanostore;
mod profile;
mod text;

pub use nanostore::nanostore;
pub use profile::{PROFILES, Profile, profile};
pub use text::to_text;

use amble_proto::plan::StorePlan;

/// The shop called `name`: a made-up one of [`PROFILES`], or `nanostore`, which was measured and
/// needs no seed. Nothing when there is none of that name.
#[must_use]
pub fn known(name: &str, seed: u64) -> Option<StorePlan> {
    if name == "nanostore" {
        Some(nanostore())
    } else {
        profile(name, seed)
    }
}
