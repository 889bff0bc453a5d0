//! Whatever names a zone or a tax rate names one that the plan has. (The planogram's names are
//! judged with the planogram.)

use std::collections::BTreeSet;

use amble_proto::plan::StorePlan;

use crate::plan::fault::{FaultKind, Faults, Place};

pub(super) fn judge(plan: &StorePlan, faults: &mut Faults) {
    let root = Place::Plan;
    let zones = Names::new("zone", plan.zones.iter().map(|z| &*z.id));
    for (index, gate) in plan.gates.iter().enumerate() {
        zones.look_up(
            &gate.zone,
            root.field("gates").item(index).field("zone"),
            faults,
        );
    }
    for (index, camera) in plan.cameras.iter().enumerate() {
        zones.look_up(
            &camera.zone,
            root.field("cameras").item(index).field("zone"),
            faults,
        );
    }
    for (index, gondola) in plan.gondolas.iter().enumerate() {
        zones.look_up(
            &gondola.zone,
            root.field("gondolas").item(index).field("zone"),
            faults,
        );
    }
    let taxes = Names::new("tax rate", plan.taxes.iter().map(|t| &*t.id));
    for (index, product) in plan.products.iter().enumerate() {
        taxes.look_up(
            &product.tax,
            root.field("products").item(index).field("tax"),
            faults,
        );
    }
}

/// The names of one kind of thing.
pub(super) struct Names<'a> {
    what: &'static str,
    known: BTreeSet<&'a str>,
}

impl<'a> Names<'a> {
    pub(super) fn new(what: &'static str, known: impl Iterator<Item = &'a str>) -> Self {
        Self {
            what,
            known: known.collect(),
        }
    }

    /// Whether the name is known; if not, that is a fault.
    pub(super) fn look_up(&self, name: &str, place: Place<'_>, faults: &mut Faults) -> bool {
        let known = self.known.contains(name);
        if !known {
            const SHOWN: usize = 6;
            let mut some: Vec<&str> = self.known.iter().copied().take(SHOWN).collect();
            if self.known.len() > SHOWN {
                some.push("…");
            }
            let remedy = if some.is_empty() {
                "add it, as the plan has none yet".to_owned()
            } else {
                format!("add it, or use one of {}", some.join(", "))
            };
            let problem = format!("there is no {} `{name}`", self.what);
            faults.error(FaultKind::Reference, place, problem, remedy);
        }
        known
    }
}
