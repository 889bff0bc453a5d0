//! The same days in a shop with fewer cameras and plates: what hardware buys.
//!
//! 1. What goes is chosen by the plan alone ([`out`]), so it is the same every time; who takes out more takes
//!    out the same, and more. Of the cameras those go first of which others see nearly the same; of the
//!    plates, in the plan's order, those at equal distances.
//! 2. Goods stay where they are. A product's place is served by those of its plates that are left, and stands
//!    on these. When none is left the goods stand there all the same, and nobody weighs them: what is
//!    taken from there is not noticed.
//! 3. With fewer cameras people do just the same as in the full shop. With fewer plates they reach to where
//!    the goods now stand, so that a day by chance goes another way.
//! 4. The shop knows what is left of the plan, and gets nothing that the rest would have sent.

mod curve;
mod out;
mod recorded;
mod text;

use std::collections::{BTreeMap, BTreeSet};

use amble_proto::plan::{Point2, StorePlan};
use serde::Serialize;

pub use curve::{Curve, Step, steps};
pub use recorded::strip;
pub use text::{curve_text, kit_text};

/// So much is to be taken out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Less {
    /// Cameras.
    pub cameras: usize,
    /// Plates.
    pub plates: usize,
}

/// More was to be taken out than there is to leave one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{store} has {there} {what}, and at least one must stay: take out {} at most", there.saturating_sub(1))]
pub struct TooFew {
    store: String,
    there: usize,
    what: &'static str,
}

/// What is left of how much.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Kit {
    /// Cameras that are left.
    pub cameras: usize,
    /// Of so many.
    pub of_cameras: usize,
    /// Plates that are left.
    pub plates: usize,
    /// Of so many.
    pub of_plates: usize,
    /// Places of products that no plate weighs any more.
    pub unweighed: usize,
    /// Of so many.
    pub of_places: usize,
}

/// A shop with less.
#[derive(Clone, Debug)]
pub struct Fewer {
    /// Where everything stands, all hardware included: for the simulator.
    pub world: StorePlan,
    /// What the shop has and knows.
    pub shop: StorePlan,
    /// What is left.
    pub kit: Kit,
    /// Cameras that are taken out.
    blind: BTreeSet<String>,
    /// By the shelf's device: which of its plates, in the world's order, are left.
    kept: BTreeMap<String, Vec<bool>>,
}

impl Fewer {
    /// What remains of a shop.
    ///
    /// # Errors
    /// When no camera or no plate would be left.
    pub fn of(plan: &StorePlan, less: Less) -> Result<Self, TooFew> {
        let shelves = || plan.gondolas.iter().flat_map(|g| &g.shelves);
        let of_plates: usize = shelves().map(|shelf| shelf.plates.len()).sum();
        for (what, out, there) in [
            ("cameras", less.cameras, plan.cameras.len()),
            ("plates", less.plates, of_plates),
        ] {
            if out > 0 && out >= there {
                let store = plan.store.clone();
                return Err(TooFew { store, there, what });
            }
        }
        let views: Vec<Point2> = plan
            .cameras
            .iter()
            .map(|camera| middle(&camera.view))
            .collect();
        let blind = out::on_the_floor(&views, less.cameras);
        let blind = blind.into_iter().map(|at| plan.cameras[at].id.clone());
        let blind: BTreeSet<String> = blind.collect();
        let bare = out::in_a_row(of_plates, less.plates);
        let mut kept = BTreeMap::new();
        let mut number = 0..;
        for gondola in &plan.gondolas {
            for shelf in &gondola.shelves {
                let left =
                    (shelf.plates.iter().zip(&mut number)).map(|(_, at)| !bare.contains(&at));
                kept.insert(device(&gondola.id, &shelf.id), left.collect());
            }
        }
        let mut fewer = Self {
            world: plan.clone(),
            shop: plan.clone(),
            kit: Kit {
                cameras: plan.cameras.len() - less.cameras,
                of_cameras: plan.cameras.len(),
                plates: of_plates - less.plates,
                of_plates,
                unweighed: 0,
                of_places: plan.planogram.len(),
            },
            blind,
            kept,
        };
        fewer.take_out();
        Ok(fewer)
    }

    /// Whether anything is taken out.
    #[must_use]
    pub fn is_less(&self) -> bool {
        self.kit.cameras < self.kit.of_cameras || self.kit.plates < self.kit.of_plates
    }

    fn take_out(&mut self) {
        let mut gone = BTreeSet::new();
        for gondola in &mut self.shop.gondolas {
            for shelf in &mut gondola.shelves {
                let id = device(&gondola.id, &shelf.id);
                let mut kept = self.kept.get(&id).into_iter().flatten();
                shelf.plates.retain(|plate| {
                    let stays = kept.next().copied().unwrap_or(true);
                    if !stays {
                        gone.insert((id.clone(), plate.id.clone()));
                    }
                    stays
                });
            }
            gondola.shelves.retain(|shelf| !shelf.plates.is_empty());
        }
        let blind = &self.blind;
        self.shop
            .cameras
            .retain(|camera| !blind.contains(&camera.id));
        self.shop.planogram.clear();
        for placement in &mut self.world.planogram {
            let id = device(&placement.gondola, &placement.shelf);
            let left = placement.plates.iter();
            let left = left.filter(|plate| !gone.contains(&(id.clone(), (*plate).clone())));
            let left: Vec<String> = left.cloned().collect();
            if left.is_empty() {
                self.kit.unweighed += 1;
            } else {
                placement.plates = left;
                self.shop.planogram.push(placement.clone());
            }
        }
    }
}

/// The mean of some corners.
fn middle(corners: &[Point2]) -> Point2 {
    let sum = |axis: usize| corners.iter().map(|corner| corner[axis]).sum::<f64>();
    [0, 1].map(|axis| sum(axis) / corners.len().max(1) as f64)
}

/// A shelf's device id.
fn device(gondola: &str, shelf: &str) -> String {
    format!("{gondola}/{shelf}")
}

#[cfg(test)]
mod tests;
