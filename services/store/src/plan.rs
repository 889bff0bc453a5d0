//! The store plan: judged ([`check`]), laid out for the engine ([`shop`]), cut into shards
//! ([`shards`]), written ([`to_text`]) and, for the shops that everybody knows by name, made up
//! ([`known`]).

mod check;
mod fault;
mod gtin;
mod nanostore;
mod polygon;
mod profile;
mod shape;
mod shards;
mod shop;
mod spans;
mod text;
mod turned;

use amble_proto::plan::StorePlan;

pub use check::check;
pub use fault::{Fault, FaultKind, Severity};
pub use nanostore::nanostore;
pub use profile::{PROFILES, Profile, profile};
pub use shards::{BOOKKEEPER, ShardSpec, bucket_key, buckets, shards, zone_key};
pub use shop::{Names, Shop, Unknown, shop};
pub use text::to_text;

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

#[cfg(test)]
mod tests;
