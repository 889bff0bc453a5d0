//! What each step of taking hardware out costs in accuracy.

use amble_proto::plan::StorePlan;
use serde::Serialize;

use super::{Kit, Less};
use crate::evaluate::{Goal, Report, goals};

/// Into so many parts cameras and plates are divided; all but the last are taken out, one after another.
const PARTS: usize = 4;

/// The same days with less and less.
#[derive(Clone, Debug, Serialize)]
pub struct Curve {
    /// The shop.
    pub store: String,
    /// Everything, then fewer cameras, then fewer plates.
    pub rows: Vec<Step>,
}

/// The days with some hardware.
#[derive(Clone, Debug, Serialize)]
pub struct Step {
    /// What it is called.
    pub name: String,
    /// What is left.
    pub kit: Kit,
    /// All days added up.
    pub report: Report,
    /// What must be kept, beside what was.
    pub goals: Vec<Goal>,
}

impl Step {
    /// Days with that hardware.
    #[must_use]
    pub fn of(kit: Kit, days: Vec<(String, Report)>) -> Self {
        let report = Report::sum(days);
        Self {
            name: format!("{} cameras, {} plates", kit.cameras, kit.plates),
            goals: goals(&report),
            kit,
            report,
        }
    }
}

impl Curve {
    /// The steps with all plates, and those with all cameras, the most hardware first.
    #[must_use]
    pub fn axes(&self) -> [Vec<&Step>; 2] {
        let rows = || self.rows.iter();
        [
            rows().filter(|s| s.kit.plates == s.kit.of_plates).collect(),
            rows()
                .filter(|s| s.kit.cameras == s.kit.of_cameras)
                .collect(),
        ]
    }
}

/// What is taken out, step by step: nothing; a quarter, a half, three quarters of the cameras; the same of the
/// plates. What comes to the same is one step.
#[must_use]
pub fn steps(plan: &StorePlan) -> Vec<Less> {
    let shelves = plan.gondolas.iter().flat_map(|g| &g.shelves);
    let plates = shelves.map(|shelf| shelf.plates.len()).sum::<usize>();
    let fewer = |all: usize| (1..PARTS).map(move |part| all * part / PARTS);
    let cameras = fewer(plan.cameras.len()).map(|cameras| Less { cameras, plates: 0 });
    let plates = fewer(plates).map(|plates| Less { cameras: 0, plates });
    let mut steps = vec![Less::default()];
    steps.extend(cameras.chain(plates));
    steps.dedup();
    steps
}
