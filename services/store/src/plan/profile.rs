//! Four made-up shops of known size, for demonstrations, tests and benchmarks.
//!
//! What holds for each of them, whatever the seed:
//! 1. Floor, cameras, plates and products are exactly those of its [`Profile`].
//! 2. [`super::check`] finds no error in it, and warns of nothing.
//! 3. Every gondola stands in one zone, and every aisle is at least 1.2 m wide.
//! 4. At least four cameras see each point of the floor, and each camera next to a border between
//!    zones sees at least a metre across it.
//! 5. Four products in five have another within 5 g, as in real shops (66 of 83 in the one that
//!    was measured), so that weight alone can't tell them apart.
//! 6. Who stands before a gate is seen.
//! 7. The same seed gives the same shop.

mod floor;
mod range;
mod sizes;
mod stock;
mod words;

use amble_proto::plan::{FORMAT, Sensors, StorePlan, Tax};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

pub(super) use floor::{PLATE, metres, rectangle, shelf, sight, view};
pub use sizes::{PROFILES, Profile};

/// The id of the full tax rate of the made-up shops.
pub(super) const FULL_TAX: &str = "full";
/// The id of the reduced tax rate of the made-up shops, for food.
pub(super) const FOOD_TAX: &str = "food";

/// The made-up shop called `name`, or nothing when there is none. The seed decides what its
/// products are called, weigh and cost, and where they stand; the furniture is always the same.
#[must_use]
pub fn profile(name: &str, seed: u64) -> Option<StorePlan> {
    let profile = PROFILES.iter().find(|p| p.name == name)?;
    let mut chance = ChaCha8Rng::seed_from_u64(seed);
    let gondolas = floor::gondolas(profile);
    let products = range::products(profile.products, &mut chance);
    let planogram = stock::planogram(&gondolas, &products, &mut chance);
    Some(StorePlan {
        format: FORMAT.to_owned(),
        store: profile.name.to_owned(),
        name: profile.title.to_owned(),
        currency: "EUR".to_owned(),
        prices_include_tax: true,
        taxes: taxes(),
        floor: floor::rectangle([0.0, 0.0], profile.floor),
        zones: floor::zones(profile),
        gates: floor::gates(profile),
        cameras: floor::cameras(profile),
        gondolas,
        products,
        planogram,
        sensors: Sensors::default(),
    })
}

/// The two tax rates of the made-up shops.
pub(super) fn taxes() -> Vec<Tax> {
    [(FULL_TAX, 1900), (FOOD_TAX, 700)]
        .map(|(id, rate_basis_points)| Tax {
            id: id.to_owned(),
            rate_basis_points,
        })
        .to_vec()
}
