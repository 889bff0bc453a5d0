//! What the items seen in a suspect's hands say.
//!
//! Frames of one grab see the same item from the same side, so their errors go together: all
//! sightings of one party around one change count as a single one, their mean. Those from the moment
//! on at which the plate began to move speak of takes, those until it came to rest of returns.

use crate::{
    evidence::{Sighting, TrackEvidence},
    layout::ProductIx,
    time::Time,
};

use super::{Part, Settings};

/// The sightings of one suspect around one change.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sight {
    /// From the first unrest on: mean probability by product, ascending; empty when nothing was seen.
    pub after: Vec<(ProductIx, f64)>,
    /// Until the last rest.
    pub before: Vec<(ProductIx, f64)>,
}

impl Sight {
    /// Pools the sightings of a party's tracks around a change from `start` to `end`.
    pub(super) fn of(tracks: &[&TrackEvidence], start: Time, end: Time) -> Self {
        let all = || tracks.iter().flat_map(|t| &t.sightings);
        Self {
            after: mean(all().filter(|s| s.time >= start)),
            before: mean(all().filter(|s| s.time <= end)),
        }
    }

    /// Log-likelihood ratio of having moved these products (positive quantities were taken, negative
    /// ones put back) against having moved none; `held` is what the suspect held before, and `kinds`
    /// how many products could be confused.
    pub(super) fn ratio(
        &self,
        moved: impl Iterator<Item = (ProductIx, i32)> + Clone,
        held: &[(ProductIx, i32)],
        kinds: usize,
        settings: &Settings,
    ) -> f64 {
        if !settings.uses(Part::Sightings) {
            return 0.0;
        }
        let taken = moved.clone().filter(|m| m.1 > 0).map(|m| m.0);
        let returned = moved.filter(|m| m.1 < 0).map(|m| m.0);
        let mut ratio = 0.0;
        if taken.clone().next().is_some() {
            ratio += if self.after.is_empty() {
                ((1.0 - settings.sighting) / (1.0 - settings.idle_sighting)).ln()
            } else {
                let idle = idle(&self.after, held, kinds, settings);
                let taking = listed(&self.after, taken, settings) * settings.sighting;
                (taking / (settings.idle_sighting * idle)).ln()
            };
        }
        // How often an item is seen before it is put back was never measured: only which one counts.
        if !self.before.is_empty() && returned.clone().next().is_some() {
            let idle = idle(&self.before, held, kinds, settings);
            ratio += (listed(&self.before, returned, settings) / idle).ln();
        }
        ratio
    }
}

/// Mean candidate probabilities of some sightings, ascending by product.
fn mean<'a>(sightings: impl Iterator<Item = &'a Sighting>) -> Vec<(ProductIx, f64)> {
    let mut pooled: Vec<(ProductIx, f64)> = Vec::new();
    let mut count = 0.0;
    for sighting in sightings {
        count += 1.0;
        for &(product, probability) in &sighting.candidates {
            match pooled.binary_search_by_key(&product, |c| c.0) {
                Ok(at) => pooled[at].1 += probability,
                Err(at) => pooled.insert(at, (product, probability)),
            }
        }
    }
    for candidate in &mut pooled {
        candidate.1 /= count;
    }
    pooled
}

fn probability(pool: &[(ProductIx, f64)], product: ProductIx, settings: &Settings) -> f64 {
    pool.binary_search_by_key(&product, |c| c.0)
        .map_or(0.0, |at| pool[at].1)
        .max(settings.sighting_leak)
}

/// Mean over several products: any of them may be the one that was seen.
fn listed(
    pool: &[(ProductIx, f64)],
    products: impl Iterator<Item = ProductIx>,
    settings: &Settings,
) -> f64 {
    let (sum, count) = products.fold((0.0, 0.0), |(sum, count), product| {
        (sum + probability(pool, product, settings), count + 1.0)
    });
    sum / count
}

/// The same sighting of somebody who moved nothing: an item that it held already, or an error.
fn idle(
    pool: &[(ProductIx, f64)],
    held: &[(ProductIx, i32)],
    kinds: usize,
    settings: &Settings,
) -> f64 {
    let error = 1.0 / kinds.max(5) as f64;
    let carried = held.iter().filter(|h| h.1 > 0);
    carried
        .map(|h| 0.5 * probability(pool, h.0, settings))
        .fold(error, f64::max)
}
