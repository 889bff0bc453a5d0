//! The targets: where bytes come in, and from whom.

mod devices;
mod files;
mod peers;
mod stored;
mod tokens;

use std::collections::BTreeSet;

use amble_proto::plan::{Placement, StorePlan};

use crate::Target;

/// All of them.
#[must_use]
pub fn all() -> Vec<Target> {
    let mut all = devices::all();
    all.extend(files::all());
    all.extend(peers::all());
    all.extend(stored::all());
    all.extend(tokens::all());
    all
}

/// The shop whose devices and plan are the seeds: one shelf of a kiosk, and what it needs. What is small is
/// tried often.
fn small() -> StorePlan {
    let mut plan = amble_store::plan::profile("kiosk", 1).expect("a known shop");
    plan.gondolas.truncate(1);
    plan.gondolas[0].shelves.truncate(1);
    plan.cameras.truncate(1);
    let (gondola, shelf) = (&plan.gondolas[0].id, &plan.gondolas[0].shelves[0].id);
    let stands = |placement: &Placement| placement.gondola == *gondola && placement.shelf == *shelf;
    plan.planogram.retain(stands);
    let placed: BTreeSet<&str> = plan.planogram.iter().map(|p| p.product.as_str()).collect();
    plan.products
        .retain(|product| placed.contains(product.code.as_str()));
    plan
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Fate, corpus};

    /// Targets whose good inputs lie in the corpus: nothing here can write them.
    const KEPT: [&str; 2] = ["decision", "interaction"];

    /// Else nothing but their error paths would be tried.
    #[test]
    fn seeds_are_taken_as_they_are() {
        for target in all() {
            let mut seeds = target.seeds;
            if KEPT.contains(&target.name) {
                let kept = corpus::all(target.name).unwrap();
                seeds.extend(kept.into_iter().map(|(_, input)| input));
            }
            assert!(!seeds.is_empty(), "{} has no seeds", target.name);
            for (at, seed) in seeds.iter().enumerate() {
                let fate = (target.feed)(seed);
                assert_eq!(fate, Ok(Fate::Taken), "{}, seed {at}", target.name);
            }
        }
    }
}
